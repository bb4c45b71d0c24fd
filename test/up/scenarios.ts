import { up } from '../../src/up/up.ts';
import { down, type DownOptions } from '../../src/up/down.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { lookAtMachines } from '../../src/up/look.ts';
import { isMember, knownViews } from '../../src/up/plan.ts';
import { reaching, type Scenario } from '../act/sim/scenarios.ts';
import { optionsOf } from '../act/sim/verbs.ts';
import { drive, nodeOf, pass, simRun, type SimCluster, type SimRun } from '../fakes/sim/cluster.ts';
import { powerOff, powerOn, simNode } from '../fakes/sim/node.ts';
import { simMachineForKubeadm } from '../fakes/sim/kubeadm.ts';
import { fakeSpec } from '../fakes/spec.ts';

export const spec: ClusterSpec = fakeSpec(
  { workers: [{ name: 'w1', address: '172.16.217.181', family: 'ipv4', ssh: { options: {} } }] },
  { vips: 1 },
);

export async function bareMachines({ nodes }: SimCluster): Promise<void> {
  for (const node of nodes) simMachineForKubeadm(node);
}

/** `up` as an operator runs it. */
export async function bringUp(
  cluster: SimCluster,
  run: SimRun,
  wanted: ClusterSpec = spec,
  { without = [], leave = [] }: { readonly without?: readonly string[]; readonly leave?: readonly string[] } = {},
) {
  const hosts = run.hosts.filter(({ name }) => wanted.nodes.some((node) => node.name === name));
  const workers = run.hosts.filter(({ name }) => wanted.workers.some((node) => node.name === name));
  const { reach } = reaching(cluster, run, wanted);
  return up(wanted, { ...optionsOf(cluster, run), hosts, workers, reach, without, leave });
}

/** `down` as an operator runs it. */
export async function bringDown(
  cluster: SimCluster,
  run: SimRun,
  changes: Partial<DownOptions> = {},
  wanted: ClusterSpec = spec,
) {
  const hosts = run.hosts.filter(({ name }) => wanted.nodes.some((node) => node.name === name));
  const workers = run.hosts.filter(({ name }) => wanted.workers.some((node) => node.name === name));
  const options = { ...optionsOf(cluster, run), hosts, workers, without: [], notOurs: false, packages: false };
  return down(wanted, { ...options, ...changes });
}

function named(list: readonly { readonly name: string }[], name: string): boolean {
  return list.some((one) => one.name === name);
}

/** What is not as it should be: a machine that is no node, half a node, a secret that was left, a node that should have left. */
export function wrongWith({ nodes }: SimCluster, wanted: ClusterSpec = spec): readonly string[] {
  return nodes.flatMap(({ name, files, up: alive, machine: { kubeadm } }) => {
    const control = named(wanted.nodes, name);
    const member = control || named(wanted.workers, name);
    return [
      ...(alive && files.has('/etc/kubernetes/kubelet.conf') !== member
        ? [`${name} is ${member ? 'no' : 'a'} node`]
        : []),
      ...(kubeadm?.object === member ? [] : [`the cluster ${member ? 'does not know' : 'still knows'} ${name}`]),
      ...(files.has('/var/lib/k8s-ha/kubeadm-begun') ? [`${name} is half a node`] : []),
      ...(files.has('/run/k8s-ha/kubeadm.yaml') ? [`${name} keeps a configuration with secrets`] : []),
      ...(kubeadm?.etcdMember === control ? [] : [`${name} has the wrong part in etcd`]),
      ...(alive && !member ? oursOn(name, files) : []),
    ];
  });
}

function oursOn(name: string, files: ReadonlyMap<string, unknown>): readonly string[] {
  return [...files.keys()].filter((path) => path.includes('k8s-ha')).map((path) => `${name} still has ${path}`);
}

/** Runs `up` to its end. */
export async function whole(cluster: SimCluster, wanted: ClusterSpec = spec): Promise<void> {
  const run = simRun(cluster);
  await drive(cluster, run, bringUp(cluster, run, wanted));
}

const newWorker: ClusterSpec = {
  ...spec,
  workers: [{ name: 'w2', address: '172.16.217.182', family: 'ipv4', ssh: { options: {} } }],
};
export const localWorkers: ClusterSpec = { ...spec, kubernetes: { ...spec.kubernetes, workerBalancer: 'node-local' } };

/** Whether the worker's kubelet looks elsewhere for the API, and whether HAProxy of ours is where it should be. */
function pointsWrong(cluster: SimCluster, server: string, balanced: boolean): readonly string[] {
  const { files, services } = nodeOf(cluster, 'w1');
  const points = files.get('/etc/kubernetes/kubelet.conf')?.content;
  return [
    ...(points === `server: ${server}` ? [] : [`the kubelet of w1 has ${points}`]),
    ...(services.haproxy.active === balanced ? [] : [`HAProxy of w1 ${balanced ? 'does not run' : 'runs'}`]),
    ...(services.keepalived.active ? ['keepalived of w1 runs'] : []),
    ...(balanced ? [] : oursOn('w1', files)),
  ];
}

