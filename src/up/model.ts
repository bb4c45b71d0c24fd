import type { Observed } from '../core/observed.ts';

/** What a machine is to be in the cluster. */
export type Role = 'control-plane' | 'worker';

/** What kubeadm was told to make of a machine, and has not ended well yet. */
export type Begun = 'init' | 'join';

/** A node object of the cluster, as one API server tells it. */
export interface MemberSeen {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not; empty where the cluster does not say. */
  readonly why: string;
}

/** What a machine says of kubeadm and of what kubeadm made of it. */
export interface MachineSeen {
  /** Programs that kubeadm needs and that are not there. */
  readonly missing: readonly string[];
  /** As `v1.36.3`; undefined where there is no kubeadm, or where it does not say. */
  readonly version: string | undefined;
  /** A container runtime's socket is there. */
  readonly runtime: boolean;
  /** kubeadm is at work, started by us. */
  readonly running: boolean;
  /** Ours, and not ended well: what is on the machine is half a node. */
  readonly begun: Begun | undefined;
  /** The cluster that its kubelet belongs to: the address of its API, and the hash of its CA's key; undefined where to none. */
  readonly joined: { readonly endpoint: string; readonly caHash: string } | undefined;
  /** It has the manifest of an API server. */
  readonly controlPlane: boolean;
  /** All nodes, told by its own API server; unknown where it has none, or where that does not answer. */
  readonly members: Observed<readonly MemberSeen[]>;
}

export interface MachineView {
  readonly node: string;
  readonly role: Role;
  readonly seen: Observed<MachineSeen>;
}

/** missing: not every node of the control plane runs its programs. outdated: a rollout has something to do. */
export type EndpointState = 'missing' | 'outdated' | 'in-sync';

/**
 * One thing that is done, in this order: `endpoint` brings the address up; `wait` for a kubeadm that an earlier run started;
 * `reset` takes half a node away that an earlier run left; `init` makes the cluster; `serving` waits for an API server that was
 * made; `join` adds a node; `verify` has the endpoint check certificates, which are there by then.
 */
export type UpStepKind = 'endpoint' | 'wait' | 'reset' | 'init' | 'serving' | 'join' | 'verify';

export interface UpStep {
  readonly kind: UpStepKind;
  /** The machine; absent where it is about the endpoint. */
  readonly node?: string;
  readonly role?: Role;
}

export interface UpPlan {
  readonly cluster: string;
  readonly steps: readonly UpStep[];
  /** Identifies exactly this plan. */
  readonly hash: string;
}
