import { randomBytes } from 'node:crypto';
import { blockedBy, type LockAction, type LockOwner, type LockSeen, type ProcessIdentity } from '../cluster/lock.ts';
import { ownIdentity, startTicksOf } from '../host/identity.ts';

/** Who works on the cluster: the process that takes locks. A test gives one of its own. */
export interface Operator {
  readonly owner: string;
  readonly machine: string;
  readonly process: ProcessIdentity;
  /** When a process of this machine started, in clock ticks since boot; undefined where none has this pid. */
  readonly startTicksOf: (pid: number) => number | undefined;
}

/** This process. */
export function thisOperator(): Operator {
  const { login, hostname, ...identity } = ownIdentity();
  return { owner: login, machine: hostname, process: identity, startTicksOf };
}

export function newLockOwner(operator: Operator, action: LockAction): LockOwner {
  return {
    token: randomBytes(8).toString('hex'),
    owner: operator.owner,
    machine: operator.machine,
    process: operator.process,
    action,
    blocks: blockedBy(action),
    since: Math.floor(Date.now() / 1000),
  };
}

/**
 * True for a lock whose process is surely gone: it ran on this machine before its last boot, or in this very pid namespace
 * and is not there any more. Host names prove nothing: two machines can be called `debian`, and a container has pids of its own.
 */
export function isOurLeftover({ process: theirs }: LockSeen, operator: Operator): boolean {
  const ours = operator.process;
  if (!theirs || theirs.pid <= 0) return false;
  const sameBoot = theirs.bootId !== '' && theirs.bootId === ours.bootId;
  if (!sameBoot) return theirs.bootId !== '' && theirs.machineId !== '' && theirs.machineId === ours.machineId;
  if (theirs.pidNamespace === '' || theirs.pidNamespace !== ours.pidNamespace) return false;
  return operator.startTicksOf(theirs.pid) !== theirs.startTicks;
}
