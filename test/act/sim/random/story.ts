import * as fc from 'fast-check';
import type { ClusterSpec } from '../../../../src/cluster/spec.ts';
import type { SimFault } from '../../../fakes/sim/node.ts';
import { fakeSpec } from '../../../fakes/spec.ts';

/** A cluster file in short: what random changes change. */
export interface Draft {
  /** Machines by number, in the order of the file. */
  readonly machines: readonly number[];
  /** VIPs by the last part of their addresses, in the order of the file. */
  readonly vips: readonly number[];
  readonly routerId: number;
  readonly targetMs: number;
  readonly port: number;
  readonly preempt: boolean;
  readonly keep: boolean;
  readonly fencing: boolean;
}

/** What an operator does. */
export type Deed =
  | { readonly verb: 'change'; readonly to: Partial<Draft> }
  | { readonly verb: 'apply' | 'spread' | 'rollback' | 'upgrade' }
  | { readonly verb: 'drain'; readonly node: number; readonly reason: string }
  | { readonly verb: 'undrain'; readonly node: number }
  /** Another target, on a cluster of which one node, whose keepalived is stopped, is left as it is. */
  | { readonly verb: 'without'; readonly node: number; readonly targetMs: number };

/** What comes between, counted in commands that change something. */
export type Hitch =
  | { readonly kind: 'none' }
  /** The operator's process dies. Commands in flight are still carried out, or not; the next run has another file, or not. */
  | { readonly kind: 'kill'; readonly at: number; readonly orphans: boolean; readonly changesMind: boolean }
  /** Ctrl-C. */
  | { readonly kind: 'abort'; readonly at: number }
  /** Somebody else runs apply meanwhile; a run that is frozen goes on when that has ended. */
  | { readonly kind: 'second'; readonly at: number; readonly frozen: boolean; readonly breakLock: boolean }
  /** A node's ssh answers no more, or the node is restarted. */
  | { readonly kind: 'unreachable' | 'restart'; readonly at: number; readonly node: number }
  | { readonly kind: 'fault'; readonly fault: SimFault; readonly node: number };

export interface Event {
  readonly deed: Deed;
  readonly hitch: Hitch;
}

/** A cluster from its first set-up on. */
export interface Story {
  readonly draft: Draft;
  readonly setUp: Hitch;
  readonly events: readonly Event[];
}

const drafts: { readonly [Key in keyof Draft]: fc.Arbitrary<Draft[Key]> } = {
  machines: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 5 }),
  vips: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
  routerId: fc.constantFrom(10, 51, 200),
  targetMs: fc.constantFrom(300, 500, 900, 2000),
  port: fc.constantFrom(7443, 8443),
  preempt: fc.boolean(),
  keep: fc.boolean(),
  fencing: fc.boolean(),
};

/** One thing at a time: what must not change together is refused, and tested elsewhere. */
const changes: fc.Arbitrary<Partial<Draft>> = fc.oneof(
  ...Object.entries(drafts).map(([key, value]) => fc.record({ [key]: value as fc.Arbitrary<unknown> })),
);

const reasons = fc.oneof(
  fc.constantFrom('apply kernel patches', 'apply', 'rollout', '1 rollout 0123 ada', '0', 'upgrade', ' '),
  fc.string({ maxLength: 30 }),
);

const node = fc.nat(4);

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ verb: fc.constant('change'), to: changes }) },
  { weight: 4, arbitrary: fc.record({ verb: fc.constantFrom('apply', 'spread', 'rollback', 'upgrade') }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('drain'), node, reason: reasons }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('undrain'), node }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('without'), node, targetMs: drafts.targetMs }) },
);

const at = fc.integer({ min: 1, max: 30 });

const hitches: fc.Arbitrary<Hitch> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('none') }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('kill'), at, orphans: fc.boolean(), changesMind: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort'), at }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('second'), at, frozen: fc.boolean(), breakLock: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('unreachable', 'restart'), at, node }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault'),
      fault: fc.constantFrom('validate', 'full', 'activate', 'gate', 'install', 'keepalived-silent'),
      node,
    }),
  },
);

export const stories: fc.Arbitrary<Story> = fc.record({
  draft: fc.record(drafts),
  setUp: hitches,
  events: fc.array(fc.record({ deed: deeds, hitch: hitches }), { minLength: 1, maxLength: 3 }),
});

/** The cluster file as the loader completes it. */
export function specOf({ machines, vips, routerId, targetMs, port, preempt, keep, fencing }: Draft): ClusterSpec {
  const { nodes } = fakeSpec({}, { nodes: 6 });
  return fakeSpec({
    nodes: machines.flatMap((machine, place) => {
      const { priority } = nodes[place] ?? {};
      const found = nodes[machine];
      return found && priority !== undefined ? [{ ...found, priority }] : [];
    }),
    endpoint: {
      port,
      virtualIPs: vips.map((vip, place) => ({
        address: `172.16.100.${100 + vip}`,
        family: 'ipv4',
        instance: `K8S_API_${place + 1}`,
        virtualRouterId: routerId + place,
      })),
    },
    failover: {
      targetMs,
      preempt,
      tellClients: false,
      keepConnections: keep,
      fencing: fencing && machines.length >= 3,
      timers: {},
    },
  });
}
