/** What `up` and `down` do to Kubernetes and have kubeadm do. No secret is in it. */
export type KubeadmIntent =
  | { readonly kind: 'kubeadm'; readonly does: 'init' | 'join'; readonly worker: boolean }
  | { readonly kind: 'kubeadm'; readonly does: 'reset' }
  /** farewell: all that is ours goes too. */
  | { readonly kind: 'kubeadm'; readonly does: 'take-down'; readonly farewell: boolean }
  /** Where the node's kubelet looks for the API; it is restarted. */
  | { readonly kind: 'point-kubelet'; readonly server: string }
  | { readonly kind: 'drain-node'; readonly node: string }
  | { readonly kind: 'end-api-server' }
  | { readonly kind: 'remove-etcd-member'; readonly node: string }
  | { readonly kind: 'kubeadm-credentials'; readonly controlPlane: boolean }
  | { readonly kind: 'forget-node'; readonly node: string };

/** What an upgrade of Kubernetes does on a node, in the order of a visit. */
export type VersionIntent =
  | {
      readonly kind: 'version';
      readonly does: 'begin';
      readonly version: string;
      readonly folder: string;
      readonly as: 'apply' | 'node';
    }
  | { readonly kind: 'version'; readonly does: 'images' | 'check' | 'quiet' | 'end' }
  | { readonly kind: 'version'; readonly does: 'place'; readonly version: string; readonly programs: readonly string[] }
  | { readonly kind: 'version'; readonly does: 'kubeadm'; readonly version: string; readonly as: 'apply' | 'node' }
  /** Pods leave a node, which takes no new ones; asked of another node's API server. */
  | { readonly kind: 'version'; readonly does: 'drain' | 'uncordon'; readonly node: string }
  | { readonly kind: 'version'; readonly does: 'note'; readonly word: string };

/** An API server that a visit takes out of the way, whatever it does to the node, and brings back. */
export type AwayIntent =
  /** HAProxy sends it no new connections, for so long at most, whoever is gone by then. */
  | {
      readonly kind: 'away';
      readonly does: 'take-out';
      readonly server: string;
      readonly forMs: number;
      /** A lever of this node that is let go with it, where it still reads so. */
      readonly lever: { readonly file: string; readonly text: string } | undefined;
    }
  /** bring-back: it gets connections again. unchecked: HAProxy goes on as it found it last. checked: until then. */
  | { readonly kind: 'away'; readonly does: 'bring-back' | 'unchecked' | 'checked'; readonly server: string }
  /** Its kubelet asks the endpoint meanwhile; the file remembers what it asked before. */
  | { readonly kind: 'away'; readonly does: 'kubelet-away' | 'kubelet-home'; readonly file: string }
  /** Another etcd member leads than this node's. */
  | { readonly kind: 'away'; readonly does: 'move-leader' };

/** Steps of a restore of etcd, in their order. */
export const restoreSteps = [
  'begin',
  'prepare',
  'stop-api',
  'stop-etcd',
  'swap',
  'start-etcd',
  'start-api',
  'finish',
] as const;

/** A restore of etcd. begin: writes down which. */
export interface RestoreIntent {
  readonly kind: 'restore-etcd';
  readonly does: (typeof restoreSteps)[number];
  readonly id: string;
  /** What `begin` writes down. */
  readonly about?: string;
  readonly sha256: string;
}

/** A visit to a node whose certificates are renewed. */
export type RenewIntent =
  | { readonly kind: 'renew'; readonly does: 'begin' | 'certificates' | 'end' }
  | { readonly kind: 'renew'; readonly does: 'restart'; readonly pod: string };

/** etcd's snapshots: files, which need no lock. A chunk is in the command's standard input. */
export type SnapshotIntent =
  | { readonly kind: 'snapshot-etcd'; readonly prefix: string }
  | { readonly kind: 'receive-chunk'; readonly id: string; readonly offset: number };
