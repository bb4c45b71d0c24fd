import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.ts';
import { readCommands } from '../../src/adopt/containers/command-line.ts';
import { readManifests } from '../../src/adopt/containers/manifest.ts';
import { withoutSecrets } from '../../src/adopt/secrets.ts';
import { readHaproxy } from '../../src/adopt/haproxy/read.ts';
import { expandKeepalived } from '../../src/adopt/keepalived/expand.ts';
import { readKeepalived } from '../../src/adopt/keepalived/read.ts';
import { keepalivedTree, type Statement } from '../../src/adopt/keepalived/tree.ts';
import { source } from '../../src/cluster/file/source.ts';
import { findingsText } from '../../src/report/findings.ts';

/** Texts that follow the grammars most of the time, and break them often enough. */
const word = fc.oneof(
  fc.constantFrom(
    '10.0.0.1',
    'fd00::1',
    'cp1',
    '6443',
    '1',
    '0',
    '-5',
    '100',
    '2s',
    '500ms',
    '1.5',
    'x',
    '*',
    ':::6443',
    '10.0.0.1:6443',
    'check',
  ),
  fc.constantFrom(
    '"a b"',
    "'a b'",
    '"open',
    "'open",
    String.raw`a\ b`,
    '"$PORT"',
    '"${PORT-1}"',
    '${X}',
    '$X',
    '{{ X }}',
    '}}',
    '{',
    '}',
    '\\',
    '#c',
    '!c',
    '@a',
    '@^a',
    '~SEQ(N,1,3)',
    '~LST({A,B},{1,2})',
    '%',
    'ä',
    '\0',
  ),
  fc.string({ maxLength: 6 }),
);
const words = fc.array(word, { maxLength: 5 }).map((list) => list.join(' '));
const keyword = fc.constantFrom(
  'state',
  'interface',
  'priority',
  'advert_int',
  'virtual_router_id',
  'script',
  'interval',
  'weight',
  'fall',
  'nopreempt',
  'unicast_src_ip',
  'version',
  'down_timer_adverts',
  'include x.conf',
  'include *',
  '$X=',
  '$X=$X',
  '$Y=${X}${X}',
  '$Y',
  '@a',
  '~SEQ(N, 1, 5)',
  '~SEQx(M, 9, -1, 2)',
  '~LST(L, a, b)',
  'auth_pass',
  'garp_master_refresh',
);
const vrrpLine = fc.tuple(keyword, words).map((parts) => parts.join(' '));

function block(name: fc.Arbitrary<string>, inner: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      name,
      fc.constantFrom(' {\n', '{\n', '\n{\n', ' { '),
      fc.array(inner, { maxLength: 6 }),
      fc.constantFrom('\n}\n', '}', '\n', ' }\n'),
    )
    .map(([head, open, body, close]) => `${head}${open}${body.join('\n')}${close}`);
}

const inner = fc.oneof(
  { weight: 4, arbitrary: vrrpLine },
  {
    weight: 1,
    arbitrary: block(
      fc.constantFrom('unicast_peer', 'virtual_ipaddress', 'track_script', 'authentication', 'track_file'),
      words,
    ),
  },
);
const keepalived = fc
  .array(
    fc.oneof(
      block(
        fc
          .tuple(
            fc.constantFrom('vrrp_instance', 'vrrp_script', 'global_defs', 'virtual_server', 'vrrp_sync_group'),
            word,
          )
          .map((parts) => parts.join(' ')),
        inner,
      ),
      vrrpLine,
      words,
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('\n'));
const proxyLine = fc
  .tuple(
    fc.constantFrom(
      'bind',
      'server a',
      'server',
      'default-server inter 2s',
      'timeout connect',
      'timeout client',
      'option',
      'option httpchk',
      'no option',
      'mode tcp',
      'default_backend x',
      'balance',
      'retries',
      'maxconn',
      'stats socket',
      '.if',
      '.elif',
      '.else',
      '.endif',
      '.if streq(a,a) &&',
      '.if !defined(X) || (',
      'http-check send uri',
    ),
    words,
    fc.constantFrom('', ' \\', '\r', ' # c'),
  )
  .map(([head, rest, tail]) => `  ${head} ${rest}${tail}`);
const haproxy = fc
  .array(
    fc
      .tuple(
        fc.constantFrom(
          'global',
          'defaults',
          'defaults d',
          'frontend x',
          'frontend x from d',
          'backend x',
          'listen api',
          'backend api from none',
          'peers p',
          '',
        ),
        fc.array(proxyLine, { maxLength: 6 }),
      )
      .map(([head, lines]) => [head, ...lines].join('\n')),
    { maxLength: 5 },
  )
  .map((sections) => sections.join('\n'));
const commands = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom(
            'docker run',
            'podman run -d',
            '  --volume a docker run',
            '# second node',
            'ip addr del',
            "it's",
            'sudo docker run --net=host',
          ),
          words,
          fc.constantFrom('osixia/keepalived:2.0.20', 'haproxy:2.3', '\\', '-e', '-e KEEPALIVED_PRIORITY=$X'),
        )
        .map((parts) => parts.join(' ')),
      words,
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join('\n'));
const manifest = fc
  .tuple(fc.constantFrom('keepalived', 'haproxy', '*a', '[', '&a'), words)
  .map(
    ([image, rest]) => `kind: Pod\nspec:\n  containers:\n  - image: ${image}\n    env: [{name: a, value: ${rest}}]\n`,
  );

