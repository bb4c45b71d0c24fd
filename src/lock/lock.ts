import { actionText, type LockAction, type LockOwner } from '../cluster/lock.ts';
import { succeeded } from '../core/command.ts';
import { formatMs } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Host } from '../host/host.ts';
import { lockCommand, parseLock, unlockCommand } from '../node/lock.ts';
import { isOurLeftover, newLockOwner, thisOperator, type Operator } from './operator.ts';

export interface LockOptions {
  /** Replaces another operator's lock too: only on request. */
  readonly breakLock?: boolean | undefined;
  /** Who takes the lock; this process when absent. */
  readonly operator?: Operator | undefined;
}

/** The lock of a cluster, while it is held. */
export interface Locked {
  readonly owner: LockOwner;
  /** What was done about a lock that was found: told to the operator. */
  readonly notes: readonly string[];
  /** What the runs were doing whose locks were taken over: they were killed, or broken on request. */
  readonly tookOver: readonly LockAction[];
  /** Locks more nodes, all of them or none. What was locked before stays locked. */
  extend(hosts: readonly Host[]): Promise<readonly Finding[]>;
  /** Takes the lock again on nodes that lost it, such as by a reboot. Findings say where it is somebody else's now. */
  renew(): Promise<readonly Finding[]>;
}

/**
 * Does work under the lock of all these nodes, and releases it however the work ends. Nodes are locked in the order that is
 * given, all of them or none.
 * @returns what the work returned, or why the lock could not be taken
 */
export async function withLock<T>(
  hosts: readonly Host[],
  action: LockAction,
  options: LockOptions,
  work: (locked: Locked) => Promise<T>,
): Promise<Result<T, readonly Finding[]>> {
  const operator = options.operator ?? thisOperator();
  const holding: Holding = {
    owner: newLockOwner(operator, action),
    operator,
    breakLock: options.breakLock ?? false,
    held: [],
    notes: [],
    tookOver: [],
  };
  try {
    const refused = await lockAll(holding, hosts);
    return refused.length > 0 ? err(refused) : ok(await work(lockedBy(holding)));
  } finally {
    await Promise.all(holding.held.map(async (host) => host.run(unlockCommand(holding.owner))));
  }
}

interface Holding {
  readonly owner: LockOwner;
  readonly operator: Operator;
  readonly breakLock: boolean;
  readonly held: Host[];
  readonly notes: string[];
  readonly tookOver: LockAction[];
}

function lockedBy(holding: Holding): Locked {
  const { owner, notes, tookOver } = holding;
  return {
    owner,
    notes,
    tookOver,
    extend: async (hosts) => lockAll(holding, hosts),
    renew: async () => {
      const findings = await Promise.all(holding.held.map(async (host) => lockOne(holding, host)));
      return findings.filter((finding) => finding !== undefined);
    },
  };
}

/** The first node that refuses ends it, and those that were locked in this call are let go. */
async function lockAll(holding: Holding, hosts: readonly Host[]): Promise<readonly Finding[]> {
  const before = [...holding.held];
  for (const host of hosts) {
    const refused = await lockOne(holding, host);
    if (!refused) {
      if (!holding.held.includes(host)) holding.held.push(host);
      continue;
    }
    const added = holding.held.filter((one) => !before.includes(one));
    await Promise.all(added.map(async (one) => one.run(unlockCommand(holding.owner))));
    holding.held.splice(0, holding.held.length, ...before);
    return [refused];
  }
  return [];
}

async function lockOne(holding: Holding, host: Host, takeOver?: string): Promise<Finding | undefined> {
  const { owner, operator, breakLock, notes, tookOver } = holding;
  const result = await host.run(lockCommand(owner, takeOver));
  if (succeeded(result)) return undefined;
  if (result.rc !== 1)
    return {
      rule: 'lock-failed',
      severity: 'error',
      node: host.name,
      message: `the lock cannot be taken: ${result.failure?.message ?? result.stderr.trim()}`,
      ...(result.failure?.suggestion !== undefined && { suggestion: result.failure.suggestion }),
    };
  const lock = parseLock(result.stdout.trim(), Date.now() / 1000);
  if (lock.token === owner.token) return undefined;
  const whose = `${lock.owner} on ${lock.machine}, ${actionText(lock.action)}, since ${formatMs(lock.ageS * 1000)}`;
  const leftover = isOurLeftover(lock, operator);
  if (takeOver === undefined && (leftover || breakLock)) {
    tookOver.push(lock.action);
    notes.push(
      `${host.name}: ${leftover ? 'took over the lock of a run that was killed here' : 'broke the lock'} (${whose})`,
    );
    return lockOne(holding, host, lock.text);
  }
  return {
    rule: 'locked',
    severity: 'error',
    node: host.name,
    message: `another operator works on this cluster: ${whose}`,
    reason: 'Two rollouts at once would undo each other.',
    suggestion: 'Wait, or ask them. If that run is surely dead: --break-lock.',
  };
}
