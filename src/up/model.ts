import type { UnfinishedSeen } from '../cluster/kubernetes.ts';
import type { Observed } from '../core/observed.ts';
import type { NodePlan } from '../plan/model.ts';
import type { NodeFileSet } from '../render/render.ts';

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
  readonly role: Role;
  /** By which the other nodes reach it; undefined where its kubelet has told none. */
  readonly address: string | undefined;
  /** `up` made it: only then may `up` take it out again. */
  readonly ours: boolean;
}

/** A member of etcd, as one of them tells it. */
export interface EtcdPart {
  /** Decimal: it does not fit a number. */
  readonly id: string;
  /** That of its node; empty while it was never started. */
  readonly name: string;
  /** It has no vote yet. */
  readonly learner: boolean;
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
  /** All that was begun on it and has not ended, an upgrade too. */
  readonly unfinished: readonly UnfinishedSeen[];
  /** The cluster that its kubelet belongs to: the address of its API, and the hash of its CA's key; undefined where to none. */
  readonly joined: { readonly endpoint: string; readonly caHash: string } | undefined;
  /** It has the manifest of an API server. */
  readonly controlPlane: boolean;
  /** All nodes, told by its own API server; unknown where it has none, or where that does not answer. */
  readonly members: Observed<readonly MemberSeen[]>;
  /** All members of etcd, told by its own; unknown where it has none, or where that does not answer. */
  readonly etcd: Observed<readonly EtcdPart[]>;
  /** The node that it is was made by `up`, as its kubelet's arguments say. */
  readonly ours: boolean;
}

export interface MachineView {
  readonly node: string;
  readonly role: Role;
  readonly seen: Observed<MachineSeen>;
}

/**
 * What is on the machine of a node that leaves: the node; nothing of it any more (it was reset, or installed anew); or nobody
 * asks, because the operator says that it is off for good.
 */
export type Remains = 'node' | 'nothing' | 'dead';

/** A node of the cluster that the file does not name any more, or that is not on the machine of its name any more. */
export interface Leaver {
  readonly node: string;
  /** As its machine is called in messages: another name than the node's where the file gives that to another machine. */
  readonly machine: string;
  readonly role: Role;
  readonly address: string | undefined;
  /** Undefined where its machine does not answer, and nobody said that it is dead; `why` says what is known. */
  readonly remains: Remains | undefined;
  readonly why: string;
  /** What its machine says; undefined where nobody asked, or where it does not answer. */
  readonly seen: MachineSeen | undefined;
}

/** What a worker needs before its kubelet reaches the API as the file says. */
export interface Balancer {
  readonly node: string;
  /** Where its kubelet is to look for the API. */
  readonly server: string;
  /** What of ours changes on it; undefined where nothing does. `remove`: all of it goes. */
  readonly visit: NodePlan | undefined;
  readonly wanted: NodeFileSet | undefined;
  /** Its kubelet looks elsewhere. */
  readonly repoint: boolean;
}

/**
 * missing: not every node of the control plane runs its programs. leaving: a node that is not wanted any more has its part in it
 * yet. outdated: a rollout has something to do.
 */
export type EndpointState = 'missing' | 'leaving' | 'outdated' | 'in-sync';

/**
 * One thing that is done, in this order: `endpoint` brings the address up; `wait` for a kubeadm that an earlier run started;
 * `reset` takes half a node away that an earlier run left; `init` makes the cluster; `serving` waits for an API server that was
 * made; `join` adds a node; `verify` has the endpoint check certificates, which are there by then; `balance` has a worker's kubelet reach
 * the API as the file says; `leave` takes a node out.
 */
export type UpStepKind = 'endpoint' | 'wait' | 'reset' | 'init' | 'serving' | 'join' | 'verify' | 'balance' | 'leave';

export interface UpStep {
  readonly kind: UpStepKind;
  /** The machine; absent where it is about the endpoint. */
  readonly node?: string;
  readonly role?: Role;
  /** Of a node that leaves. */
  readonly remains?: Remains;
  /** Where a worker's kubelet is to look for the API. */
  readonly server?: string;
}

export interface UpPlan {
  readonly cluster: string;
  readonly steps: readonly UpStep[];
  /** Identifies exactly this plan. */
  readonly hash: string;
}
