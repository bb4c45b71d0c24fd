import { spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/**
 * Ahead of everything else on the operator's machine, where that is permitted (root, CAP_SYS_NICE): a probe that waits for a
 * processor measures the wait. Real time first, at the lowest priority, below keepalived's own: a nice value does not make the
 * kernel take the processor from others at once, and counts only within a session where it groups by them (sched(7)).
 */
export function goAhead(): void {
  const realTime = spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(process.pid)], { stdio: 'ignore' });
  if (realTime.status === 0) return;
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Not permitted; the samples' lateness says whether it mattered.
  }
}
