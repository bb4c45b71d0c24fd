import type { Observed } from '../../core/observed.ts';
import type { Role } from '../../up/model.ts';

/** Programs of Kubernetes on every machine that kubeadm made a node of. */
export const programNames = ['kubeadm', 'kubelet', 'kubectl'] as const;

export type ProgramName = (typeof programNames)[number];

/** Programs of the control plane whose images have Kubernetes' own version. */
export const controlPlaneNames = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** What one machine has at one of the places of Kubernetes' programs. */
export interface ProgramSeen {
  /** Where it is; undefined where it is not. */
  readonly path: string | undefined;
  /** As `v1.36.3`; undefined where it does not say. */
  readonly version: string | undefined;
  /** The package that brought it. */
  readonly package: string | undefined;
  /** We placed it, and it is as we placed it. */
  readonly ours: boolean;
  /** The version of the same program in the folder of the new ones; undefined where that has none. */
  readonly offered: string | undefined;
}

/** A node object, as an API server tells it. */
export interface MemberVersion {
  readonly name: string;
  /** Its kubelet's, as that told it last. */
  readonly kubelet: string;
  readonly ready: boolean;
  /** Takes no new pods. */
  readonly cordoned: boolean;
  readonly why: string;
}

/** What a machine's own API server says. */
export interface ServerSeen {
  readonly version: string;
  /** The cluster's version, as kubeadm keeps it. */
  readonly cluster: string;
  readonly members: readonly MemberVersion[];
}

/** What kubeadm does on a node: `apply` on the first of the cluster, `node` on every other one. */
export type Does = 'apply' | 'node';

/** A visit that was begun and not ended well: the node remembers it. */
export interface VisitSeen {
  readonly version: string;
  readonly does: Does;
  /** kubeadm has ended well. */
  readonly kubeadmDone: boolean;
  /** It was us who had the node take no new pods. */
  readonly cordoned: boolean;
}

export interface VersionSeen {
  readonly programs: Readonly<Record<ProgramName, ProgramSeen>>;
  /** kubeadm is at work, started by us. */
  readonly running: boolean;
  readonly visit: VisitSeen | undefined;
  /** Tags of the images in the manifests of static pods, by the program; empty on a worker. */
  readonly images: ReadonlyMap<string, string>;
  /** The tag of etcd's image that the new kubeadm wants; undefined where that is not there. */
  readonly etcdWanted: string | undefined;
  readonly archives: boolean;
  /** Unknown where it has none, or where that does not answer or is not ready. */
  readonly server: Observed<ServerSeen>;
}

export interface VersionView {
  readonly node: string;
  readonly role: Role;
  readonly seen: Observed<VersionSeen>;
}

/** A machine that answered. */
export interface KnownVersion {
  readonly node: string;
  readonly role: Role;
  readonly seen: VersionSeen;
}

/**
 * One thing that is done, in this order: `wait` for a kubeadm that an earlier run started; `images` brings those of the folder to
 * every machine; `check` has the new kubeadm judge the cluster; `snapshot` keeps what etcd has; then one visit for each node.
 */
export type VersionStep =
  | { readonly kind: 'images' }
  | { readonly kind: 'wait' | 'check' | 'snapshot'; readonly node: string }
  | {
      readonly kind: 'visit';
      readonly node: string;
      readonly role: Role;
      readonly does: Does;
      readonly from: string;
      /** It has a VIP, which moves away first. */
      readonly holder: boolean;
    };

export interface VersionPlan {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  /** Of etcd's images, where they change. */
  readonly etcd: { readonly from: string; readonly to: string } | undefined;
  readonly steps: readonly VersionStep[];
  /** Identifies exactly this plan. */
  readonly hash: string;
}
