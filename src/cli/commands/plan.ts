import { Command } from 'commander';
import { globalOptions, loadCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson } from '../output.ts';

export const planCommand = (): Command =>
  new Command('plan')
    .description('what apply would change, as diffs; changes nothing')
    .addArgument(fileArgument())
    .option('--exit-code', 'end with 1 when there is something to do', false)
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha plan prod.yaml\n  k8s-ha plan prod.yaml --exit-code    # in a pipeline: 1 = drift',
    )
    .action(async (file: string, options: { exitCode: boolean; output: OutputFormat }, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { isEmpty, planCluster, planText } = await import('../../index.ts');
      const { plan, findings } = await withHosts(spec, globalOptions(command), async (hosts) =>
        planCluster(spec, hosts),
      );
      const failed = findings.some(({ severity }) => severity === 'error');
      if (options.output === 'json')
        printJson({ ok: !failed, findings, hash: plan?.hash, bootstrap: plan?.bootstrap, nodes: plan?.nodes ?? [] });
      else {
        await tellFindings(findings);
        if (plan && !failed) print(planText(plan));
      }
      process.exitCode = failed || !plan || (options.exitCode && !isEmpty(plan)) ? 1 : 0;
    });
