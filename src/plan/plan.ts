import { isRolloutDrain } from '../cluster/lever.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../cluster/state.ts';
import { sha256, type NodeFile, type NodeFileSet } from '../render/render.ts';
import { requiredPrograms } from '../render/paths.ts';
import { diffText } from './diff.ts';

/** What must be done to a node's service so that it runs what the files say. */
export type ServiceAction = 'none' | 'reload' | 'restart' | 'start';

/** What must be done to the unit that keeps the add-ons applied; it reads its manifests anew by itself. */
export type AddonAction = 'none' | 'start' | 'restart' | 'stop';

export interface FileChange {
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
  /** The wanted file; undefined when the file goes. */
  readonly wanted: NodeFile | undefined;
  /** What is there now; undefined when nothing is. */
  readonly before: { readonly mode: number; readonly content: string } | undefined;
  readonly diff: string;
}

/** Everything that will be done to one node, and what a client will notice of it. */
export interface NodePlan {
  readonly node: string;
  readonly packages: readonly string[];
  readonly changes: readonly FileChange[];
  readonly haproxy: ServiceAction;
  readonly keepalived: ServiceAction;
  readonly addons: AddonAction;
  /** systemd reads the unit files again and enables them. */
  readonly reloadUnits: boolean;
  /** The node holds a VIP and a service of it restarts: the VIP is moved away first. */
  readonly drain: boolean;
  /** A drain of an earlier, interrupted rollout is still in force. */
  readonly undrain: boolean;
  /** What clients notice. */
  readonly effect: string;
}

/** The rollout as data: `plan` prints it, `apply` carries it out, nothing computes it twice. */
export interface Plan {
  readonly cluster: string;
  /** In the order of the rollout; nodes with nothing to do are left out. */
  readonly nodes: readonly NodePlan[];
  /** Nothing serves yet, so there is no one to protect: all nodes are set up side by side, then the VIPs are spread. */
  readonly bootstrap: boolean;
  /** The files that each node shall have: gates compare the running programs with them. */
  readonly wanted: Readonly<Record<string, NodeFileSet>>;
  /** Identifies exactly this plan. */
  readonly hash: string;
}

export const isEmpty = (plan: Plan): boolean => plan.nodes.length === 0;

/**
 * Compares the wanted files with what was seen.
 * @param wanted the file sets of the nodes that were seen; unreachable nodes are preflight's business.
 * @param restart restarts every service, whether anything changed or not.
 */
export const makePlan = (
  spec: ClusterSpec,
  wanted: readonly NodeFileSet[],
  state: ClusterState,
  { restart = false }: { readonly restart?: boolean } = {},
): Plan => {
  const holders = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  const plans = wanted.flatMap((set) => {
    const seen = state.nodes.find(({ node }) => node === set.node)?.seen;
    if (!seen?.known) return [];
    const plan = planNode(set, seen.value, holders.has(set.node), restart);
    return plan === undefined ? [] : [plan];
  });
  // Holders last: by then every other node is known to work with what the holder will get. From the last node to the first,
  // because a VIP moves to the next node (priorities rotate): it is then one that will not move it again.
  const reversed = plans.toReversed();
  const oneByOne = [
    ...reversed.filter(({ node }) => !holders.has(node)),
    ...reversed.filter(({ node }) => holders.has(node)),
  ];
  const serving = state.nodes.some(
    ({ seen }) => seen.known && (seen.value.haproxy.active === 'active' || seen.value.keepalived.active === 'active'),
  );
  const bootstrap = plans.length > 0 && holders.size === 0 && !serving;
  const nodes = bootstrap ? plans : oneByOne;
  return {
    cluster: spec.name,
    nodes,
    bootstrap,
    wanted: Object.fromEntries(wanted.map((set) => [set.node, set])),
    hash: sha256(JSON.stringify(nodes)).slice(0, 12),
  };
};

