import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { LockSeen } from '../cluster/state.ts';
import { quote, script, succeeded, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import { formatMs } from '../core/duration.ts';
import { isAlive } from '../host/alive.ts';
import type { Host } from '../host/host.ts';
import { parseLock } from '../observe/once/parse.ts';
import { logLine, paths, runDir } from '../node/paths.ts';

/** Who holds the lock: shown to the next operator. The token proves to each step on a node that the lock is still ours. */
export interface LockOwner {
  readonly token: string;
  readonly owner: string;
  readonly machine: string;
  readonly pid: number;
  readonly action: string;
  /** Seconds since the epoch, by the operator's clock. */
  readonly since: number;
}

export function newLockOwner(action: string): LockOwner {
  return {
    token: randomBytes(8).toString('hex'),
    owner: process.env['SUDO_USER'] ?? userInfo().username,
    machine: hostname(),
    pid: process.pid,
    action,
    since: Math.floor(Date.now() / 1000),
  };
}

/**
 * Takes the lock of one node, in one step (O_EXCL). `takeOver` is the exact text of a lock that may be replaced: one that
 * changed in the meantime is respected. Prints the present lock and ends with 1 when it is somebody else's.
 */
export function lockCommand(owner: LockOwner, takeOver: string | undefined): Command {
  const text = JSON.stringify(owner);
  return script(
    'take the lock',
    `mkdir -p -m 0755 ${runDir} || exit 2
exec 8>${runDir}/lock.guard
flock -w 10 8 || exit 2
${takeOver === undefined ? '' : `[ "$(cat ${paths.lock} 2>/dev/null)" = ${quote(takeOver)} ] && rm -f ${paths.lock}`}
if (set -C; printf '%s\\n' ${quote(text)} >${paths.lock}) 2>/dev/null; then ${logLine(quote(`${owner.action} by ${owner.owner} on ${owner.machine} begins`))}; exit 0; fi
cat ${paths.lock}; exit 1`,
  );
}

export function unlockCommand(owner: LockOwner): Command {
  return script(
    'release the lock',
    `grep -qF '"token":"${owner.token}"' ${paths.lock} 2>/dev/null && rm -f ${paths.lock} && { ${logLine(quote(`${owner.action} by ${owner.owner} on ${owner.machine} ends`))}; }; exit 0`,
  );
}

/** True for a lock that a process of this machine left behind when it was killed. */
export function isOurLeftover(lock: LockSeen, machine: string, alive: (pid: number) => boolean = isAlive): boolean {
  return lock.machine === machine && lock.pid > 0 && !alive(lock.pid);
}

export interface Locked {
  readonly owner: LockOwner;
  /** What was done about a lock that was found: told to the operator. */
  readonly notes: readonly string[];
  /** What the runs were doing whose locks were taken over: they were killed, or broken on request. */
  readonly tookOver: readonly string[];
  /** Takes the lock again on nodes that lost it, such as by a reboot. Findings say where it is somebody else's now. */
  renew(): Promise<readonly Finding[]>;
  release(): Promise<void>;
}

/**
 * Locks every node, in the order of the cluster file, or none of them.
 * @param breakLock replaces another operator's lock too: only on request.
 */
export async function takeLock(
  hosts: readonly Host[],
  owner: LockOwner,
  { breakLock = false }: { breakLock?: boolean } = {},
): Promise<Result<Locked, readonly Finding[]>> {
  const held: Host[] = [];
  const notes: string[] = [];
  const tookOver: string[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(held.map(async (host) => host.run(unlockCommand(owner))));
  };
  const lockOne = async (host: Host, takeOver?: string): Promise<Finding | undefined> => {
    const result = await host.run(lockCommand(owner, takeOver));
    if (succeeded(result)) {
      if (!held.includes(host)) held.push(host);
      return undefined;
    }
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
    const whose = `${lock.owner} on ${lock.machine}, ${lock.action}, since ${formatMs(lock.ageS * 1000)}`;
    const leftover = isOurLeftover(lock, owner.machine);
    if (takeOver === undefined && (leftover || breakLock)) {
      tookOver.push(lock.action);
      notes.push(
        `${host.name}: ${leftover ? 'took over the lock of a run that was killed here' : 'broke the lock'} (${whose})`,
      );
      return lockOne(host, lock.text);
    }
    return {
      rule: 'locked',
      severity: 'error',
      node: host.name,
      message: `another operator works on this cluster: ${whose}`,
      reason: 'Two rollouts at once would undo each other.',
      suggestion: 'Wait, or ask them. If that run is surely dead: --break-lock.',
    };
  };
  for (const host of hosts) {
    const finding = await lockOne(host);
    if (finding) {
      await release();
      return err([finding]);
    }
  }
  const renew = async (): Promise<readonly Finding[]> => {
    const findings = await Promise.all(hosts.map(async (host) => lockOne(host)));
    return findings.filter((finding) => finding !== undefined);
  };
  return ok({ owner, notes, tookOver, renew, release });
}
