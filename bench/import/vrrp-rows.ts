import { vip, type VrrpRow } from './cases.ts';

interface Instance {
  readonly name?: string;
  readonly id?: number;
  readonly priority?: number;
  readonly lines?: readonly string[];
  readonly vips?: readonly string[];
  readonly track?: string;
}

const globals = 'global_defs {\n    enable_script_security\n    script_user root\n}\n';

/** An instance with what the rows have in common: a router id, a VIP, adverts every second. */
function instance({ name = 'api', id = 77, priority, lines = [], vips = [vip], track }: Instance): string {
  return [
    `vrrp_instance ${name} {`,
    '    interface eth0',
    `    virtual_router_id ${id}`,
    ...(priority === undefined ? [] : [`    priority ${priority}`]),
    ...lines.map((line) => `    ${line}`),
    '    virtual_ipaddress {',
    ...vips.map((address) => `        ${address}/24`),
    '    }',
    ...(track === undefined ? [] : ['    track_script {', `        ${track}`, '    }']),
    '}',
    '',
  ].join('\n');
}

/** A check that fails while the test says so. */
function script(lines: readonly string[] = []): string {
  return [
    'vrrp_script chk {',
    '    script "/usr/bin/test ! -e {{FLAG}}"',
    ...lines.map((line) => `    ${line}`),
    '}',
    '',
  ].join('\n');
}

type Pair = readonly [Instance, Instance];

function pair([a, b]: Pair, before = '', head = globals): Readonly<Record<string, string>> {
  return { a: `${head}${before}${instance(a)}`, b: `${head}${before}${instance(b)}` };
}

const v3 = 'global_defs {\n    enable_script_security\n    script_user root\n    vrrp_version 3\n}\n';

function loss(name: string, nodes: Readonly<Record<string, string>>, waitMs = 12_000): VrrpRow {
  return {
    program: 'keepalived',
    name,
    rule: 'import-node-loss-slow',
    expect: 'within',
    waitMs,
    nodes,
    fault: { kind: 'silent', node: 'a' },
  };
}

function failure(
  name: string,
  expect: 'within' | 'never',
  rule: string,
  nodes: Readonly<Record<string, string>>,
  waitMs = 12_000,
): VrrpRow {
  return { program: 'keepalived', name, rule, expect, waitMs, nodes, fault: { kind: 'script', node: 'a' } };
}

function both(name: string, rule: string | undefined, nodes: Readonly<Record<string, string>>): VrrpRow {
  return {
    program: 'keepalived',
    name,
    rule,
    expect: rule === undefined ? 'one holder' : 'two holders',
    waitMs: 0,
    nodes,
    fault: { kind: 'none', node: 'a' },
  };
}

const weighted = (weight: number): string => script(['interval 1', `weight ${weight}`]);
const group = (lines: readonly string[]): string =>
  ['vrrp_sync_group g {', '    group {', '        api', '    }', ...lines, '}', ''].join('\n');
const auth = (type: string, password: string): string =>
  `authentication {\n        auth_type ${type}\n        auth_pass ${password}\n    }`;
const unicast = (own: number, peers: readonly number[]): string[] => [
  `unicast_src_ip 10.99.0.${own}`,
  `unicast_peer {\n${peers.map((peer) => `        10.99.0.${peer}`).join('\n')}\n    }`,
];
const death = 'import-haproxy-death-slow';
const still = 'import-vip-never-moves';