const planNode = (set: NodeFileSet, seen: NodeSeen, holder: boolean, restart: boolean): NodePlan | undefined => {
  const packages = requiredPrograms
    .filter(({ program }) => {
      const found = seen.programs[program];
      return found.known && found.value === undefined;
    })
    .map(({ debianPackage }) => debianPackage);
  const changes = fileChanges(set, seen);
  const atLeastRestart = (action: ServiceAction): ServiceAction => (restart && action !== 'start' ? 'restart' : action);
  const haproxy = atLeastRestart(haproxyAction(set, seen));
  const keepalived = atLeastRestart(keepalivedAction(set, seen));
  const addons = addonAction(set, seen);
  const unitsChanged = changes.some(({ wanted }) => wanted?.part.endsWith('-unit') ?? false);
  // Also where files are in place already: a run that was killed there had not told systemd.
  const restarts = [haproxy, keepalived].some((action) => action === 'restart' || action === 'start');
  const reloadUnits = unitsChanged || restarts || !seen.haproxy.enabled || !seen.keepalived.enabled;
  const undrain = isRolloutDrain(seen.levers['drain']);
  const services = [haproxy, keepalived, addons].some((action) => action !== 'none');
  if (packages.length + changes.length === 0 && !services && !reloadUnits && !undrain) return undefined;
  return {
    node: set.node,
    packages,
    changes,
    haproxy,
    keepalived,
    addons,
    reloadUnits,
    drain: holder && (haproxy === 'restart' || keepalived === 'restart'),
    undrain,
    effect: effectOf(haproxy, keepalived, holder),
  };
};

const effectOf = (haproxy: ServiceAction, keepalived: ServiceAction, holder: boolean): string => {
  if (holder && (haproxy === 'restart' || keepalived === 'restart'))
    return 'clients: one planned handover; connections through this node are made anew';
  if (haproxy === 'restart') return 'clients: nothing, this node holds no VIP';
  if (haproxy === 'reload' || keepalived === 'reload') return 'clients: nothing, connections are kept';
  return 'clients: nothing';
};

const fileChanges = (set: NodeFileSet, seen: NodeSeen): readonly FileChange[] => {
  const changes = set.files.flatMap((file): FileChange[] => {
    const before = seen.files.find(({ path }) => path === file.path);
    if (before?.content === file.content && before.mode === file.mode && before.owner === 'root:root') return [];
    return [
      {
        path: file.path,
        action: before ? 'update' : 'create',
        wanted: file,
        before: before && { mode: before.mode, content: before.content },
        diff: diffText(file.path, before?.content, file.content, before?.mode, file.mode),
      },
    ];
  });
  const extra = seen.files
    .filter(({ path }) => !set.files.some((file) => file.path === path))
    .map(({ path, mode, content }): FileChange => ({
      path,
      action: 'delete',
      wanted: undefined,
      before: { mode, content },
      diff: diffText(path, content, undefined, mode, undefined),
    }));
  return [...changes, ...extra];
};

/** Judged by what the running program says it has read, not by what was written last: an interrupted rollout is finished. */
const haproxyAction = (set: NodeFileSet, seen: NodeSeen): ServiceAction => {
  if (seen.haproxy.active !== 'active') return 'start';
  if (seen.haproxy.unitRevision !== set.haproxyUnitRevision) return 'restart';
  if (seen.haproxyConfig.known && seen.haproxyConfig.value === set.haproxyConfigRevision) return 'none';
  // A worker that does not answer is not mended by a reload.
  return seen.haproxyConfig.known ? 'reload' : 'restart';
};

const addonAction = ({ addonUnitRevision: wanted }: NodeFileSet, { addons }: NodeSeen): AddonAction => {
  const runs = addons.active === 'active' || addons.active === 'activating';
  if (wanted === undefined) return runs || addons.enabled ? 'stop' : 'none';
  if (!runs || !addons.enabled) return 'start';
  return addons.unitRevision === wanted ? 'none' : 'restart';
};

const keepalivedAction = (set: NodeFileSet, seen: NodeSeen): ServiceAction => {
  if (seen.keepalived.active !== 'active') return 'start';
  if (seen.keepalived.unitRevision !== set.keepalivedUnitRevision) return 'restart';
  return seen.keepalivedConfig.known && seen.keepalivedConfig.value === set.keepalivedConfigRevision
    ? 'none'
    : 'reload';
};
