import { Command, Option } from 'commander';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { breakLockOption, fileArgument, outputOption, planOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { approved, type RolloutFlags } from '../shared/rollout.ts';
import { upgradeKubernetesCommand } from '../shared/upgrade-kubernetes.ts';
import { UsageError } from '../shared/usage.ts';

interface UpgradeFlags extends RolloutFlags {
  readonly package?: 'haproxy' | 'keepalived';
  readonly to?: string;
}

export function upgradeCommand(): Command {
  return new Command('upgrade')
    .description('upgrade the packages of HAProxy and keepalived node by node, VIP holder last, with gates')
    .addCommand(upgradeKubernetesCommand())
    .addArgument(fileArgument())
    .addOption(new Option('--package <name>', 'only this one').choices(['haproxy', 'keepalived']))
    .option(
      '--to <version>',
      'this version, as the nodes write it, instead of the newest that they are offered; needs --package',
    )
    .addOption(planOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha upgrade prod.yaml                      shows what is newer where, asks, then upgrades\n  k8s-ha upgrade prod.yaml --package haproxy --to 2.6.12-1+deb12u2\n\nConfiguration is rendered again for the versions that are found. The first node that fails ends it, and gets its\nold packages back where they are still available. Interrupted: run `k8s-ha apply`, then this again.',
    )
    .action(async (file: string, flags: UpgradeFlags, command: Command) => {
      if (flags.to !== undefined && flags.package === undefined)
        throw new UsageError(
          '--to is the version of one package',
          'Say which: --package haproxy or --package keepalived.',
        );
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { upgrade, upgradeText } = await import('../../index.ts');
      const { tellEvent } = await import('../shared/progress.ts');
      const signal = interruptible();
      const { outcome, plan, findings, notes } = await withHosts(spec, globalOptions(command), async (hosts) =>
        upgrade(spec, {
          hosts,
          signal,
          breakLock: flags.breakLock,
          onEvent: tellEvent,
          ...(flags.package !== undefined && { package: flags.package }),
          ...(flags.to !== undefined && { to: flags.to }),
          confirm: async (shown, found) => {
            await tellFindings(found);
            tell(upgradeText(shown));
            return approved(shown.hash, flags, 'packages or nodes have changed');
          },
        }),
      );
      for (const note of notes) tell(note);
      if (outcome === 'failed') await tellFindings(findings);
      if (flags.output === 'json')
        printJson({
          outcome,
          findings,
          hash: plan?.hash,
          nodes: plan?.nodes,
          unfinished: plan?.unfinished?.nodes.map(({ node }) => node) ?? [],
        });
      else print(`${spec.name}: ${sentences[outcome]}`);
      process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
    });
}

const sentences = {
  unchanged: 'nothing to do; no node can get a newer version.',
  applied: 'upgraded; every gate passed.',
  declined: 'declined; nothing was changed.',
  failed: 'not upgraded, or not everywhere; see above.',
} as const;
