import type { LockOwner } from '../cluster/lock.ts';
import type { LeverPull } from '../cluster/state.ts';
import type { Intent } from '../core/command.ts';

/** What systemd is told about one of our services. */
export type ServiceVerb = 'none' | 'reload' | 'restart' | 'start' | 'stop';

/** A file as it is written: permission bits and text. */
export interface FileText {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** A lever by the path of its file, and who pulls it; undefined lets it go. */
export interface LeverIntent {
  readonly lever: string;
  readonly pull: LeverPull | undefined;
}

/** What a command reads. */
export type ReadIntent =
  | { readonly kind: 'observe'; readonly wire: boolean; readonly kubernetes: boolean }
  | { readonly kind: 'read-history' }
  | { readonly kind: 'ask-packages'; readonly names: readonly string[]; readonly to: string | undefined }
  | { readonly kind: 'look-foreign' }
  | { readonly kind: 'look-kubeadm' }
  | { readonly kind: 'look-version'; readonly folder: string; readonly version: string }
  | { readonly kind: 'ask-kubeadm' }
  | { readonly kind: 'look-etcd' }
  | { readonly kind: 'look-certificates' }
  | { readonly kind: 'read-chunk'; readonly path: string; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'ask-lease'; readonly node: string };

/** Commands that need no lock. */
export type LockIntent =
  | { readonly kind: 'lock'; readonly owner: LockOwner; readonly takeOver: string | undefined }
  | { readonly kind: 'unlock'; readonly token: string };

/** What a guarded step changes on a node: it does nothing unless the node's lock has its token. */
export type StepIntent =
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  /** A client certificate with its key, made on the node. */
  | { readonly kind: 'issue-certificate'; readonly path: string }
  | { readonly kind: 'get-image'; readonly image: string; readonly programs: readonly string[] }
  | {
      readonly kind: 'set-versions';
      readonly packages: readonly { readonly name: string; readonly version: string }[];
    }
  | { readonly kind: 'stage'; readonly files: readonly FileText[] }
  | { readonly kind: 'validate'; readonly candidates: readonly string[] }
  | { readonly kind: 'unstage' }
  | {
      readonly kind: 'place';
      readonly stamp: string;
      /** Who changes what, as the history keeps it. */
      readonly about: string;
      readonly writes: readonly string[];
      readonly deletes: readonly string[];
    }
  | {
      readonly kind: 'activate';
      readonly levers: readonly LeverIntent[];
      /** systemd reads the units and enables these at boot. */
      readonly enable: readonly ('haproxy' | 'keepalived')[];
      readonly haproxy: ServiceVerb;
      readonly keepalived: ServiceVerb;
      readonly addons: ServiceVerb;
      readonly snapshots?: ServiceVerb;
      /** The kernel gets the rules that are in place, or has none any more. */
      readonly guard: boolean;
      /** The firewall is opened as the file in place says, or closed. */
      readonly firewall?: true;
    }
  | { readonly kind: 'lever'; readonly change: LeverIntent }
  /** Maintenance: the drain lever, also where a reboot does not take it. */
  | { readonly kind: 'maintenance'; readonly pull: LeverPull | undefined }
  | { readonly kind: 'retire' }
  | KeepIntent
  | {
      readonly kind: 'restore';
      readonly levers: readonly string[];
      readonly files: readonly { readonly path: string; readonly before: FileText | undefined }[];
      readonly guard: boolean;
      readonly firewall?: true;
      readonly services: readonly {
        readonly service: 'haproxy' | 'keepalived';
        readonly wasRunning: boolean;
        readonly action: ServiceVerb;
      }[];
    }
  | { readonly kind: 'remove'; readonly vips: readonly string[]; readonly packages: boolean }
  | { readonly kind: 'migrate'; readonly acts: readonly MigrationAct[] }
  | KubeadmIntent
  | VersionIntent
  | AwayIntent
  | RestoreIntent
  | RenewIntent;

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
  | { readonly kind: 'away'; readonly does: 'bring-back'; readonly server: string }
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

/**
 * Connections that go on after a planned move. begin: the node keeps those through it. hand-on: it hands packets of connections
 * that it does not know on to the other nodes.
 */
export interface KeepIntent {
  readonly kind: 'keep';
  readonly does: 'begin' | 'hand-on';
  readonly vips: readonly string[];
}

/** A program that is not ours, by what runs it: as `migrate` found it. */
export interface FormerIntent {
  readonly id: string;
  readonly active: boolean;
  readonly restart: string;
}

/** One thing of a migration's step, in order. */
export type MigrationAct =
  | { readonly act: 'remember'; readonly path: string; readonly text: string }
  /** forbid: not at boot. quiet: no new connections. start: runs and comes back as it did. */
  | { readonly act: 'forbid' | 'stop' | 'quiet' | 'start'; readonly formers: readonly FormerIntent[] }
  | { readonly act: 'lever'; readonly change: LeverIntent }
  /** keepalived.conf that was staged is put in place, where there is one. */
  | { readonly act: 'place-config' }
  /** Our keepalived's unit leaves VIPs on the interface alone, or is as it was placed. */
  | { readonly act: 'unit'; readonly beside: boolean }
  | {
      readonly act: 'service';
      readonly service: 'haproxy' | 'keepalived';
      readonly verb: ServiceVerb | 'enable' | 'disable';
    }
  /** Addresses go from the loopback interface, or from all others. */
  | { readonly act: 'take-off'; readonly loopback: boolean; readonly addresses: readonly string[] }
  /** Everything of ours goes but the addresses. */
  | { readonly act: 'farewell' };

/** What HAProxy is told about one API server, without a lock: its own state, gone with the next restart. */
export interface ServerIntent {
  readonly kind: 'server';
  readonly server: string;
  readonly state: 'drain' | 'ready';
}

/** What a firewall of a drill drops: packets from these addresses, and packets to these. */
export interface Dropped {
  readonly from: readonly string[] | 'everybody';
  readonly to: readonly string[] | 'everybody';
}

/** One thing that a fault does to a node, or that its healing does, in order. */
export type FaultAct =
  | {
      readonly act: 'unit';
      readonly service: 'haproxy' | 'keepalived';
      readonly verb: 'start' | 'stop' | 'reload';
    }
  /** Every process of the service gets the signal. */
  | {
      readonly act: 'signal';
      readonly service: 'haproxy' | 'keepalived';
      readonly signal: 'STOP' | 'CONT' | 'KILL';
    }
  /** The program that listens on a port gets the signal; which process it was is kept in a file for the healing. */
  | {
      readonly act: 'signal-listener';
      readonly port: number;
      readonly signal: 'STOP' | 'KILL' | 'TERM';
      readonly file: string | undefined;
    }
  /** The process in the file gets the signal, where it is the same one yet, and the file goes. */
  | { readonly act: 'signal-kept'; readonly file: string; readonly signal: 'CONT' | 'KILL' }
  /** undefined: the drill's rules go. */
  | { readonly act: 'firewall'; readonly drops: Dropped | undefined }
  /** What the interface had is kept in files for the healing. */
  | { readonly act: 'link'; readonly up: boolean; readonly files: readonly string[] }
  | { readonly act: 'lever'; readonly lever: string; readonly text: string }
  /** Lets a lever go that still reads as the fault wrote it. */
  | { readonly act: 'let-go'; readonly lever: string; readonly text: string }
  /** HAProxy sends an API server connections again. */
  | { readonly act: 'server-ready'; readonly server: string }
  | { readonly act: 'delete-address'; readonly address: string }
  /** HAProxy takes no new connection, or does again. */
  | { readonly act: 'fill'; readonly full: boolean }
  /** Every program and the network of the node stand still, and go on after so long. */
  | { readonly act: 'pause'; readonly forMs: number }
  | { readonly act: 'go-on' }
  /** What nothing on a node reacts to. */
  | { readonly act: 'burden'; readonly what: Burden; readonly on: boolean }
  | { readonly act: 'reboot' };

export type Burden =
  | 'packet-loss'
  | 'black-hole'
  | 'full-disk'
  | 'busy-processors'
  | 'network-restart'
  | 'no-names'
  | 'read-only'
  | 'stranger'
  | 'late-announcements';

/** What a drill does on a node. */
export type DrillIntent =
  /** May this node be struck? Both read. `etcd`: the part that it has in etcd. */
  | { readonly kind: 'ask-fault'; readonly fault: string }
  | { readonly kind: 'locate-fault'; readonly etcd: 'leader' | 'follower' | 'member' | undefined }
  /** Under the lock: has systemd heal the node after a while, then breaks it. */
  | {
      readonly kind: 'break';
      readonly token: string;
      readonly fault: string;
      readonly healAfterMs: number;
      readonly heals: readonly FaultAct[];
      readonly does: readonly FaultAct[];
    }
  /** Heals at once, and tells systemd to heal nothing later. */
  | { readonly kind: 'heal'; readonly fault: string; readonly does: readonly FaultAct[] }
  /** Writes down address changes, at most so long, and says whether the node has the VIP. */
  | { readonly kind: 'record'; readonly vip: string; readonly seconds: number }
  /** Ends that and prints what was written. */
  | { readonly kind: 'end-record' }
  | { readonly kind: 'read-ca'; readonly path: string };

export type NodeIntent =
  | ReadIntent
  | LockIntent
  | ServerIntent
  | SnapshotIntent
  | DrillIntent
  | { readonly kind: 'step'; readonly token: string; readonly step: StepIntent };

/** Types an intent where a command is made; what it returns is carried by the command. */
export function intent(given: NodeIntent): Intent {
  return given;
}

/** The intent of a step that changes a node under the lock. */
export function stepIntent(token: string, step: StepIntent): Intent {
  return intent({ kind: 'step', token, step });
}
