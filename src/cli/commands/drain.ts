import { Command } from 'commander';
import { globalOptions, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { between } from '../shared/numbers.ts';
import { breakLockOption } from '../shared/options.ts';
import { print } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface DrainFlags {
  readonly reason?: string;
  readonly sessions?: number;
  readonly breakLock: boolean;
}

async function act(
  action: 'drain' | 'undrain',
  [file, node]: readonly [string, string],
  flags: DrainFlags,
  command: Command,
): Promise<void> {
  const spec = await loadCluster(file);
  process.exitCode = 1;
  if (!spec) return;
  if (!spec.nodes.some(({ name }) => name === node))
    throw new UsageError(
      `there is no node "${node}"`,
      `The nodes are ${spec.nodes.map(({ name }) => name).join(', ')}.`,
    );
  const library = await import('../../index.ts');
  const { tellEvent } = await import('../shared/progress.ts');
  const { findings } = await withHosts(spec, globalOptions(command), async (hosts) =>
    library[action](spec, node, {
      hosts,
      breakLock: flags.breakLock,
      signal: new AbortController().signal,
      reason: flags.reason ?? 'maintenance',
      sessionsMs: (flags.sessions ?? 10) * 1000,
      onEvent: tellEvent,
    }),
  );
  await tellFindings(findings);
  if (findings.length > 0) return;
  print(
    action === 'drain'
      ? `${node} is drained, also after a reboot, until: k8s-ha undrain ${file} ${node}`
      : `${node} takes part again.`,
  );
  process.exitCode = 0;
}

export function drainCommand(): Command {
  return new Command('drain')
    .description('prepare a node for maintenance: VIPs away, no new connections; it stays drained over a reboot')
    .argument('<file>', 'cluster file')
    .argument('<node>', 'its name')
    .option('--reason <text>', 'shown by `status` until the drain ends')
    .option('--sessions <s>', 'wait this long for connections to its API server (10)', between(0, 3600))
    .addOption(breakLockOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha drain prod.yaml cp2 --reason "new disk"\n  k8s-ha drain prod.yaml cp2 --sessions 300',
    )
    .action(async (file: string, node: string, flags: DrainFlags, command: Command) =>
      act('drain', [file, node], flags, command),
    );
}

export function undrainCommand(): Command {
  return new Command('undrain')
    .description('end the drain of a node')
    .argument('<file>', 'cluster file')
    .argument('<node>', 'its name')
    .addOption(breakLockOption())
    .addHelpText('after', '\nExample:\n  k8s-ha undrain prod.yaml cp2')
    .action(async (file: string, node: string, flags: DrainFlags, command: Command) =>
      act('undrain', [file, node], flags, command),
    );
}
