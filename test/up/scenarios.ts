import { up } from '../../src/up/up.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { lookAtMachines } from '../../src/up/look.ts';
import { isMember, knownViews } from '../../src/up/plan.ts';
import type { Scenario } from '../act/sim/scenarios.ts';
import { optionsOf } from '../act/sim/verbs.ts';
import { drive, simRun, type SimCluster, type SimRun } from '../fakes/sim/cluster.ts';
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
export async function bringUp(cluster: SimCluster, run: SimRun, wanted: ClusterSpec = spec) {
  const hosts = run.hosts.filter(({ name }) => wanted.nodes.some((node) => node.name === name));
  const workers = run.hosts.filter(({ name }) => wanted.workers.some((node) => node.name === name));
  return up(wanted, { ...optionsOf(cluster, run), hosts, workers });
}

/** What is not as it should be: a machine that is no node, half a node, a secret that was left. */
export function wrongWith({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap(({ name, files, machine: { kubeadm } }) => [
    ...(files.has('/etc/kubernetes/kubelet.conf') ? [] : [`${name} is no node`]),
    ...(files.has('/var/lib/k8s-ha/kubeadm-begun') ? [`${name} is half a node`] : []),
    ...(files.has('/run/k8s-ha/kubeadm.yaml') ? [`${name} keeps a configuration with secrets`] : []),
    ...(kubeadm?.etcdMember === (name !== 'w1') ? [] : [`${name} has the wrong part in etcd`]),
  ]);
}

/** Runs `up` to its end. */
export async function whole(cluster: SimCluster, wanted: ClusterSpec = spec): Promise<void> {
  const run = simRun(cluster);
  await drive(cluster, run, bringUp(cluster, run, wanted));
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'from machines to a cluster',
    bare: true,
    before: spec,
    after: spec,
    prepare: bareMachines,
    act: async (cluster, run) => bringUp(cluster, run),
    wrong: wrongWith,
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
