import { Command } from 'commander';
import { loadCluster, tellFindings, type OutputFormat } from '../shared/context.ts';
import { fileArgument, outputOption } from '../shared/options.ts';
import { layoutOf, print, printJson } from '../shared/output.ts';

export function predictCommand(): Command {
  return new Command('predict')
    .description('the timers that the target leads to, and the shortest and longest outage of every fault')
    .addArgument(fileArgument())
    .option('--keepalived <version>', 'the version on the nodes', '2.2.7')
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha predict prod.yaml\n  k8s-ha predict prod.yaml --keepalived 2.3.3')
    .action(async (file: string, options: { keepalived: string; output: OutputFormat }) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { parseVersion, predict, predictionsText, predictWorkers, solveSpec, workersText } =
        await import('../../index.ts');
      const { UsageError } = await import('../shared/usage.ts');
      const keepalived = parseVersion(options.keepalived);
      if (!keepalived)
        throw new UsageError(
          `"${options.keepalived}" is not a version`,
          'Write it as keepalived --version does: 2.2.7.',
        );
      const solved = solveSpec(spec, [{ keepalived }]);
      if (!solved.ok) {
        await tellFindings(solved.error);
        return;
      }
      const { timers, findings } = solved.value;
      await tellFindings(findings);
      const predictions = predict(spec, timers);
      const workers = predictWorkers(spec, timers);
      if (options.output === 'json')
        printJson({
          cluster: spec.name,
          targetMs: spec.failover.targetMs,
          timers,
          predictions,
          ...(workers.length > 0 && { workers }),
        });
      else
        print(
          predictionsText(predictions, timers, {
            ...layoutOf(process.stdout),
            targetMs: spec.failover.targetMs,
          }) + workersText(workers, layoutOf(process.stdout)),
        );
      process.exitCode = 0;
    });
}
