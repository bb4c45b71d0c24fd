import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { NodePlan } from '../plan/model.ts';
import type { NodeFileSet } from '../render/render.ts';
import type { Former } from './foreign/foreign.ts';
import type { ForeignNode } from './look.ts';

/** One node with everything that decides what is done to it. */
export interface NodeView {
  readonly node: string;
  readonly set: NodeFileSet;
  readonly seen: NodeSeen;
  readonly foreign: ForeignNode;
}

/**
 * To ours: `proxy` lets our HAProxy serve instead of the former one; `aside` starts our keepalived, which takes no VIP yet;
 * `silence` ends a former keepalived; `take-over` lets ours hold the VIPs where the former one does, then ends that;
 * `stand-by` lets a node take part. Back: `gather` moves the VIPs to one node; `hand-back` lets the former keepalived hold them
 * beside ours; `retire` ends ours; `rejoin` starts a former one; `proxy-back` lets the former HAProxy serve and takes ours away.
 */
export type MigrationKind =
  | 'proxy'
  | 'aside'
  | 'silence'
  | 'take-over'
  | 'stand-by'
  | 'gather'
  | 'hand-back'
  | 'retire'
  | 'rejoin'
  | 'proxy-back';

/** One visit to a node. */
export interface MigrationStep {
  readonly node: string;
  readonly kind: MigrationKind;
  /** What is done, in order. */
  readonly does: readonly string[];
  /** What clients notice. */
  readonly effect: string;
  /** Of the former set-up: what this step ends or starts. */
  readonly former: readonly Former[];
  /** Files and packages that the step brings. */
  readonly change?: NodePlan | undefined;
  /** Our keepalived stands beside another one that holds VIPs. */
  readonly beside: boolean;
  /** A VIP moves to another node. */
  readonly moves: boolean;
  /** Our HAProxy can listen beside the former one. */
  readonly shared: boolean;
}

export interface MigrationPlan {
  readonly cluster: string;
  readonly direction: 'to-ours' | 'back';
  readonly steps: readonly MigrationStep[];
  /** The node on which the VIPs change from one keepalived to the other; undefined where no node holds one. */
  readonly incumbent: string | undefined;
  /** Times that a VIP moves to another node. */
  readonly handovers: number;
  /** What every node shall remember of the former set-up. */
  readonly remember: Readonly<Record<string, readonly Former[]>>;
  /** Identifies exactly this plan. */
  readonly hash: string;
}

export interface Views {
  readonly views: readonly NodeView[];
  readonly state: ClusterState;
}

export function of(program: 'keepalived' | 'haproxy') {
  return ({ programs }: Former): boolean => programs.includes(program);
}

/** The same thing, found now or remembered. */
export function same(a: Former, b: Former): boolean {
  return a.runner === b.runner && a.id === b.id;
}
