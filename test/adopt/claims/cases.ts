import type { ServerFault } from '../../../src/adopt/haproxy/check.ts';
import type { GivenFile } from '../../../src/adopt/given.ts';
import type { Fault } from './vrrp.ts';

/** What a claim says will be measured. */
export type Expectation =
  /** Another node holds the VIP, or the server is down, within the bound of the model. */
  | 'within'
  /** Nothing happens in the time that is waited. */
  | 'never'
  /** Two nodes hold the VIP at once. */
  | 'two holders'
  /** One node holds it: nothing keeps the nodes from hearing each other. */
  | 'one holder'
  /** The VIP is held, but does not answer. */
  | 'no answer'
  /** No server is up. */
  | 'all down'
  /** The program does not start. */
  | 'refused'
  /** A client gets nothing through. */
  | 'not served';

interface Row {
  readonly name: string;
  /** The finding that claims it; undefined where nothing may be claimed. */
  readonly rule: string | undefined;
  readonly expect: Expectation;
  readonly waitMs: number;
}

export interface VrrpRow extends Row {
  readonly program: 'keepalived';
  readonly nodes: Readonly<Record<string, string>>;
  readonly fault: Fault;
}

export interface BalancerRow extends Row {
  readonly program: 'HAProxy';
  readonly config: string;
  readonly fault: ServerFault | 'none';
}

export type ClaimRow = VrrpRow | BalancerRow;

export function filesOf(row: ClaimRow): GivenFile[] {
  return row.program === 'keepalived'
    ? Object.entries(row.nodes).map(([node, text]) => ({ file: `${node}/keepalived.conf`, text, node }))
    : [{ file: 'haproxy.cfg', text: row.config }];
}

interface Instance {
  readonly name?: string;
  readonly id?: number;
  readonly priority?: number;
  readonly lines?: readonly string[];
  readonly vips?: readonly string[];
  readonly track?: string;
}

const globals = 'global_defs {\n    enable_script_security\n    script_user root\n}\n';

export const vip = '10.99.0.100';

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
const [slow, death, still] = ['import-node-loss-slow', 'import-haproxy-death-slow', 'import-vip-never-moves'];

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
    undefined,
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

interface Balancer {
  readonly defaults?: readonly string[];
  readonly backend?: readonly string[];
  readonly server?: string;
  readonly frontend?: readonly string[];
  readonly tail?: readonly string[];
}

function haproxy({
  defaults = ['timeout connect 1s'],
  backend = [],
  server = 'check',
  frontend = ['mode tcp'],
  tail = [],
}: Balancer): string {
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);
  return [
    'defaults',
    '    mode tcp',
    '    timeout client 1m',
    '    timeout server 1m',
    ...indented(defaults),
    'frontend api_in',
    '    bind :7443',
    ...indented(frontend),
    '    default_backend api_servers',
    'backend api_servers',
    ...indented(backend),
    `    server cp1 10.99.1.11:6443 ${server}`,
    `    server cp2 10.99.1.12:6443 ${server}`,
    ...tail,
    '',
  ].join('\n');
}

function balancer(
  name: string,
  rule: string,
  expect: Expectation,
  fault: BalancerRow['fault'],
  config: Balancer,
  waitMs = 15_000,
): BalancerRow {
  return { program: 'HAProxy', name, rule, expect, fault, waitMs, config: haproxy(config) };
}

const ready = ['option httpchk GET /readyz'];
const limits = ['timeout connect 800ms', 'timeout check 2s'];
const tls = 'check check-ssl verify none inter 1s fall 2';

