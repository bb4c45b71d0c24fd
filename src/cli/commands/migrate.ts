import { Command } from 'commander';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { breakLockOption, dryRunOption, fileArgument, outputOption, planOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { approved, type RolloutFlags } from '../shared/rollout.ts';

interface MigrateFlags extends RolloutFlags {
  readonly back: boolean;
  readonly dryRun: boolean;
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'take over from a keepalived and HAProxy of your own while clients are connected, or give back to them',
    )
    .addArgument(fileArgument())
    .option('--back', 'the other way: what ran before runs again, and k8s-ha is taken away', false)
    .addOption(dryRunOption())
    .addOption(planOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha import --from ssh://cp1,cp2,cp3 --out prod.yaml\n  k8s-ha migrate prod.yaml --dry-run    what is stopped, what is started, what clients notice\n  k8s-ha migrate prod.yaml              shows that, asks, then does it\n  k8s-ha migrate prod.yaml --back       as it was before\n\nThe previous services are disabled, not removed. Interrupted anywhere, running it again finishes the work.\nSee docs/guides/migrate.md.',
    )
    .action(async (file: string, flags: MigrateFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { migrate, migrationText, planMigrationOf } = await import('../../index.ts');
      const { tellEvent } = await import('../shared/progress.ts');
      if (flags.dryRun) {
        const { plan, findings } = await withHosts(spec, globalOptions(command), async (hosts) =>
          planMigrationOf(spec, hosts, flags.back),
        );
        if (flags.output === 'json') printJson({ ...plan, steps: plan?.steps ?? [], findings });
        else {
          await tellFindings(findings);
          if (plan) print(plan.steps.length > 0 ? migrationText(plan) : `${spec.name}: ${sentences.unchanged}`);
        }
        process.exitCode = plan ? 0 : 1;
        return;
      }
      const signal = interruptible();
      const { outcome, plan, findings, notes } = await withHosts(spec, globalOptions(command), async (hosts) =>
        migrate(spec, {
          hosts,
          signal,
          back: flags.back,
          breakLock: flags.breakLock,
          onEvent: tellEvent,
          confirm: async (shown, found) => {
            await tellFindings(found);
            tell(migrationText(shown));
            return approved(shown.hash, flags);
          },
        }),
      );
      for (const note of notes) tell(note);
      if (outcome === 'failed') await tellFindings(findings);
      if (flags.output === 'json') printJson({ outcome, findings, hash: plan?.hash });
      else
        print(
          `${spec.name}: ${outcome === 'applied' && flags.back ? 'what ran before runs again.' : sentences[outcome]}`,
        );
      process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
    });
}

const sentences = {
  unchanged: 'nothing to do.',
  applied: 'migrated; every gate passed.',
  declined: 'declined; nothing was changed.',
  failed: 'not migrated, or not everywhere; see above.',
} as const;
