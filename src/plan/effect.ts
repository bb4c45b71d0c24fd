import type { NodeSeen } from '../cluster/state.ts';
import { durationText } from '../core/duration.ts';
import { paths } from '../node/paths.ts';
import type { NodeFileSet } from '../render/render.ts';
import { shapeOf } from '../render/shape.ts';
import type { NodePlan } from './model.ts';

interface EffectOptions {
  /** The node holds a VIP. */
  readonly holder: boolean;
  /** VIPs that it holds and whose virtual router id changes. */
  readonly rekeyed: readonly string[];
  readonly lossMs: number | undefined;
}

/** What clients notice of a visit: said before it is done, and held against what is measured. */
export function effectOf(
  set: NodeFileSet,
  seen: NodeSeen,
  plan: Pick<NodePlan, 'haproxy' | 'keepalived' | 'drain'>,
  { holder, rekeyed, lossMs }: EffectOptions,
): string {
  const was = shapeOf(seen.files);
  const will = shapeOf(set.files);
  const gone = goneVips(set, seen);
  const moved = was?.port !== undefined && will?.port !== undefined && was.port !== will.port;
  const noticed = [
    ...(plan.drain ? [`one planned handover; ${handoverText(seen, plan)}`] : []),
    ...rekeyed.map((vip) => `${vip} has no holder for ${withoutHolder(plan, will?.startupDelayMs ?? 0, lossMs)}`),
    ...gone.map((vip) => `${vip} is given up for good`),
    ...(moved ? [`port ${was.port} is closed on this node, and ${will.port} serves instead`] : []),
    ...(will?.preempt === true && was?.preempt === false ? ['a VIP may move to the node that it prefers'] : []),
  ];
  if (noticed.length > 0) return `clients: ${noticed.join('; ')}`;
  if (plan.haproxy === 'reload' && holder)
    return `clients: nothing now; long-lived connections through this node are re-established after ${hardStop}`;
  return holder ? 'clients: nothing, connections are kept' : 'clients: nothing, this node holds no VIP';
}

/** What becomes of the connections through a node when it gives its VIPs up. */
function handoverText({ files }: NodeSeen, { haproxy }: Pick<NodePlan, 'haproxy'>): string {
  if (!files.some(({ path }) => path === paths.keepScript)) return 'connections through this node are re-established';
  return haproxy === 'none' || haproxy === 'reload'
    ? `connections through this node go on for up to ${hardStop}`
    : 'connections through this node are re-established when HAProxy restarts';
}

/** After a reload, HAProxy's previous worker keeps its connections for this long (hard-stop-after). */
const hardStop = '10 minutes';

function withoutHolder(
  { keepalived }: Pick<NodePlan, 'keepalived'>,
  startupDelayMs: number,
  lossMs: number | undefined,
): string {
  const listens =
    keepalived === 'restart' && startupDelayMs > 0
      ? `, and ${durationText(startupDelayMs)} more in which keepalived listens`
      : '';
  return lossMs === undefined
    ? `as long as when a node is lost${listens}`
    : `up to ${durationText(Math.ceil(lossMs))}${listens}`;
}

/** VIPs that the node has and must not float any more. */
function goneVips(set: NodeFileSet, seen: NodeSeen): readonly string[] {
  if (!seen.addresses.known || !seen.instances.known) return [];
  const held = new Set(seen.addresses.value.map(({ address }) => address));
  const wanted = new Set(shapeOf(set.files)?.instances.map(({ address }) => address));
  return seen.instances.value.flatMap(({ addresses }) => addresses).filter((vip) => held.has(vip) && !wanted.has(vip));
}