export const balancerRows: readonly BalancerRow[] = [
  balancer('a bare check, dead machine', 'import-tcp-check', 'within', 'dead', { server: 'check inter 1s fall 2' }),
  balancer('a bare check with timeout check and connect, dead machine', 'import-tcp-check', 'within', 'dead', {
    defaults: limits,
    server: 'check inter 2s fall 3',
  }),
  balancer(
    'a bare check, hung process',
    'import-tcp-check',
    'never',
    'hung',
    { server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer(
    'a bare check, not ready',
    'import-tcp-check',
    'never',
    'unready',
    { server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer('httpchk with check-ssl, dead machine', 'import-api-check-slow', 'within', 'dead', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('httpchk with check-ssl, hung process', 'import-api-check-slow', 'within', 'hung', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('httpchk with check-ssl, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: tls,
  }),
  balancer('inter 500 ms, timeout check 2 s, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'check check-ssl verify none inter 500ms fall 3',
  }),
  balancer('without timeout check, no answer', 'import-api-check-slow', 'within', 'stuck', {
    backend: ready,
    server: 'check check-ssl verify none inter 1500ms fall 3',
  }),
  balancer('without timeout check, hung process', 'import-api-check-slow', 'within', 'hung', {
    backend: ready,
    server: 'check check-ssl verify none inter 1500ms fall 3',
  }),
  balancer('fastinter 300 ms, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'check check-ssl verify none inter 2s fastinter 300ms fall 3',
  }),
  balancer('http-check connect ssl, hung process', 'import-api-check-slow', 'within', 'hung', {
    defaults: limits,
    backend: ['option httpchk', 'http-check connect ssl', 'http-check send meth GET uri /readyz'],
    server: 'check verify none inter 2s fall 3',
  }),
  balancer('timeout check shorter than inter, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: ['timeout connect 3s', 'timeout check 500ms'],
    backend: ready,
    server: 'check check-ssl verify none inter 3s fall 2',
  }),
  balancer('ssl on the server line is for the check too, no answer', 'import-api-check-slow', 'within', 'stuck', {
    defaults: limits,
    backend: ready,
    server: 'ssl check verify none inter 2s fall 2',
  }),
  balancer('check-ssl without httpchk, hung process', 'import-check-handshake', 'within', 'hung', {
    server: 'check check-ssl verify none inter 2s fall 3',
  }),
  balancer(
    'check-ssl without httpchk, not ready',
    'import-check-handshake',
    'never',
    'unready',
    { server: 'check check-ssl verify none inter 1s fall 2' },
    8000,
  ),
  balancer('ssl-hello-chk after httpchk, hung process', 'import-check-handshake', 'within', 'hung', {
    defaults: limits,
    backend: [...ready, 'option ssl-hello-chk'],
    server: 'check inter 1s fall 2',
  }),
  balancer(
    'ssl-hello-chk after httpchk, not ready',
    'import-check-overridden',
    'never',
    'unready',
    { defaults: limits, backend: [...ready, 'option ssl-hello-chk'], server: 'check inter 1s fall 2' },
    8000,
  ),
  balancer(
    'httpchk without check-ssl',
    'import-check-plain-http',
    'all down',
    'none',
    { backend: ready, server: 'check inter 500ms fall 2' },
    4000,
  ),
  balancer(
    'mysql-check after httpchk',
    'import-check-of-another-program',
    'all down',
    'none',
    { backend: [...ready, 'option mysql-check'], server: 'check inter 500ms fall 2' },
    4000,
  ),
  balancer(
    'mode http',
    'import-tls-through-http',
    'not served',
    'none',
    { frontend: ['mode http'], backend: ['mode http'] },
    0,
  ),
  balancer(
    'two backends of one name',
    'import-duplicate-section',
    'refused',
    'none',
    { tail: ['backend api_servers', '    server cp3 10.99.1.13:6443'] },
    0,
  ),
  balancer(
    'a backend that is not there',
    'import-backend-undefined',
    'refused',
    'none',
    { frontend: ['use_backend other if TRUE'] },
    0,
  ),
  balancer(
    'two servers of one name',
    'import-duplicate-server',
    'refused',
    'none',
    { tail: ['    server cp1 10.99.1.13:6443'] },
    0,
  ),
];

export const claimRows: readonly ClaimRow[] = [...vrrpRows, ...balancerRows];

export { slow as nodeLossRule };
