import { apply } from '../../../src/act/verbs/apply.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { Wanted } from '../../../src/upkeep/version/refuse.ts';
import { upgradeKubernetes, type VersionOptions } from '../../../src/upkeep/version/upgrade.ts';
import type { Scenario } from '../../act/sim/scenarios.ts';
import { optionsOf } from '../../act/sim/verbs.ts';
import { drive, nodeOf, pass, simCluster, simRun, type SimCluster, type SimRun } from '../../fakes/sim/cluster.ts';
import { asksEndpoint } from '../../fakes/sim/away.ts';
import { joinEtcd } from '../../fakes/sim/etcd.ts';
import { simKubernetes, type SimVersion } from '../../fakes/sim/version.ts';
import { fakeSpec } from '../../fakes/spec.ts';

export const [from, to] = ['v1.35.4', 'v1.36.3'] as const;

export const spec: ClusterSpec = fakeSpec(
  { workers: [{ name: 'w1', address: '172.16.217.181', family: 'ipv4', ssh: { options: {} } }] },
  { vips: 1 },
);

export const wanted: Wanted = { version: to, folder: '/opt/kubernetes', replace: true };

/** A cluster behind an endpoint, of the old version, with the new one in a folder. */
export async function oldCluster(cluster: SimCluster): Promise<void> {
  const run = simRun(cluster);
  const hosts = run.hosts.filter(({ name }) => name !== 'w1');
  await drive(cluster, run, apply(spec, { ...optionsOf(cluster, run), hosts }));
  for (const node of cluster.nodes) {
    const control = node.name !== 'w1';
    simKubernetes(node, control, from, to);
    if (control) joinEtcd(node, cluster.nodes);
  }
}

export async function madeOld(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await oldCluster(cluster);
  await pass(cluster, 5000);
  return cluster;
}

/** The upgrade as an operator runs it. */
export async function bringTo(cluster: SimCluster, run: SimRun, options: Partial<VersionOptions> = {}) {
  return upgradeKubernetes(spec, {
    ...optionsOf(cluster, run),
    hosts: run.hosts.filter(({ name }) => name !== 'w1'),
    workers: run.hosts.filter(({ name }) => name === 'w1'),
    wanted,
    keepPods: false,
    ...options,
  });
}

export async function upgraded(cluster: SimCluster, options: Partial<VersionOptions> = {}) {
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, bringTo(cluster, run, options));
  if (!outcome) throw new Error('it was killed');
  return outcome;
}

export function versionOf(cluster: SimCluster, name: string): SimVersion {
  const { version } = nodeOf(cluster, name).machine;
  if (!version) throw new Error(`${name} has no Kubernetes`);
  return version;
}

/** What is not as it should be: an old program, a node that is left aside, a client that noticed. */
export function wrongWith(cluster: SimCluster): readonly string[] {
  return cluster.nodes.flatMap(({ name, drainedServers, uncheckedServers, files }) => {
    const { programs, kubelet, manifests, cordoned, noticed } = versionOf(cluster, name);
    return [
      ...Object.entries(programs).flatMap(([program, { version }]) =>
        version === to ? [] : [`${program} of ${name} is ${version}`],
      ),
      ...(kubelet === to ? [] : [`the kubelet of ${name} is ${kubelet}`]),
      ...(manifests === to || name === 'w1' ? [] : [`the manifests of ${name} are ${manifests}`]),
      ...(files.has(asksEndpoint) ? [`the kubelet of ${name} asks the endpoint yet`] : []),
      ...(cordoned ? [`${name} has no pods`] : []),
      ...(drainedServers.size === 0 ? [] : [`${name} sends nobody to ${[...drainedServers].join()}`]),
      ...(uncheckedServers.size === 0 ? [] : [`${name} does not check ${[...uncheckedServers].join()}`]),
      ...(files.has('/var/lib/k8s-ha/kubernetes-visit') ? [`the visit of ${name} is not ended`] : []),
      ...noticed,
    ];
  });
}

export const scenario: Scenario = {
  name: 'another version of Kubernetes',
  bare: true,
  before: spec,
  after: spec,
  prepare: oldCluster,
  act: async (cluster, run) => bringTo(cluster, run),
  wrong: wrongWith,
};
