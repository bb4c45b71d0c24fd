/** What is done under a lock. It is stored with the lock, so that whoever takes a lock over knows what to finish. */
export type LockAction =
  | {
      readonly verb: 'apply' | 'up' | 'down' | 'upgrade' | 'spread' | 'remove' | 'drill' | 'soak' | 'restore' | 'renew';
    }
  | { readonly verb: 'drain' | 'undrain'; readonly node: string }
  /** `to` names the change that is undone; absent where no node keeps one. */
  | { readonly verb: 'rollback'; readonly to?: string | undefined }
  | { readonly verb: 'migrate'; readonly back: boolean }
  | { readonly verb: 'upgrade-kubernetes'; readonly to: string }
  /** Written by another version: its own words. */
  | { readonly verb: 'other'; readonly text: string };

/** What must not happen on a node while a lock is held: the add-ons reconciler waits for `add-ons`. */
export type Blocked = 'add-ons';

/** The process that holds a lock, named so that no other machine, boot or container can be mistaken for it. */
export interface ProcessIdentity {
  /** /etc/machine-id; empty where there is none. */
  readonly machineId: string;
  /** /proc/sys/kernel/random/boot_id; empty where there is none. */
  readonly bootId: string;
  /** The pid namespace, as /proc/self/ns/pid names it; empty where there is none. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** When the process started, in clock ticks since boot (proc(5), field 22); tells a reused pid. 0 where it is unknown. */
  readonly startTicks: number;
}

/** Who holds the lock: shown to the next operator. The token proves to each step on a node that the lock is still ours. */
export interface LockOwner {
  readonly token: string;
  /** Login name of the operator. */
  readonly owner: string;
  /** Host name of the operator's machine, for people. */
  readonly machine: string;
  readonly process: ProcessIdentity;
  readonly action: LockAction;
  readonly blocks: readonly Blocked[];
  /** Seconds since the epoch, by the operator's clock. */
  readonly since: number;
}

/** A lock as a node reports it. */
export interface LockSeen {
  /** The lock's exact text: only a lock that still reads so may be replaced. */
  readonly text: string;
  readonly token: string;
  readonly owner: string;
  readonly machine: string;
  /** Undefined in a lock of another version, or one that cannot be read. */
  readonly process: ProcessIdentity | undefined;
  readonly action: LockAction;
  readonly ageS: number;
}

/** What is done, in words: "apply", "drain cp2", "rollback to before 20261124T231503Z". */
export function actionText(action: LockAction): string {
  switch (action.verb) {
    case 'drain':
    case 'undrain':
      return `${action.verb} ${action.node}`;
    case 'rollback':
      return action.to === undefined ? 'rollback' : `rollback to before ${action.to}`;
    case 'migrate':
      return action.back ? 'migrate --back' : 'migrate';
    case 'upgrade-kubernetes':
      return `upgrade kubernetes ${action.to}`;
    case 'restore':
      return 'etcd restore';
    case 'renew':
      return 'certificates renew';
    case 'other':
      return action.text;
    default:
      return action.verb;
  }
}

/** Whatever may replace files on nodes keeps the add-ons reconciler from applying half a folder. */
export function blockedBy({ verb }: LockAction): readonly Blocked[] {
  return ['apply', 'up', 'down', 'upgrade', 'rollback', 'migrate', 'restore'].includes(verb) ? ['add-ons'] : [];
}
