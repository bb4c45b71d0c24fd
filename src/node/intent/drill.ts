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
  /** From so long after on, the wall clock is so far ahead of the right time; what was to come of an earlier one comes no more. */
  | { readonly act: 'clock'; readonly steps: readonly { readonly afterMs: number; readonly aheadMs: number }[] }
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
