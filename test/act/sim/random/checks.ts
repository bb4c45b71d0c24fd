import type { Ended } from '../../../../src/act/outcome.ts';
import type { ClusterSpec } from '../../../../src/cluster/spec.ts';
import { parseLever } from '../../../../src/node/lever.ts';
import { paths } from '../../../../src/node/paths.ts';
import { holders, type SimCluster } from '../../../fakes/sim/cluster.ts';
import { contentOf, type SimNode } from '../../../fakes/sim/node.ts';
import { leftToDo, locksLeft } from '../verbs.ts';
import type { Deed, Draft } from './story.ts';

/** What a story has come to. */
export interface World {
  readonly cluster: SimCluster;
  draft: Draft;
  spec: ClusterSpec;
  /** Maintenance by node, with what its lever said when it began. */
  readonly drains: Map<string, string>;
  /** Machines that a run prepared whose file was then thrown away: no file names them, so nobody knows of them. */
  readonly strangers: Set<string>;
  /** A cluster of one node had a fault: nobody else could hold a VIP. */
  alone: boolean;
  /** Nodes that the file had before. */
  members: readonly string[];
  /** VIPs that the file had before as well: a new one has a holder when the rollout has ended well. */
  stay: readonly string[];
  /** The first set-up is over. */
  served: boolean;
  readonly problems: string[];
}

/** Our files that a node serves with: what a rollout replaces and restores. */
export function placed(node: SimNode): string {
  const ours = Array.from(node.files).filter(([path]) => /^\/etc\/(k8s-ha|systemd)\/.*(?<!-new)$/.test(path));
  return JSON.stringify(ours.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Keeps account of maintenance: what a drain or undrain left, however it ended, holds until the next of them.
 * @returns nodes whose maintenance something else ended
 */
export function drainsNow({ cluster, spec, drains }: World, { verb, ...deed }: Deed): readonly string[] {
  const told =
    verb === 'drain' || verb === 'undrain'
      ? spec.nodes[('node' in deed ? deed.node : 0) % spec.nodes.length]?.name
      : '';
  return cluster.nodes.flatMap((node): readonly string[] => {
    const text = contentOf(node, node.up ? paths.drain : paths.drainKept);
    const maintained = parseLever(text)?.by === 'operator';
    const before = drains.get(node.name);
    const left = contentOf(node, paths.keepalivedConfig) === '';
    if (node.name === told || left) {
      if (maintained) drains.set(node.name, text);
      else drains.delete(node.name);
      return [];
    }
    return before !== undefined && before !== text ? [`the maintenance of ${node.name} was ended by ${verb}`] : [];
  });
}

/** What is wrong with a cluster that is to be as its file says. */
export async function wrongNow(world: World, whole: boolean): Promise<readonly string[]> {
  const { cluster, spec, drains } = world;
  const trouble = [...cluster.trouble].flatMap(([vip, { twoHoldersMs, longestWithoutMs }]) => [
    ...(twoHoldersMs > 0 ? [`${vip} had two holders for ${twoHoldersMs} ms`] : []),
    ...(spec.endpoint.virtualIPs.some(({ address }) => address === vip) &&
    world.stay.includes(vip) &&
    longestWithoutMs > withoutMs &&
    !world.alone
      ? [`${vip} had none for ${longestWithoutMs} ms`]
      : []),
  ]);
  cluster.trouble.clear();
  world.alone = false;
  const known = cluster.nodes.filter(
    ({ name }) => !world.strangers.has(name) || spec.nodes.some((node) => node.name === name),
  );
  const nodes = { ...cluster, nodes: known };
  const homeless = spec.endpoint.virtualIPs.filter(({ address }) => holders(cluster, address).length !== 1);
  return [
    ...trouble,
    ...locksLeft(nodes),
    ...drainsNow(world, { verb: 'apply' }),
    ...strays(nodes),
    ...(whole ? homeless.map(({ address }) => `${address} has no holder`) : []),
    ...(whole ? await leftToDo(cluster, spec) : []),
    ...(drains.size === 0 ? leversLeft(nodes) : []),
  ];
}

/** The longest wait for a holder while a fit node exists: of the slowest timers, twice, and what a keepalived listens. */
const withoutMs = 6000;

/** Files that are left beside those in place, and somebody else's that were changed. */
function strays({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap((node) => [
    ...[...node.files.keys()].filter((path) => path.endsWith('.k8s-ha-new')).map((path) => `${node.name}: ${path}`),
    ...(contentOf(node, '/etc/haproxy/haproxy.cfg') === 'somebody else’s' ? [] : [`${node.name}: a foreign file`]),
  ]);
}

function leversLeft({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap((node) =>
    [...node.files].flatMap(([path, { content }]) =>
      /\/(drain|yield-\w+)$/.test(path) && parseLever(content) ? [`${node.name}: ${path} is pulled`] : [],
    ),
  );
}

/**
 * A run that was stopped by what a node refuses has changed nothing where it had only prepared, and has given the node that
 * failed back what it had.
 */
export function restoredAll(
  { cluster }: World,
  before: ReadonlyMap<string, string>,
  outcome: Ended<unknown> | undefined,
): readonly string[] {
  const rules = (outcome?.findings ?? []).map(({ rule }) => rule);
  const prepared = rules.includes('stage-failed') || rules.includes('refused-by-node');
  const restored = (outcome?.findings ?? []).filter(({ rule }) => rule === 'restored').map(({ node }) => node);
  return cluster.nodes
    .filter(({ name }) => prepared || restored.includes(name))
    .filter((node) => before.get(node.name) !== placed(node))
    .map(({ name }) => `${name} does not have what it had before`);
}
