import type { Finding } from '../../core/finding.ts';
import type { Said, Word, Words } from '../word.ts';
import type { SyncGroup, VirtualServer } from './groups.ts';

/** A keepalived.conf as far as the Kubernetes API's address depends on it, and every line that was not understood. */
export interface KeepalivedConfig {
  readonly file: string;
  /** The text itself: k8s-ha's own files say in a comment whose they are. */
  readonly text: string;
  readonly scriptSecurity: boolean;
  readonly scriptUser?: Said<string> | undefined;
  readonly vrrpVersion?: Said<number> | undefined;
  readonly garpRefresh: boolean;
  readonly startupDelayMs?: Said<number> | undefined;
  /** `vrrp_strict`: no authentication, no unicast, and a firewall rule that drops what is sent to the VIP. */
  readonly strict?: Word | undefined;
  readonly skipsAddressCheck: boolean;
  readonly scripts: readonly ScriptConfig[];
  readonly instances: readonly InstanceConfig[];
  readonly syncGroups: readonly SyncGroup[];
  readonly virtualServers: readonly VirtualServer[];
  readonly tracksProcess: boolean;
  /** Names of instances, scripts and groups that are given a second time: keepalived ignores the second block. */
  readonly repeated: Words;
  /** Braces that are never closed, or close nothing. */
  readonly stray: Words;
  /** Lines that mean something here, or that k8s-ha renders itself. */
  readonly understood: readonly Words[];
  readonly unread: readonly Words[];
  readonly findings: readonly Finding[];
}

export interface ScriptConfig {
  readonly name: Word;
  /** Which statement of the file it is: keepalived knows a script only after its block. */
  readonly order: number;
  readonly command?: Word | undefined;
  readonly intervalMs?: Said<number> | undefined;
  readonly timeoutMs?: Said<number> | undefined;
  readonly fall?: Said<number> | undefined;
  readonly rise?: Said<number> | undefined;
  readonly weight?: Said<number> | undefined;
}

export interface InstanceConfig {
  readonly name: Word;
  readonly order: number;
  readonly state?: Said<string> | undefined;
  readonly interface?: Said<string> | undefined;
  readonly virtualRouterId?: Said<number> | undefined;
  readonly priority?: Said<number> | undefined;
  readonly advertMs?: Said<number> | undefined;
  readonly downTimerAdverts?: Said<number> | undefined;
  readonly version?: Said<number> | undefined;
  readonly nopreempt: boolean;
  readonly preemptDelayMs?: Said<number> | undefined;
  /** `strict_mode on|off`, which overrides `vrrp_strict`. */
  readonly strict?: Said<string> | undefined;
  readonly accept: boolean;
  readonly source?: Said<string> | undefined;
  readonly unicast: boolean;
  readonly peers: Words;
  /** Addresses, without a prefix length; `device` where the VIP is put on another interface. */
  readonly vips: readonly VipConfig[];
  readonly authentication?: Said<string> | undefined;
  readonly password?: Word | undefined;
  readonly tracks: readonly TrackConfig[];
  readonly tracksFile: boolean;
  readonly tracksProcess: boolean;
  readonly tracksInterface: boolean;
  readonly garpRefresh: boolean;
  /** Commands of `notify`, `notify_master`, …. */
  readonly notifies: readonly { readonly kind: string; readonly command: Word }[];
}

export interface VipConfig extends Said<string> {
  readonly device?: Word | undefined;
  /** Not in the advertisement. */
  readonly excluded: boolean;
}

export interface TrackConfig {
  readonly name: Word;
  readonly weight?: number | undefined;
  /** A failure counts as success, and the other way round. */
  readonly reverse: boolean;
}
