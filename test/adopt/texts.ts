import * as fc from 'fast-check';

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
export const keepalived = fc
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
export const haproxy = fc
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
export const commands = fc
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
export const manifest = fc
  .tuple(fc.constantFrom('keepalived', 'haproxy', '*a', '[', '&a'), words)
  .map(
    ([image, rest]) => `kind: Pod\nspec:\n  containers:\n  - image: ${image}\n    env: [{name: a, value: ${rest}}]\n`,
  );
