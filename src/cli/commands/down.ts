import { Command } from 'commander';
import type { DownOptions } from '../../index.ts';
import { typed } from '../shared/ask.ts';
import { interruptible, loadCluster, tellFindings, type OutputFormat } from '../shared/context.ts';
import { withMachines } from '../shared/machines.ts';
import { breakLockOption, fileArgument, outputOption, withoutOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface DownFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly confirm?: string;
  readonly without: readonly string[];
  readonly notOurs: boolean;
  readonly packages: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

export function downCommand(): Command {
  return new Command('down')
    .description('take a whole cluster that up made back: every node, its data and the endpoint')
    .addArgument(fileArgument())
    .option('--dry-run', 'show what would go, and change nothing', false)
    .addOption(yesOption())
    .option('--confirm <name>', 'with --yes: the name of the cluster, which is asked for otherwise')
    .addOption(withoutOption())
    .option('--not-ours', 'also take nodes down that up did not make', false)
    .option('--packages', 'also purge the packages that were installed for the endpoint', false)
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha down prod.yaml --dry-run              what would go, and nothing changed\n  k8s-ha down prod.yaml                        shows that, and has you type the name of the cluster\n  k8s-ha down prod.yaml --yes --confirm prod   for scripts\n\nAll that the cluster keeps is gone afterwards: take a snapshot of etcd first if it may be needed.\nInterrupted anywhere, running it again finishes the work. See docs/guides/whole-cluster.md.',
    )
    .action(async (file: string, flags: DownFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      if (flags.yes && flags.confirm !== spec.name)
        throw new UsageError(
          flags.confirm === undefined
            ? '--yes alone takes no cluster down'
            : `--confirm ${flags.confirm} is not the name of this cluster`,
          `Say which one is meant: --yes --confirm ${spec.name}.`,
        );
      const { down, downText, planDownOf, hasErrors, staysText } = await import('../../index.ts');
      const { tellEvent } = await import('../shared/progress.ts');
      await withMachines(spec, command, async ({ hosts, workers }) => {
        const { without, notOurs, packages, breakLock } = flags;
        const options: Omit<DownOptions, 'confirm'> = {
          hosts,
          workers,
          without,
          notOurs,
          packages,
          breakLock,
          signal: interruptible(),
          onEvent: tellEvent,
        };
        if (flags.dryRun) {
          const { plan, findings } = await planDownOf(spec, options);
          if (flags.output === 'json') printJson({ ...plan, findings });
          else {
            await tellFindings(findings);
            print(plan.steps.length === 0 ? `${spec.name}: ${sentences.unchanged}` : downText(plan));
          }
          process.exitCode = hasErrors(findings) ? 1 : 0;
          return;
        }
        const { outcome, plan, findings, notes } = await down(spec, {
          ...options,
          confirm: async (planned) => {
            await tellFindings(planned.findings);
            tell(downText(planned.plan));
            return flags.yes || typed(`Everything in it is gone afterwards. Type ${spec.name} to go on:`, spec.name);
          },
        });
        for (const note of notes) tell(note);
        if (outcome !== 'declined') await tellFindings(findings);
        process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
        if (flags.output === 'json') return printJson({ outcome, findings, hash: plan?.hash });
        print(`${spec.name}: ${sentences[outcome]}`);
        if (outcome === 'applied') tell(staysText);
      });
    });
}

const sentences = {
  unchanged: 'nothing to do; no machine is a node, and nothing of k8s-ha is on any.',
  applied: 'taken down; no machine is a node any more.',
  declined: 'declined; nothing was changed.',
  failed: 'not done, or not all of it; see above.',
} as const;
