import * as programs from './shell/programs.ts';

/**
 * Shell functions that find keepalived and HAProxy as they run on a node, for scripts of a POSIX shell. What a container runs is
 * seen from the node: its processes, and its files through their root.
 *
 * `programs` prints `NAME PID` for each of their processes in the host's network: one that has a network of its own holds
 * neither the node's addresses nor its ports. `config_files PID` prints the files that it was started with, as it names them.
 */
export const runningShell = programs.running;