export const vrrpRows: readonly VrrpRow[] = [
  loss('version 2, one second, priorities 150 and 100', pair([{ priority: 150 }, { priority: 100 }])),
  loss(
    'version 2, two seconds, equal priorities',
    pair([
      { priority: 150, lines: ['advert_int 2', 'state MASTER'] },
      { priority: 150, lines: ['advert_int 2'] },
    ]),
  ),
  loss('version 2, priorities 3 and 1: the skew is a second', pair([{ priority: 3 }, { priority: 1 }])),
  loss(
    'version 3, 500 ms, 200 and 10',
    pair(
      [
        { priority: 200, lines: ['advert_int 0.5'] },
        { priority: 10, lines: ['advert_int 0.5'] },
      ],
      '',
      v3,
    ),
  ),
  loss(
    'version 3, 400 ms, five adverts',
    pair(
      [
        { priority: 200, lines: ['advert_int 0.4', 'down_timer_adverts 5'] },
        { priority: 180, lines: ['advert_int 0.4', 'down_timer_adverts 5'] },
      ],
      '',
      v3,
    ),
  ),
  loss(
    'instances of different names under one router id',
    pair([
      { name: 'VI_1', priority: 150 },
      { name: 'VI_2', priority: 100 },
    ]),
  ),
  loss(
    'unicast peers',
    pair([
      { priority: 150, lines: unicast(11, [12]) },
      { priority: 100, lines: unicast(12, [11]) },
    ]),
  ),
  failure(
    'weight 0, interval 2, fall 2',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk' },
      ],
      script(['interval 2', 'fall 2']),
    ),
  ),
  failure(
    'weight −60, 150 and 100',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk' },
      ],
      weighted(-60),
    ),
  ),
  failure(
    'weight 11, equal priorities',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 150, track: 'chk' },
      ],
      script(['interval 2', 'weight 11']),
    ),
  ),
  failure(
    'weight in track_script, −60',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk weight -60' },
        { priority: 100, track: 'chk weight -60' },
      ],
      script(['interval 1']),
    ),
  ),
  failure(
    'preempt_delay 3 on the backup',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk', lines: ['preempt_delay 3'] },
      ],
      weighted(-60),
    ),
    15_000,
  ),
  failure(
    'state MASTER with nopreempt: nopreempt does not count on it, nor on a backup without it',
    'within',
    death,
    pair(
      [
        { priority: 150, lines: ['state MASTER', 'nopreempt'], track: 'chk' },
        { priority: 100, lines: ['state BACKUP'], track: 'chk' },
      ],
      weighted(-60),
    ),
  ),
  failure(
    'sync group with sync_group_tracking_weight',
    'within',
    death,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk' },
      ],
      weighted(-60) + group(['    sync_group_tracking_weight']),
    ),
  ),
  failure(
    'weight −50, 150 and 100: a tie',
    'never',
    still,
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk' },
      ],
      weighted(-50),
    ),
  ),
  failure(
    '200 and 90 with weight 101: clamped at 254',
    'never',
    still,
    pair(
      [
        { priority: 200, track: 'chk' },
        { priority: 90, track: 'chk' },
      ],
      weighted(101),
    ),
  ),
  failure(
    '255 and 200 with weight −100: the address owner',
    'never',
    'import-weight-ignored',
    pair(
      [
        { priority: 255, track: 'chk' },
        { priority: 200, track: 'chk' },
      ],
      weighted(-100),
    ),
  ),
  failure(
    'state MASTER without a priority: 255 too',
    'never',
    'import-weight-ignored',
    pair(
      [
        { lines: ['state MASTER'], track: 'chk' },
        { priority: 200, track: 'chk' },
      ],
      weighted(-100),
    ),
  ),
  failure(
    'nopreempt on both',
    'never',
    still,
    pair(
      [
        { priority: 150, lines: ['state BACKUP', 'nopreempt'], track: 'chk' },
        { priority: 100, lines: ['state BACKUP', 'nopreempt'], track: 'chk' },
      ],
      weighted(-60),
    ),
  ),
  failure(
    'sync group: weights are ignored',
    'never',
    'import-weight-ignored',
    pair(
      [
        { priority: 150, track: 'chk' },
        { priority: 100, track: 'chk' },
      ],
      weighted(-60) + group([]),
    ),
  ),
  failure(
    'a script that is not defined',
    'never',
    'import-track-undefined',
    pair(
      [
        { priority: 150, track: 'chck' },
        { priority: 100, track: 'chck' },
      ],
      weighted(-60),
    ),
  ),
  failure(
    'a script that is defined below the instance',
    'never',
    'import-track-undefined',
    Object.fromEntries(
      Object.entries(
        pair([
          { priority: 150, track: 'chk' },
          { priority: 100, track: 'chk' },
        ]),
      ).map(([node, text]) => [node, `${text}${weighted(-60)}`]),
    ),
  ),
  failure(
    'weight −60 reverse',
    'never',
    still,
    pair(
      [
        { priority: 150, track: 'chk weight -60 reverse' },
        { priority: 80, track: 'chk weight -60 reverse' },
      ],
      script(['interval 1']),
    ),
  ),
  both('router ids 77 and 78', 'import-router-ids-differ', pair([{ priority: 150 }, { priority: 100, id: 78 }])),
  both(
    'version 2, adverts of one and two seconds',
    'import-adverts-differ',
    pair([
      { priority: 150, lines: ['advert_int 1'] },
      { priority: 100, lines: ['advert_int 2'] },
    ]),
  ),
  both(
    'two passwords',
    'import-authentication-differs',
    pair([
      { priority: 150, lines: [auth('PASS', 'one')] },
      { priority: 100, lines: [auth('PASS', 'two')] },
    ]),
  ),
  both(
    'a password on one node only',
    'import-authentication-differs',
    pair([{ priority: 150, lines: [auth('PASS', 'one')] }, { priority: 100 }]),
  ),
  both(
    'two VIPs and one',
    'import-vip-lists-differ',
    pair([{ priority: 150, vips: [vip, '10.99.0.101'] }, { priority: 100 }]),
  ),
  both(
    'two VIPs that differ in one',
    'import-vip-lists-differ',
    pair([
      { priority: 150, vips: [vip, '10.99.0.101'] },
      { priority: 100, vips: [vip, '10.99.0.102'] },
    ]),
  ),
  both(
    'a peer that the other does not list',
    'import-peers-incomplete',
    pair([
      { priority: 150, lines: unicast(11, [13]) },
      { priority: 100, lines: unicast(12, [11]) },
    ]),
  ),
  both(
    'unicast to a node that speaks multicast',
    'import-peers-incomplete',
    pair([{ priority: 150, lines: unicast(11, [12]) }, { priority: 100 }]),
  ),
  both(
    'the lower node does not list the higher one',
    undefined,
    pair([
      { priority: 150, lines: unicast(11, [12]) },
      { priority: 100, lines: unicast(12, [13]) },
    ]),
  ),
  both(
    'unicast beside multicast',
    'import-peers-incomplete',
    pair([{ priority: 100, lines: unicast(11, [13]) }, { priority: 150 }]),
  ),
  both('VRRP versions 2 and 3', 'import-versions-differ', {
    a: `${globals}${instance({ priority: 150 })}`,
    b: `${v3}${instance({ priority: 100 })}`,
  }),
  both(
    'passwords that differ in the ninth character',
    undefined,
    pair([
      { priority: 150, lines: [auth('PASS', 'eightone1')] },
      { priority: 100, lines: [auth('PASS', 'eightone2')] },
    ]),
  ),
  both(
    'version 3, adverts of one and two seconds',
    undefined,
    pair(
      [
        { priority: 150, lines: ['advert_int 1'] },
        { priority: 100, lines: ['advert_int 2'] },
      ],
      '',
      v3,
    ),
  ),
  {
    program: 'keepalived',
    name: 'vrrp_strict',
    rule: 'import-vrrp-strict',
    expect: 'no answer',
    waitMs: 0,
    nodes: pair([{ priority: 150 }, { priority: 100 }], '', 'global_defs {\n    vrrp_strict\n}\n'),
    fault: { kind: 'none', node: 'a' },
  },
];
