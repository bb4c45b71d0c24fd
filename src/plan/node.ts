import { isRolloutPull } from '../node/lever.ts';
import { paths } from '../node/paths.ts';
import type { ClusterState, NodeSeen, ServiceSeen } from '../cluster/state.ts';
import { programSeen } from '../observe/once/facts.ts';
import type { NodeFileSet } from '../render/render.ts';
import type { RequiredImage, RequiredProgram } from '../render/runtimes/runtime.ts';
import { shapeOf } from '../render/shape.ts';
import { diffText } from './diff.ts';
import { effectOf } from './effect.ts';
import type { AddonAction, FileChange, GuardAction, NodePlan, PlanOptions, ServiceAction } from './model.ts';
import { asideThen } from './rekey.ts';

export interface NodeContext extends PlanOptions {
  readonly state: ClusterState;
  /** The wanted VIPs. */
  readonly vips: readonly string[];
  readonly rekeyed: readonly string[];
  /** What the runtime needs on each node. */
  readonly programs: readonly RequiredProgram[];
  readonly images: readonly RequiredImage[];
  /** Whether a node lacks a client certificate for health checks that it could sign. */
  readonly certificateOf: (seen: NodeSeen) => NodePlan['certificate'];
  /** A node that leaves holds a VIP: any of the others may have it by the time it is visited. */
  readonly mayGetVip: boolean;
  /** The others do not know the node yet. */
  readonly joins: boolean;
}

/** A node that changes, with what the decision was made from. */
export interface PlannedNode {
  readonly plan: NodePlan;
  readonly set: NodeFileSet;
  readonly seen: NodeSeen;
  readonly context: NodeContext;
}

/** What must change on one node; undefined when nothing must. */
export function planNode(set: NodeFileSet, seen: NodeSeen, context: NodeContext): NodePlan | undefined {
  const missing = (program: RequiredProgram['program']): boolean => {
    const found = programSeen(seen, program);
    return found.known && found.value === undefined;
  };
  const packages = context.programs.filter(({ program }) => missing(program)).map(({ inPackage }) => inPackage);
  const images = context.images.filter((image) => image.programs.some(missing));
  const certificate = context.certificateOf(seen);
  const changes = fileChanges(set, seen);
  const haproxy = context.restart === true ? haproxyAgain(set, seen) : haproxyAction(set, seen);
  const keepalived = context.restart === true ? keepalivedAgain(set, seen) : keepalivedAction(set, seen);
  const addons = addonAction(set.addonUnitRevision, seen.addons);
  const snapshots = addonAction(set.snapshotUnitRevision, seen.snapshots);
  const guard = guardAction(set, seen);
  const firewall = firewallAction(set, seen);
  const unitsChanged = changes.some(({ wanted }) => wanted?.part.endsWith('-unit') ?? false);
  // Also where files are in place already: a run that was killed there had not told systemd.
  const restarts = [haproxy, keepalived].some((action) => action === 'restart' || action === 'start');
  const reloadUnits = unitsChanged || restarts || !seen.haproxy.enabled || !seen.keepalived.enabled;
  const undrain = isRolloutPull(seen.levers['drain']);
  const services =
    [haproxy, keepalived, addons, snapshots, guard].some((action) => action !== 'none') || firewall !== undefined;
  const lacks = packages.length + images.length > 0 || certificate !== undefined;
  if (!lacks && changes.length === 0 && !services && !reloadUnits && !undrain && !context.joins) return undefined;
  return told(set, seen, context, {
    node: set.node,
    kind: 'change',
    packages,
    ...(packages.length > 0 && seen.packageManager !== 'other' && { manager: seen.packageManager }),
    images,
    ...(certificate && { certificate }),
    changes,
    // Only a keepalived that reads its configuration again can tell the new names.
    levers: keepalived === 'none' || context.joins ? [] : asideThen(set.node, context.rekeyed, context.state),
    haproxy,
    keepalived,
    addons,
    ...(snapshots !== 'none' && { snapshots }),
    guard,
    ...(firewall && { firewall }),
    reloadUnits,
    drain: false,
    undrain,
    effect: '',
  });
}

/** The same plan with another action for keepalived. */
export function withKeepalived({ plan, set, seen, context }: PlannedNode, keepalived: ServiceAction): NodePlan {
  return told(set, seen, context, { ...plan, keepalived, reloadUnits: true });
}

