import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { defects } from '../../src/adopt/defects/index.ts';
import { readForeign } from '../../src/cli/shared/foreign.ts';
import { adopted, setups } from './fixtures.ts';

const corpus = readdirSync('test/fixtures/import/corpus').map((name) =>
  adopt(
    readForeign([`test/fixtures/import/corpus/${name}`]).filter(({ file }) => !file.endsWith('/expect.yaml')),
    { name },
  ),
);

const found = new Set([...setups.map(adopted), ...corpus].flatMap(({ findings }) => findings.map(({ rule }) => rule)));

/** What no public set-up has: each is found in a text of its own. */
const rare = ['import-condition-undecided'];

describe('every defect', () => {
  it('has an id of its own and a section in the reference', () => {
    const ids = defects.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const text = readFileSync('docs/reference/import.md', 'utf8');
    expect([...text.matchAll(/^## (\S+)$/gm)].map(([, id]) => id)).toEqual(ids);
  });

  it.each(defects.map(({ id }) => id).filter((id) => !rare.includes(id)))(
    '%s is found in a set-up that people use, or in the corpus',
    (id) => {
      expect(found).toContain(id);
    },
  );
});

function rulesOf(file: string, text: string): string[] {
  return adopt([{ file, text }]).findings.map(({ rule }) => rule);
}

describe('rare findings', () => {
  const instance = `vrrp_script c {
  script "/opt/check"
  interval 1
  weight 5
}
vrrp_instance api {
  state BACKUP
  nopreempt
  priority 100
  virtual_ipaddress { 10.0.0.100 }
  track_script { c }
}
`;
  it('a weight under nopreempt moves nothing, and a script that was not given is said to be unknown', () => {
    const rules = rulesOf('keepalived.conf', instance);
    expect(rules).toContain('import-weight-under-nopreempt');
    expect(rules).toContain('import-check-not-given');
    expect(rules).toContain('import-nodes-unknown');
  });

  it('a condition on how HAProxy was built is left open', () => {
    expect(rulesOf('haproxy.cfg', 'global\n.if feature(QUIC)\n    maxconn 10\n.endif\n')).toContain(
      'import-condition-undecided',
    );
  });

  it('an include that was not given is said', () => {
    expect(rulesOf('keepalived.conf', `include more.d/*.conf\n${instance}`)).toContain('import-include-not-found');
  });

  it('a file that includes itself is read once', () => {
    expect(rulesOf('keepalived.conf', `include keepalived.conf\ninclude *.conf\n${instance}`)).toContain(
      'import-include-not-found',
    );
    const loop = adopt([
      { file: 'keepalived.conf', text: `include more.conf\n${instance}` },
      { file: 'more.conf', text: 'include keepalived.conf\n' },
    ]);
    expect(loop.findings.map(({ rule }) => rule)).toContain('import-include-loop');
    expect(loop.setup.nodes[0]?.keepalived?.instances).toHaveLength(1);
  });

  it('parameters that multiply are stopped', () => {
    const text = `$B= \\\n$B \\\n$B\n$B\n${instance}`;
    expect(rulesOf('keepalived.conf', text)).toContain('import-too-much');
  });
});
