import { Command } from 'commander';
import { loadCluster } from '../shared/context.ts';
import { breakLockOption, diffOption, fileArgument, outputOption, yesOption } from '../shared/options.ts';
import { carryOut, type RolloutFlags } from '../shared/rollout.ts';

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('give every node the files that it had before a change, with the gates of every rollout')
    .addArgument(fileArgument())
    .option('--to <change>', 'undo this change and all after it; see history (default: the last one)')
    .addOption(diffOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha rollback prod.yaml                          undoes the last change\n  k8s-ha rollback prod.yaml --to 20261124T231503Z    undoes this one and all after it\n\nThe cluster file stays as it is: correct it, or the next apply brings the change back.',
    )
    .action(async (file: string, { to, ...flags }: RolloutFlags & { readonly to?: string }, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { rollback } = await import('../../index.ts');
      await carryOut(spec, flags, command, sentences, async (options) =>
        rollback(spec, { ...options, ...(to !== undefined && { to }) }),
      );
    });
}

const sentences = {
  unchanged: 'nothing to do; every node has these files already.',
  applied: 'rolled back; every gate passed. The cluster file still says otherwise.',
  declined: 'declined; nothing was changed.',
  failed: 'not rolled back; see above.',
} as const;
