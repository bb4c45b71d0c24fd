import { Command } from 'commander';
import { confirm } from '../shared/ask.ts';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { breakLockOption, fileArgument, outputOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import type { OutputFormat } from '../shared/context.ts';

interface SpreadFlags {
  readonly yes: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

export function spreadCommand(): Command {
  return new Command('spread')
    .description('move each VIP to the node that it prefers: after a failover, one node may hold several')
    .addArgument(fileArgument())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha spread prod.yaml\n  k8s-ha spread prod.yaml --yes\n\nEach move is one planned handover: connections to that VIP are re-established. A node that is drained gets none.',
    )
    .action(async (file: string, flags: SpreadFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { spread } = await import('../../index.ts');
      const { tellEvent } = await import('../shared/progress.ts');
      const { outcome, plan, findings } = await withHosts(spec, globalOptions(command), async (hosts) =>
        spread(spec, {
          hosts,
          breakLock: flags.breakLock,
          signal: interruptible(),
          onEvent: tellEvent,
          confirm: async (planned) => {
            for (const { vip, from, to } of planned)
              tell(`  ${vip}: ${from} → ${to}; clients: one planned handover; connections to it are re-established`);
            return confirm('Go on?', flags);
          },
        }),
      );
      await tellFindings(findings);
      if (flags.output === 'json') printJson({ outcome, moves: plan ?? [], findings });
      else print(`${spec.name}: ${sentences[outcome]}`);
      process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
    });
}

const sentences = {
  unchanged: 'nothing to do; every VIP is on the node that it prefers.',
  applied: 'every VIP is on the node that it prefers.',
  declined: 'declined; nothing was moved.',
  failed: 'not spread, or not wholly; see above.',
} as const;