const runs = Number(process.env['K8S_HA_FUZZ_RUNS'] ?? 100_000);

function wordCount(statements: readonly Statement[]): number {
  return statements.reduce((sum, { words, block = [] }) => sum + words.length + wordCount(block), 0);
}

/** The whole import takes longer than its readers: one in this many cases goes through all of it. */
const wholeEvery = 8;

function readAlone(vrrp: string, proxy: string, script: string, pod: string): void {
  readKeepalived(vrrp, 'k', {
    placeholders: new Map([['X', 'a\nb']]),
    include: () => [{ file: 'x.conf', text: vrrp.slice(0, 60) }],
  });
  readHaproxy(proxy, 'h', { environment: new Map([['X', '1']]) });
  readCommands(source(script, 's'));
  readManifests(source(pod, 'p'));
  // No word is lost between the lines and the tree, whatever the braces.
  const { lines } = expandKeepalived(source(vrrp, 'k'));
  const count = wordCount(keepalivedTree(lines).statements);
  const alone = lines.reduce((sum, line) => sum + wordCount(keepalivedTree([line]).statements), 0);
  if (count !== alone) throw new Error(`${alone} words became ${count}`);
}

function importWhole(vrrp: string, proxy: string, script: string, pod: string, node: string | undefined): void {
  const files = [
    { file: 'keepalived.conf', text: vrrp, node },
    { file: 'x.conf', text: vrrp.slice(0, 60), node },
    { file: 'haproxy.cfg', text: proxy, node },
    { file: 'start.sh', text: script, node: undefined },
    { file: 'pod.yaml', text: pod, node: undefined },
  ];
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const { findings, unread, clusterFile } = adopt(files, { name: 'fuzz' });
  for (const position of [...findings.map((finding) => finding.position), ...unread.map((line) => line.position)]) {
    if (!position) continue;
    const line = texts.get(position.file)?.split('\n')[position.line - 1]?.replace(/\r$/, '');
    if (withoutSecrets(line ?? '') !== position.text || position.column < 1 || position.length < 1)
      throw new Error(`${position.file}:${position.line}:${position.column} is not where "${position.text}" stands`);
  }
  findingsText(findings, { color: true });
  if (clusterFile?.includes('undefined')) throw new Error(clusterFile);
}

it(
  `${runs} configurations, right and wrong, are read without a crash, and every word has its place`,
  { timeout: 3_600_000 },
  () => {
    let cases = 0;
    fc.assert(
      fc.property(
        keepalived,
        haproxy,
        commands,
        manifest,
        fc.constantFrom('a', undefined),
        (vrrp, proxy, script, pod, node) => {
          cases += 1;
          readAlone(vrrp, proxy, script, pod);
          if (cases % wholeEvery === 0) importWhole(vrrp, proxy, script, pod, node);
        },
      ),
      { numRuns: runs },
    );
    expect(cases).toBe(runs);
  },
);
