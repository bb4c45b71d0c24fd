import { shapeOf } from '../render/shape.ts';
import { unheard } from '../observe/once/facts.ts';
import { leversOnly, retire } from './leave.ts';
import { withKeepalived, type PlannedNode } from './node.ts';
import type { NodePlan } from './model.ts';
import type { Standing } from './rekey.ts';

export interface Visits {
  /** In the order of the cluster file. */
  readonly changes: readonly PlannedNode[];
  readonly leaving: readonly NodePlan[];
  readonly standing: readonly Standing[];
  /** Names of the nodes that hold a VIP. */
  readonly holders: ReadonlySet<string>;
}

/**
 * The visits of a rollout to nodes that serve. The order is what keeps a VIP with one holder:
 * a node that joins begins to elect when all others know it; a node that leaves stops before they forget it; both count for
 * the majority in between. Holders change last: by then every other node is known to work with what the holder will get. Even
 * later changes a node that the others do not hear, because it has another hardware address: it takes no VIP until it is told
 * that they do.
 */
export function inOrder({ changes, leaving, standing, holders }: Visits): readonly NodePlan[] {
  const joins = changes.filter(({ context }) => context.joins);
  const ordered = holdersLast(
    changes.filter(({ context }) => !context.joins),
    holders,
  );
  const others = [
    ...ordered.filter(({ seen }) => !unheard(seen)),
    ...ordered.filter(({ seen }) => unheard(seen) !== undefined),
  ];
  const steps = others.map((planned, at) => listening(planned, others.slice(at + 1)));
  const removals = leaving.filter(({ kind }) => kind === 'remove');
  const missed = missedAtLast(others.length, removals.length);
  return [
    ...joins.flatMap(prepare),
    ...leaving.filter(({ kind }) => kind === 'retire'),
    ...joins
      .filter(({ seen }) => seen.keepalived.active === 'active')
      .map(({ plan }) => retire(plan.node, holders.has(plan.node))),
    ...leverVisits('stand-aside', standing),
    ...steps.slice(0, -1),
    // Before the last change: until then, a run after an interruption finds in the files who leaves.
    ...removals.slice(missed),
    ...steps.slice(-1),
    ...removals.slice(0, missed),
    ...joins.map(elect),
    ...leverVisits('stand-by', standing),
  ];
}

/**
 * How many of the nodes that leave must answer until the last one has changed, or has been restored: by the files it has, it
 * gives its VIPs up where it does not see a majority of the previous members.
 */
function missedAtLast(stay: number, leave: number): number {
  const majority = Math.floor((stay + leave) / 2) + 1;
  return Math.max(0, majority - stay);
}

/** From the last node to the first, because a VIP moves to the next node (priorities rotate): one that will not move it again. */
function holdersLast(changes: readonly PlannedNode[], holders: ReadonlySet<string>): readonly PlannedNode[] {
  const reversed = changes.toReversed();
  const holds = ({ plan }: PlannedNode): boolean => holders.has(plan.node);
  return [...reversed.filter((planned) => !holds(planned)), ...reversed.filter(holds)];
}

/** Everything but keepalived, which would hear nobody. */
function prepare({ plan }: PlannedNode): readonly NodePlan[] {
  const lacks = plan.packages.length + plan.images.length > 0 || plan.certificate !== undefined;
  return !lacks && plan.changes.length === 0 && plan.haproxy === 'none'
    ? []
    : [{ ...plan, kind: 'prepare', keepalived: 'none', drain: false, undrain: false }];
}

function elect({ plan }: PlannedNode): NodePlan {
  const { certificate: _, firewall: _opened, snapshots: _snapshots, ...rest } = plan;
  return {
    ...rest,
    packages: [],
    images: [],
    changes: [],
    haproxy: 'none',
    keepalived: 'start',
    addons: 'none',
    guard: 'none',
    reloadUnits: true,
    drain: false,
  };
}

function leverVisits(kind: 'stand-aside' | 'stand-by', standing: readonly Standing[]): readonly NodePlan[] {
  return standing.flatMap(({ node, before, after }) => {
    const levers = kind === 'stand-aside' ? before : after;
    return levers.length === 0 ? [] : [leversOnly(node, kind, levers)];
  });
}

/**
 * A backup that expects adverts sooner than the holder still sends them would take over while it reads its configuration.
 * One that starts again listens first (vrrp_startup_delay), and learns the holder's interval.
 */
function listening(planned: PlannedNode, later: readonly PlannedNode[]): NodePlan {
  const { plan, set, seen } = planned;
  if (plan.keepalived !== 'reload') return plan;
  const held = addressesOf(planned);
  const slow = (shapeOf(set.files)?.instances ?? []).some(
    ({ address, advertIntervalMs }) =>
      !held.has(address) &&
      later.some((holder) => addressesOf(holder).has(address) && advertsOf(holder, address) > 2 * advertIntervalMs),
  );
  return slow && seen.keepalived.active === 'active' ? withKeepalived(planned, 'restart') : plan;
}

function addressesOf({ seen }: PlannedNode): ReadonlySet<string> {
  return new Set(seen.addresses.known ? seen.addresses.value.map(({ address }) => address) : []);
}

/** How often the node's keepalived sends adverts for a VIP, in milliseconds; 0 where that is unknown. */
function advertsOf({ seen }: PlannedNode, vip: string): number {
  return (
    (seen.instances.known ? seen.instances.value : []).find(({ addresses }) => addresses.includes(vip))
      ?.advertIntervalMs ?? 0
  );
}
