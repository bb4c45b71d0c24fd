import { Command } from 'commander';
import { loadCluster } from '../context.ts';
import { breakLockOption, fileArgument, outputOption, withoutOption, yesOption } from '../options.ts';
import { carryOut, type RolloutFlags } from '../rollout.ts';

export const applyCommand = (): Command =>
  new Command('apply')
    .description('bring the nodes to what the cluster file says, one by one, VIP holder last, without an outage')
    .addArgument(fileArgument())
    .option('--plan <hash>', 'go on without asking if this is still the plan, and not otherwise; see plan')
    .addOption(withoutOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha apply prod.yaml                        shows the plan, asks, then rolls it out\n  k8s-ha apply prod.yaml --yes                  for pipelines\n  k8s-ha apply prod.yaml --plan 0a6dc6cf29f7    exactly what was approved, or nothing\n  k8s-ha apply prod.yaml --without cp2          cp2 is dead: the others change\n\nInterrupted anywhere, running it again finishes the work.',
    )
    .action(async (file: string, flags: RolloutFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { apply } = await import('../../index.ts');
      await carryOut(spec, flags, command, sentences, async (options) => apply(spec, options));
    });

const sentences = {
  unchanged: 'nothing to do; every node is as the cluster file says.',
  applied: 'applied; every gate passed.',
  declined: 'declined; nothing was changed.',
  failed: 'not applied; see above.',
} as const;
