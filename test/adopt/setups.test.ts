import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/adopt/detect.ts';
import { withoutSecrets } from '../../src/adopt/secrets.ts';
import { check } from '../../src/rules/check.ts';
import { adopted, filesOf, setups } from './fixtures.ts';

function rulesOf(name: string): string[] {
  return adopted(name).findings.map(({ rule }) => rule);
}

function messagesOf(name: string): string {
  return adopted(name)
    .findings.map(({ message }) => message)
    .join('\n');
}

describe.each(setups)('the set-up of %s', (name) => {
  it('becomes a cluster file that has no error', () => {
    const { clusterFile = '' } = adopted(name);
    const { spec, findings } = check(clusterFile, 'imported.yaml');
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(spec?.nodes).toHaveLength(3);
    expect(spec?.failover.targetMs).toBe(500);
  });

  it('has findings that point into its files, each with a way out', () => {
    const { findings } = adopted(name);
    const files = new Map(filesOf(name).map(({ file, text }) => [file, text]));
    expect(findings.length).toBeGreaterThan(3);
    for (const { position, suggestion, message } of findings) {
      expect(position, message).toBeDefined();
      const lines = files.get(position?.file ?? '')?.split('\n') ?? [];
      expect(withoutSecrets(lines[(position?.line ?? 0) - 1] ?? '')).toBe(position?.text);
      expect(suggestion).toMatch(/[.)]$/);
    }
  });

  it('loses no line: each is understood, settled or listed', () => {
    const { setup } = adopted(name);
    for (const { haproxy } of setup.nodes) {
      if (!haproxy) continue;
      const { tree, text } = haproxy;
      const seen = [
        ...tree.loose,
        ...tree.settled,
        ...tree.sections.flatMap(({ header, lines }) => [header, ...lines]),
      ];
      const words = seen.flat().map(({ start, end }) => text.slice(start, end));
      // Every character that is neither blank nor comment nor continuation is in one of these words.
      const bare = text
        .replaceAll(/\\\n/g, ' ')
        .replaceAll(/(^|\s)#[^\n]*/g, '$1')
        .split(/\s+/)
        .filter(Boolean);
      expect(words.join(' ').split(/\s+/).toSorted()).toEqual(bare.toSorted());
    }
  });
});

describe('costs are computed from the timers that were found', () => {
  it.each([
    ['tutorial', "HAProxy's death takes up to 8.46 s"],
    ['tutorial', 'the loss of the VIP holder takes up to 6.41 s'],
    ['kubeadm', 'the loss of the VIP holder takes up to 3.65 s'],
    ['kubemarine', 'the loss of the VIP holder takes up to 3.05 s'],
    ['openshift', 'the loss of the VIP holder takes up to 3.79 s'],
    ['k0s', 'the loss of the VIP holder takes up to 3.26 s'],
    ['kubeadm', 'an API server that hangs stays in for up to 36 s'],
    ['tutorial', 'a new connection to a dead machine waits up to 20 s'],
    ['tutorial', 'cut after 50 s'],
    ['tutorial', 'at most 750 clients'],
  ])('%s: %s', (name, sentence) => {
    expect(messagesOf(name)).toContain(sentence);
  });
});

describe('what is peculiar to a set-up is found', () => {
  it.each([
    ['k0s', 'import-no-check'],
    ['k3s', 'import-check-blind-to-hang'],
    ['k3s', 'import-port-clash'],
    ['kubeadm', 'import-check-follows-api'],
    ['kubesphere', 'import-balancers-apart'],
    ['openshift', 'import-other-instance'],
    ['rke2', 'import-check-follows-api'],
  ])('%s: %s', (name, rule) => {
    expect(rulesOf(name)).toContain(rule);
  });

  it("one file's conditions make a configuration for each node", () => {
    const { setup, spec } = adopted('advanced');
    const of = setup.nodes.map(({ name, keepalived }) => [
      name,
      keepalived?.instances[0]?.priority?.value,
      keepalived?.instances[0]?.source?.value,
      keepalived?.instances[0]?.peers.map(({ text }) => text),
    ]);
    expect(of).toEqual([
      ['cp1', 240, '10.60.0.11', ['10.60.0.12', '10.60.0.13']],
      ['cp2', 220, '10.60.0.12', ['10.60.0.11', '10.60.0.13']],
      ['cp3', 200, '10.60.0.13', ['10.60.0.11', '10.60.0.12']],
    ]);
    expect(spec?.nodes.map(({ name }) => name)).toEqual(['cp1', 'cp2', 'cp3']);
  });

  it('sequences and lists are counted out', () => {
    const { setup } = adopted('advanced');
    expect(setup.nodes[0]?.keepalived?.instances[1]?.vips.map(({ value }) => value)).toEqual([
      '10.60.0.110',
      '10.60.0.111',
      '10.60.0.112',
      '192.168.10.1',
      '192.168.20.2',
    ]);
    expect(setup.nodes[0]?.keepalived?.scripts[0]?.command?.text).toBe(
      "/usr/bin/curl -fs --max-time 1 'http://127.0.0.1:8404/a b'",
    );
  });

  it('a parameter that HAProxy does not know is listed, with its line', () => {
    const { unread } = adopted('advanced');
    expect(unread.map(({ text }) => text)).toContain(
      'server cp1 10.60.0.11:6443 check check-ssl verify none made-up 1',
    );
    expect(unread.map(({ text }) => text)).toContain('dont_track_primary');
    expect(unread.map(({ text }) => text)).toContain('setenv PORT 7443');
  });
});

describe('the kind of a file', () => {
  it('is told by its contents', () => {
    const kinds = setups.flatMap((name) =>
      filesOf(name).map(({ file, text }) => [file.split('/').at(-1), kindOf(text, file)]),
    );
    for (const [file, kind] of kinds)
      expect(kind, file).toBe(
        file === 'haproxy.cfg'
          ? 'haproxy'
          : file === 'start.sh'
            ? 'commands'
            : file?.endsWith('.sh') === true
              ? 'script'
              : file?.endsWith('.yaml') === true
                ? 'manifest'
                : 'keepalived',
      );
  });
});
