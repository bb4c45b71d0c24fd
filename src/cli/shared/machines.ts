import type { Command } from 'commander';
import type { ClusterSpec, Host, Member } from '../../index.ts';
import { globalOptions, withHosts } from './context.ts';

/** Every machine of the cluster file, and a way to others. */
export interface Machines {
  /** Of the control plane. */
  readonly hosts: readonly Host[];
  readonly workers: readonly Host[];
  /** Connects to a machine that the file does not name any more. */
  readonly reach: (member: Member) => Host;
}

/** Connects to all machines, workers too, and closes what was opened. */
export async function withMachines<T>(
  spec: ClusterSpec,
  command: Command,
  use: (machines: Machines) => Promise<T>,
): Promise<T> {
  const { workerHosts } = await import('../../index.ts');
  const options = globalOptions(command);
  const workers = workerHosts(spec, { configFile: options.sshConfig });
  try {
    return await withHosts(spec, options, async (hosts, reach) => use({ hosts, workers, reach }));
  } finally {
    await Promise.all(workers.map(async (host) => host.close()));
  }
}
