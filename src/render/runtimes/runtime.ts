import type { ClusterSpec } from '../../cluster/spec.ts';
import type { NodeFacts } from '../../cluster/timers.ts';
import type { HaproxyService, KeepalivedService } from './units.ts';

export type Program = 'haproxy' | 'keepalived';

/** A program that a node must have of its own, with the package that brings it: it has the same name in every distribution that we know. */
export interface RequiredProgram {
  readonly program: 'keepalived' | 'haproxy' | 'curl' | 'socat' | 'podman' | 'crun';
  readonly inPackage: string;
}

/** A container image that a node must have. `containerfile`: where it is absent it is built from that, and otherwise pulled. */
export interface RequiredImage {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly containerfile?: string;
}

export interface Script {
  readonly path: string;
  readonly content: string;
  /** The program in whose service it runs: it takes effect when that is restarted. */
  readonly runs?: Program;
}

/**
 * How HAProxy and keepalived run on a node. Both are services of systemd whatever runs in them, so that a death is noticed,
 * its clean-up is run and the machine's start brings them up; a runtime says what the units run.
 */
export interface Runtime {
  readonly programs: readonly RequiredProgram[];
  readonly images: (spec: ClusterSpec) => readonly RequiredImage[];
  /** Scripts that the units run, beside those that every runtime has. */
  readonly scripts: (spec: ClusterSpec, facts: NodeFacts) => readonly Script[];
  /** What is its own in the units (`units.ts`), which are otherwise the same. */
  readonly haproxy: (spec: ClusterSpec, facts: NodeFacts) => HaproxyService;
  readonly keepalived: (spec: ClusterSpec, facts: NodeFacts) => KeepalivedService;
  /** Shell, run by keepalived's check script: tells systemd's watchdog that keepalived does not hang. */
  readonly feedWatchdog: string;
  /**
   * Shell functions for the node: `run_haproxy` and `run_keepalived` run the program that the node will run, with these
   * arguments, to judge files or tell a version.
   */
  readonly shell: (spec: ClusterSpec) => string;
  /** Shell, with the functions of `sectionsCommand`: tells the versions, as sections named `haproxy` and `keepalived`. */
  readonly observeVersions: (spec: ClusterSpec) => string;
}
