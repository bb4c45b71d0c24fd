import { Command } from 'commander';
import { confirm } from '../ask.ts';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { breakLockOption, fileArgument, outputOption, yesOption } from '../options.ts';
import { print, printJson, tell } from '../output.ts';

export const applyCommand = (): Command =>
  new Command('apply')
    .description('bring the nodes to what the cluster file says, one by one, VIP holder last, without an outage')
    .addArgument(fileArgument())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha apply prod.yaml             shows the plan, asks, then rolls it out\n  k8s-ha apply prod.yaml --yes       for pipelines\n\nInterrupted anywhere, running it again finishes the work.',
    )
    .action(
      async (file: string, options: { yes: boolean; breakLock: boolean; output: OutputFormat }, command: Command) => {
        const spec = await loadCluster(file);
        process.exitCode = 1;
        if (!spec) return;
        const { apply, planText } = await import('../../index.ts');
        const { tellEvent } = await import('../progress.ts');
        const signal = interruptible();
        const result = await withHosts(spec, globalOptions(command), async (hosts) =>
          apply(spec, {
            hosts,
            signal,
            breakLock: options.breakLock,
            onEvent: tellEvent,
            confirm: async (plan, findings) => {
              await tellFindings(findings);
              tell(planText(plan));
              return confirm('Go on?', options);
            },
          }),
        );
        for (const note of result.notes) tell(note);
        const { outcome, findings, plan } = result;
        if (outcome === 'failed') await tellFindings(findings);
        if (options.output === 'json') printJson({ outcome, findings, hash: plan?.hash });
        else print(`${spec.name}: ${sentences[outcome]}`);
        process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
      },
    );

const sentences = {
  unchanged: 'nothing to do; every node is as the cluster file says.',
  applied: 'applied; every gate passed.',
  declined: 'declined; nothing was changed.',
  failed: 'not applied; see above.',
} as const;
