import { quote } from '../../core/command.ts';
import type { Sections } from '../../observe/once/sections.ts';

export type Program = 'keepalived' | 'haproxy';

/** What runs a program on a node. */
export type Runner = 'systemd' | 'docker' | 'podman' | 'static-pod';

/** A program of somebody else's, as it was found: enough to stop it, and to start it again as it was. */
export interface Former {
  readonly runner: Runner;
  /** One pod may run both. */
  readonly programs: readonly Program[];
  /** Unit, container or manifest. */
  readonly id: string;
  readonly active: boolean;
  /** How it comes back by itself: `enabled` for a unit, the restart policy of a container; empty when it does not. */
  readonly restart: string;
  /** Where it can be told: what its control group has in its name, and its first process. */
  readonly handle?: { readonly cgroup: string; readonly pid: number } | undefined;
  /** A unit of systemd that runs the container, and would start it again. */
  readonly unit?: string | undefined;
}

/** One way to run programs. Lines are of a POSIX shell, run as root on the node. */
export interface ForeignKind {
  readonly runners: readonly Runner[];
  /** Shell that prints sections about what there is, running or not. */
  readonly look: string;
  /** @param processes of keepalived and HAProxy, to find what has an unusual name */
  readonly find: (sections: Sections, processes: readonly Process[]) => readonly Former[];
  /** True for a process that this thing runs. */
  readonly owns: (former: Former, process: Process) => boolean;
  /** It does not come back by itself any more. It goes on running. */
  readonly forbid: (former: Former) => readonly string[];
  /** It ends. The lines may return before its processes have ended. */
  readonly stop: (former: Former) => readonly string[];
  /** It listens no more, and ends when its last connection has: after `quietSeconds` at the latest. */
  readonly quiet: (former: Former) => readonly string[];
  /** It runs again, and comes back by itself as it did. */
  readonly start: (former: Former) => readonly string[];
  /** For people: "keepalived.service". */
  readonly summary: (former: Former) => string;
}

/** A process that is called keepalived or haproxy and is not ours. */
export interface Process {
  readonly pid: number;
  /** The process that started it, that one's, and so on. */
  readonly ancestors: readonly number[];
  readonly program: Program;
  readonly cgroup: string;
}

/** As long as HAProxy's former worker keeps its connections after a reload of ours (hard-stop-after). */
export const quietSeconds = 600;

/** A timer that ends what has not ended by itself, by a name that `start` can call off. */
export function endLater(name: string, shell: string): string {
  return `systemctl stop ${name}.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=${name} --on-active=${quietSeconds} /bin/sh -c ${quote(shell)}`;
}

export function callOff(name: string): string {
  return `systemctl stop ${name}.timer ${name}.service 2>/dev/null || :`;
}

/** A word that may be part of a unit's name. */
export function unitWord(id: string): string {
  return id.replaceAll(/[^\w.-]/g, '-');
}
