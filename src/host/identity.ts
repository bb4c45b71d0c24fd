import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

/** The process that runs this, as no other machine, boot or container has it. Empty texts where the system does not tell. */
export interface OwnIdentity {
  readonly login: string;
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTicks: number;
}

export function ownIdentity(): OwnIdentity {
  return {
    login: process.env['SUDO_USER'] ?? userInfo().username,
    hostname: hostname(),
    machineId: textOf('/etc/machine-id'),
    bootId: textOf('/proc/sys/kernel/random/boot_id'),
    pidNamespace: linkOf('/proc/self/ns/pid'),
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? 0,
  };
}

/**
 * When a process of this machine started, in clock ticks since boot (proc(5), field 22).
 * @returns undefined where no such process runs, or the system does not tell
 */
export function startTicksOf(pid: number): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  const ticks = Number(
    stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19),
  );
  return stat === '' || !Number.isFinite(ticks) ? undefined : ticks;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
