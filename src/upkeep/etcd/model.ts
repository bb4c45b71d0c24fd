import type { Observed } from '../../core/observed.ts';

/** What `etcdutl snapshot status` says of a snapshot. */
export interface SnapshotStatus {
  readonly hash: number;
  /** etcd's revision, which every write raises by one. */
  readonly revision: number;
  readonly keys: number;
  readonly bytes: number;
}

/** A snapshot in a node's folder. */
export interface SnapshotFile {
  readonly path: string;
  readonly bytes: number;
  /** By the node's clock, in milliseconds since the epoch. */
  readonly takenMs: number;
}

/** A member as kubeadm's manifest has it. */
export interface MemberManifest {
  readonly name: string;
  readonly dataDir: string;
  readonly peerUrl: string;
}

/** A member that answers a read to which the majority agrees. */
export interface MemberStatus {
  readonly memberId: string;
  readonly revision: number;
  readonly leads: boolean;
}

/** How far a node is with a restore; each is reached only when all nodes have reached the one before. */
export const restorePhases = [
  'begun',
  'prepared',
  'api-stopped',
  'etcd-stopped',
  'swapped',
  'etcd-started',
  'started',
] as const;

export type RestorePhase = (typeof restorePhases)[number];

/** Which restore it is: every node that takes part has the same. */
export interface RestoreAbout {
  readonly id: string;
  /** Of the snapshot's file. */
  readonly sha256: string;
  /** etcd's revision before: clients have seen it, so what is restored begins above it. 0 where no member said it. */
  readonly above: number;
}

export interface EtcdNodeSeen {
  /** In the kubelet's sight, or put aside by a restore. */
  readonly manifest: MemberManifest | undefined;
  readonly status: Observed<MemberStatus>;
  readonly snapshots: readonly SnapshotFile[];
  /** A restore that has not ended. */
  readonly restore:
    | { readonly about: RestoreAbout; readonly phase: RestorePhase; readonly status: SnapshotStatus | undefined }
    | undefined;
  /** What was restored last. */
  readonly restored: RestoreAbout | undefined;
}

export interface EtcdView {
  readonly node: string;
  readonly seen: Observed<EtcdNodeSeen>;
}