/** Decides whether the VIPs are moved away first, and says what clients notice. */
function told(
  set: NodeFileSet,
  seen: NodeSeen,
  { vips, mayGetVip, rekeyed, lossMs }: NodeContext,
  plan: NodePlan,
): NodePlan {
  // A firewall that loads its rules may keep adverts out for a moment.
  const restarts = plan.haproxy === 'restart' || plan.keepalived === 'restart' || plan.firewall !== undefined;
  const held = seen.addresses.known ? new Set(seen.addresses.value.map(({ address }) => address)) : new Set<string>();
  const mine = rekeyed.filter((address) => held.has(address));
  const holder = mayGetVip || vips.some((vip) => held.has(vip));
  // An operator's maintenance is theirs to end: such a node holds nothing, and a rollout's drain would replace it.
  const maintained = seen.levers['drain'] !== undefined && !isRolloutPull(seen.levers['drain']);
  // Nobody could take over a VIP whose instance changes its identity: all others stand aside for it.
  const drain = holder && restarts && mine.length === 0 && !maintained;
  return { ...plan, drain, effect: effectOf(set, seen, { ...plan, drain }, { holder, rekeyed: mine, lossMs }) };
}

export function fileChanges(set: NodeFileSet, seen: NodeSeen): readonly FileChange[] {
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
}

/** Judged by what the running program says it has read, not by what was written last: an interrupted rollout is finished. */
export function haproxyAction(set: NodeFileSet, seen: NodeSeen): ServiceAction {
  if (seen.haproxy.active !== 'active') return 'start';
  if (seen.haproxy.unitRevision !== set.haproxyUnitRevision) return 'restart';
  // A reload starts the new program too, and the old worker keeps its connections (HAProxy's management guide, section 4).
  if (seen.haproxy.replaced !== undefined) return keepsOn(set, seen) ? 'reload' : 'restart';
  if (seen.haproxyConfig.known && seen.haproxyConfig.value === set.haproxyConfigRevision) return 'none';
  // A worker that does not answer is not fixed by a reload.
  return seen.haproxyConfig.known ? 'reload' : 'restart';
}

/** A new process of HAProxy, also where nothing asks for one; the connections of the old one go on where they can. */
function haproxyAgain(set: NodeFileSet, seen: NodeSeen): ServiceAction {
  const needed = haproxyAction(set, seen);
  if (needed === 'start' || needed === 'restart') return needed;
  return keepsOn(set, seen) ? 'reload' : 'restart';
}

function keepalivedAgain(set: NodeFileSet, seen: NodeSeen): ServiceAction {
  return keepalivedAction(set, seen) === 'start' ? 'start' : 'restart';
}

function keepsOn({ files }: NodeFileSet, { haproxyConfig }: NodeSeen): boolean {
  return haproxyConfig.known && files.some(({ path }) => path === paths.keepScript);
}

/** A unit that some clusters have: the add-ons', and the timer of snapshots. */
function addonAction(wanted: string | undefined, unit: ServiceSeen): AddonAction {
  const runs = unit.active === 'active' || unit.active === 'activating';
  if (wanted === undefined) return runs || unit.enabled ? 'stop' : 'none';
  if (!runs || !unit.enabled) return 'start';
  return unit.unitRevision === wanted ? 'none' : 'restart';
}

/** Where nft cannot load it, preflight says so. */
function guardAction({ guardRevision }: NodeFileSet, { guard: { able, loaded } }: NodeSeen): GuardAction {
  if (guardRevision === loaded) return 'none';
  if (guardRevision === undefined) return 'unload';
  return able.known && able.value ? 'load' : 'none';
}

/** Opening again what is open changes nothing; where no firewall is known there is nothing to open. */
function firewallAction({ firewallRevision: wanted }: NodeFileSet, { firewall: seen }: NodeSeen): NodePlan['firewall'] {
  if (wanted === undefined) return seen === undefined ? undefined : 'unload';
  return seen?.loaded.known === true && seen.loaded.value === wanted ? undefined : 'load';
}

/** keepalived opens its sockets on an interface when it starts. */
function movesInterface(set: NodeFileSet, seen: NodeSeen): boolean {
  const was = shapeOf(seen.files)?.instances ?? [];
  return (shapeOf(set.files)?.instances ?? []).some((instance) =>
    was.some(({ name, interface: previous }) => name === instance.name && previous !== instance.interface),
  );
}

function keepalivedAction(set: NodeFileSet, seen: NodeSeen): ServiceAction {
  if (seen.keepalived.active !== 'active') return 'start';
  if (seen.keepalived.unitRevision !== set.keepalivedUnitRevision || seen.keepalived.replaced !== undefined)
    return 'restart';
  if (seen.keepalivedConfig.known && seen.keepalivedConfig.value === set.keepalivedConfigRevision) return 'none';
  return movesInterface(set, seen) ? 'restart' : 'reload';
}
