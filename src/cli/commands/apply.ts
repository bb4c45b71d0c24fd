import { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { loadCluster } from '../shared/context.ts';
import {
  breakLockOption,
  diffOption,
  fileArgument,
  outputOption,
  withoutOption,
  yesOption,
} from '../shared/options.ts';
import { carryOut, type RolloutFlags } from '../shared/rollout.ts';
import { UsageError } from '../shared/usage.ts';

interface ApplyFlags extends RolloutFlags {
  readonly watch: boolean;
  readonly every: string;
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('bring the nodes to what the cluster file says, one by one, VIP holder last, without an outage')
    .addArgument(fileArgument())
    .option('--plan <hash>', 'go on without asking if this is still the plan, and not otherwise; see plan')
    .addOption(withoutOption())
    .option('-w, --watch', 'stay, and keep the nodes as the file says; needs --yes', false)
    .option('--every <duration>', 'with --watch: how long between two looks, give or take a tenth', '5m')
    .addOption(diffOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha apply prod.yaml                        shows the plan, asks, then rolls it out\n  k8s-ha apply prod.yaml --yes                  for pipelines\n  k8s-ha apply prod.yaml --plan 0a6dc6cf29f7    exactly what was approved, or nothing\n  k8s-ha apply prod.yaml --without cp2          cp2 is dead: the others change\n  k8s-ha apply prod.yaml --watch --yes          keeps it so, until Ctrl-C\n\nInterrupted anywhere, running it again finishes the work.\n\n--watch looks every five minutes and when the file changes, says what differs and who changed it, and applies it.\nIt ends with 0 when all was well at the end, with 1 otherwise. See docs/guides/gitops.md.',
    )
    .action(async (file: string, flags: ApplyFlags, command: Command) => {
      if (flags.watch) {
        const { keepCluster } = await import('../shared/keep.ts');
        return keepCluster(file, flags, everyMs(flags), command);
      }
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { apply } = await import('../../index.ts');
      await carryOut(spec, flags, command, sentences, async (options) => apply(spec, options));
    });
}

const sentences = {
  unchanged: 'nothing to do; every node is as the cluster file says.',
  applied: 'applied; every gate passed.',
  declined: 'declined; nothing was changed.',
  failed: 'not applied; see above.',
} as const;

function everyMs({ every, yes, plan }: ApplyFlags): number {
  if (plan !== undefined)
    throw new UsageError('--watch carries out every plan, and --plan only one', 'Leave one of them out.');
  if (!yes)
    throw new UsageError(
      '--watch changes the nodes without asking',
      'Say --yes if that is wanted; `k8s-ha events --follow` only looks.',
    );
  const parsed = parseDuration(every);
  if (!parsed.ok) throw new UsageError(`--every: ${parsed.error}`);
  if (parsed.value < 1000) throw new UsageError('--every is at least 1s', 'Write 30s, 5m, 1h.');
  return parsed.value;
}
