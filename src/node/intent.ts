import type { LockOwner } from '../cluster/lock.ts';
import type { LeverPull } from '../cluster/state.ts';
import type { Intent } from '../core/command.ts';
import type { DrillIntent } from './intent/drill.ts';
import type {
  AwayIntent,
  KubeadmIntent,
  RenewIntent,
  RestoreIntent,
  SnapshotIntent,
  VersionIntent,
} from './intent/kubernetes.ts';

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