const noWorker: ClusterSpec = { ...spec, workers: [] };
const fourth = { name: 'cp9', address: '172.16.217.199', family: 'ipv4' as const, priority: 214, ssh: { options: {} } };
/** The last control-plane node is another one. */
export const replaced: ClusterSpec = { ...spec, nodes: [...spec.nodes.slice(0, 2), fourth] };
/** The node that holds the VIP is another one. */
const firstReplaced: ClusterSpec = { ...spec, nodes: [{ ...fourth, priority: 254 }, ...spec.nodes.slice(1)] };
/** Two less: from three members of etcd to one. */
const single: ClusterSpec = { ...spec, nodes: spec.nodes.slice(0, 1), failover: { ...spec.failover, fencing: false } };

/** Machines of both files, those of the first one made nodes. */
function changing(name: string, after: ClusterSpec, changes: Partial<Scenario> = {}): Scenario {
  return {
    name,
    bare: true,
    before: spec,
    after,
    prepare: async (cluster) => {
      await madeCluster(cluster, after);
    },
    act: async (cluster, run) => bringUp(cluster, run, after),
    wrong: (cluster) => wrongWith(cluster, after),
    ...changes,
  };
}

/** The cluster of the first file, and bare machines that only another one names. */
export async function madeCluster(cluster: SimCluster, after: ClusterSpec): Promise<void> {
  for (const [index, { name, address }] of [...after.nodes, ...after.workers].entries())
    if (!cluster.nodes.some((node) => node.name === name)) cluster.nodes.push(simNode(index + 10, { name, address }));
  await bareMachines(cluster);
  await whole(cluster);
}

/** Its machine has no power, for good. */
async function dead(cluster: SimCluster, name: string, after: ClusterSpec): Promise<void> {
  await madeCluster(cluster, after);
  powerOff(nodeOf(cluster, name));
  await pass(cluster, 5000);
}

/** Its machine was installed anew, under the same name and address. */
async function installedAnew(cluster: SimCluster, name: string): Promise<void> {
  await madeCluster(cluster, spec);
  const node = nodeOf(cluster, name);
  powerOff(node);
  await pass(cluster, 5000);
  for (const path of node.files.keys()) if (/k8s-ha|kubernetes/.test(path)) node.files.delete(path);
  for (const service of Object.values(node.services))
    Object.assign(service, { active: false, enabled: false, loaded: '' });
  node.units.clear();
  powerOn(node, cluster.clock.monotonicMs());
  await pass(cluster, 2000);
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'a whole cluster taken down',
    bare: true,
    before: spec,
    after: undefined,
    prepare: async (cluster) => madeCluster(cluster, spec),
    act: async (cluster, run) => bringDown(cluster, run),
    wrong: ({ nodes }) =>
      nodes.flatMap(({ name, files }) => [
        ...(files.has('/etc/kubernetes/kubelet.conf') ? [`${name} is a node`] : []),
        ...oursOn(name, files),
      ]),
    noHolderMs: Infinity,
  },
  {
    ...changing('a balancer on the workers', localWorkers, {
      wrong: (cluster) => [
        ...wrongWith(cluster, localWorkers),
        ...pointsWrong(cluster, 'https://127.0.0.1:7443', true),
      ],
    }),
  },
  changing('no balancer on the workers any more', spec, {
    prepare: async (cluster) => {
      await madeCluster(cluster, spec);
      await whole(cluster, localWorkers);
    },
    wrong: (cluster) => [...wrongWith(cluster), ...pointsWrong(cluster, 'https://172.16.100.100:7443', false)],
  }),
  changing('a worker with a balancer less', noWorker, {
    prepare: async (cluster) => {
      await madeCluster(cluster, spec);
      await whole(cluster, localWorkers);
    },
  }),
  changing('a worker less', noWorker),
  changing('a worker replaced', newWorker),
  changing('a control-plane node replaced', replaced),
  changing('the VIP holder replaced', firstReplaced),
  changing('two control-plane nodes less', single),
  changing('a dead control-plane node replaced', replaced, {
    prepare: async (cluster) => dead(cluster, 'cp3', replaced),
    act: async (cluster, run) => bringUp(cluster, run, replaced, { without: ['cp3'] }),
  }),
  changing('a dead worker less', noWorker, {
    prepare: async (cluster) => dead(cluster, 'w1', noWorker),
    act: async (cluster, run) => bringUp(cluster, run, noWorker, { without: ['w1'] }),
  }),
  changing('a control-plane node installed anew', spec, {
    prepare: async (cluster) => installedAnew(cluster, 'cp2'),
  }),

  {
    name: 'from machines to a cluster',
    bare: true,
    before: spec,
    after: spec,
    prepare: bareMachines,
    act: async (cluster, run) => bringUp(cluster, run),
    wrong: (cluster) => wrongWith(cluster),
  },
];

/** Names of machines that say that they are nodes. */
export async function membersOf(cluster: SimCluster): Promise<readonly string[]> {
  const run = simRun(cluster);
  const views = await drive(cluster, run, lookAtMachines(spec, run.hosts));
  return knownViews(views ?? [])
    .filter(isMember)
    .map(({ node }) => node);
}
