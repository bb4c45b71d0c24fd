import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { kubernetesFindings } from '../../../src/judge/kubernetes/health.ts';
import type { Fact } from '../../../src/judge/live/model.ts';
import type { LogEntry } from '../../../src/observe/live/model.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { freshNode } from '../../fakes/seen.ts';
import { sample } from '../cluster.ts';
import type { FakeWatch } from './fake-watch.ts';
import { healthyWatch, moment } from './states.ts';

export const spec = fakeSpec();
export const [first, second] = ['172.16.100.100', '172.16.100.101'] as const;

export const sceneNames = ['healthy', 'node-lost', 'split', 'quorum-lost', 'drained'] as const;
export type SceneName = (typeof sceneNames)[number];

export interface Scene {
  readonly watch: FakeWatch;
  /** Who holds the first VIP. */
  readonly holders: readonly string[];
}

let lines = 0;

function log(
  node: string,
  atMs: number,
  source: LogEntry['source'],
  kind: LogEntry['kind'],
  tone: LogEntry['tone'],
  text: string,
  vrrp?: LogEntry['vrrp'],
): Fact {
  lines += 1;
  const entry = { cursor: `s=1;i=${lines};b=1;m=1`, nodeMs: atMs + 12, source, kind, tone, text };
  return { kind: 'log', node, atMs: atMs + 40, entry: { ...entry, ...(vrrp && { vrrp }) } };
}

/** keepalived's line of a transition; of the first VIP's instance, unless another one is named. */
function enters(node: string, atMs: number, state: 'MASTER' | 'BACKUP', instance = 'K8S_API_1'): Fact {
  return log(node, atMs, 'keepalived', 'vrrp', 'good', `${instance} enters ${state}`, { instance, state });
}

/** What the journals tell of the time before the watch: the first VIP came to cp1 once, and stayed. */
function before(brokeMs: number): readonly Fact[] {
  return [
    enters('cp3', brokeMs - 830_000, 'MASTER'),
    enters('cp2', brokeMs - 829_000, 'MASTER', 'K8S_API_2'),
    enters('cp3', brokeMs - 505_080, 'BACKUP'),
    enters('cp1', brokeMs - 505_000, 'MASTER'),
  ].map((fact) => ({ ...fact, atMs: brokeMs - 59_000 }));
}

function checkFails(node: string, atMs: number, of: string, reason: string): readonly Fact[] {
  return [
    log(node, atMs, 'haproxy', 'server', 'warn', `Health check for server k8s_api_ready/${of} failed: ${reason}`),
    log(node, atMs + 30, 'haproxy', 'server', 'bad', `Server k8s_api_ready/${of} is DOWN`),
  ];
}

/** What a full look finds: etcd with a leader, or without a quorum. */
function looked(of: ClusterSpec, atMs: number, leader: string | undefined): Fact {
  const nodes = of.nodes.map(({ name }, i) => ({
    node: name,
    seen: known(
      freshNode(i, {
        kubernetes: known({
          version: known('v1.36.3'),
          readyz: known({ ready: leader !== undefined, failing: leader === undefined ? ['etcd'] : [] }),
          served: unknown('not asked'),
          certificates: known([]),
          etcd: known({
            version: '3.6.4',
            memberId: String(i + 1),
            leaderId: leader === undefined ? '0' : String(of.nodes.findIndex((one) => one.name === leader) + 1),
            raftTerm: 3,
            raftIndex: 1000,
            databaseBytes: 1e7,
            inUseBytes: 1e7,
            errors: [],
            members: unknown('not asked'),
            alarms: known([]),
          }),
          leases: known([]),
          snapshotAgeMs: undefined,
          unfinished: [],
          addons: known(undefined),
        }),
      }),
    ),
  }));
  const files = Object.fromEntries(of.nodes.map(({ name }) => [name, 'as wanted']));
  const findings = kubernetesFindings(of, { nodes });
  const status = { cluster: of.name, virtualIPs: [], files, findings, state: { nodes } };
  return { kind: 'status', atMs, status };
}

/** A watch in the state of that name; what broke did so some seconds before `nowMs`. */
export function scene(name: SceneName, nowMs = Date.now()): Scene {
  const brokeMs = nowMs - 9000;
  const { watch, holders } = healthyWatch(spec, brokeMs - 500);
  watch.tell([...before(brokeMs), looked(spec, brokeMs - 20_000, 'cp2')]);
  const moved = { ...holders, [first]: ['cp2'] };
  const seconds = [6, 4, 2, 0].map((ago) => nowMs - ago * 1000);
  if (name === 'healthy') {
    for (const atMs of seconds) watch.tell(moment(spec, atMs, holders));
    return { watch, holders: ['cp1'] };
  }
  if (name === 'node-lost') {
    watch.tell([
      enters('cp2', brokeMs + 420, 'MASTER'),
      ...['cp2', 'cp3'].flatMap((node) => checkFails(node, brokeMs + 900, 'cp1', 'Layer4 timeout')),
      ...moment(spec, brokeMs + 1000, moved, { down: ['cp1'], silent: ['cp1'] }),
      { kind: 'lost', node: 'cp1', atMs: brokeMs + 1400, reason: 'it has not answered for 1.31 s' },
    ]);
    for (const atMs of seconds) watch.tell(moment(spec, atMs, moved, { down: ['cp1'], silent: ['cp1'] }));
    return { watch, holders: ['cp2'] };
  }
  if (name === 'split') {
    const both = { ...holders, [first]: ['cp1', 'cp3'] };
    watch.tell([enters('cp3', brokeMs + 400, 'MASTER')]);
    for (const atMs of [brokeMs + 500, ...seconds]) watch.tell(moment(spec, atMs, both));
    return { watch, holders: ['cp1', 'cp3'] };
  }
  if (name === 'quorum-lost') {
    const all = spec.nodes.map((node) => node.name);
    const down = { down: all, check: 'L7STS 500' };
    watch.tell(
      all.flatMap((node) => all.flatMap((of) => checkFails(node, brokeMs + 700, of, 'Layer7 wrong status 500'))),
    );
    for (const atMs of seconds) watch.tell([...moment(spec, atMs, holders, down), looked(spec, atMs, undefined)]);
    return { watch, holders: ['cp1'] };
  }
  const pull = { by: 'operator', name: 'ana', reason: 'kernel upgrade' } as const;
  watch.tell([enters('cp1', brokeMs, 'BACKUP'), enters('cp2', brokeMs + 61, 'MASTER')]);
  for (const atMs of [brokeMs + 500, ...seconds])
    watch.tell(
      moment(spec, atMs, moved).map((fact) =>
        fact.kind === 'sample' && fact.node === 'cp1' ? { ...fact, sample: sample([], { drain: pull }) } : fact,
      ),
    );
  return { watch, holders: ['cp2'] };
}
