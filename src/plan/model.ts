import type { PackageManagerName } from '../cluster/distribution.ts';
import type { Prediction } from '../cluster/disruption.ts';
import type { NodeFile, NodeFileSet } from '../render/render.ts';
import type { RequiredImage } from '../render/runtimes/runtime.ts';

/** What must be done to a node's service so that it runs what the files say. */
export type ServiceAction = 'none' | 'reload' | 'restart' | 'start' | 'stop';

/** What must be done to the unit that keeps the add-ons applied; it reads its manifests again by itself. */
export type AddonAction = 'none' | 'start' | 'restart' | 'stop';

/** What must be done to the rules of nft that only let the other nodes' adverts in. */
export type GuardAction = 'none' | 'load' | 'unload';

export interface FileChange {
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
  /** The wanted file; undefined when the file goes. */
  readonly wanted: NodeFile | undefined;
  /** What is there now; undefined when nothing is. */
  readonly before: { readonly mode: number; readonly content: string } | undefined;
  readonly diff: string;
}

/** A lever of the node that is pulled, or let go, before its services change. */
export interface LeverChange {
  /** Its file. */
  readonly lever: string;
  readonly pulled: boolean;
}

/**
 * One visit to a node. Most nodes have one; more where the nodes could otherwise not hear each other:
 * `prepare` places files and starts HAProxy, so that the others can count the node, but not keepalived;
 * `stand-aside` pulls levers, so that the node takes no VIP while the VRRP instance changes its identity;
 * `retire` moves the VIPs away and stops keepalived for good, before the others forget the node;
 * `change` is everything else; `stand-by` lets the levers go; `remove` takes everything of ours off a node that left.
 */
export type VisitKind = 'prepare' | 'stand-aside' | 'retire' | 'change' | 'stand-by' | 'remove';

/** Everything that is done to one node in one visit, and what a client will notice of it. */
export interface NodePlan {
  readonly node: string;
  readonly kind: VisitKind;
  readonly packages: readonly string[];
  /** What installs them; absent where there are none, or nothing that is known could. */
  readonly manager?: PackageManagerName;
  /** Container images that the node has not got, or not asked yet. */
  readonly images: readonly RequiredImage[];
  /** The client certificate of health checks that the node signs itself, before its files are rendered. */
  readonly certificate?: 'issue' | 'renew';
  readonly changes: readonly FileChange[];
  readonly levers: readonly LeverChange[];
  readonly haproxy: ServiceAction;
  readonly keepalived: ServiceAction;
  readonly addons: AddonAction;
  /** The timer of etcd's snapshots; absent where it stays as it is. */
  readonly snapshots?: Exclude<AddonAction, 'none'>;
  readonly guard: GuardAction;
  /** The node's firewall is opened, or closed again, as `firewall: manage` says; absent where it stays as it is. */
  readonly firewall?: 'load' | 'unload';
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
  /** The visits, in the order of the rollout; nodes with nothing to do are left out. */
  readonly nodes: readonly NodePlan[];
  /** Nothing serves yet, so there is no one to protect: all nodes are set up side by side, then the VIPs are spread. */
  readonly bootstrap: boolean;
  /** The files that each node should have: gates compare the running programs with them. */
  readonly wanted: Readonly<Record<string, NodeFileSet>>;
  /** Identifies exactly this plan. */
  readonly hash: string;
  /** What the change of the timers changes for clients; absent where nobody asked. */
  readonly outages?: readonly OutageChange[];
}

/** What a fault costs with the timers that are on the nodes, and with those that the plan brings. */
export interface OutageChange {
  readonly before: Prediction;
  readonly after: Prediction;
}

export interface PlanOptions {
  /** Restarts every service, whether anything changed or not. */
  readonly restart?: boolean;
  /** The longest time without a holder when the holder is lost, in milliseconds: said where a change costs that. */
  readonly lossMs?: number;
}
