import { Command } from 'commander';
import { globalOptions, loadClusters, lookAtAll, tellFindings, type OutputFormat } from '../shared/context.ts';
import { diffOption, filesArgument, outputOption, withoutOption } from '../shared/options.ts';
import { layoutOf, print, printJson } from '../shared/output.ts';

interface PlanFlags {
  readonly exitCode: boolean;
  readonly diff: boolean;
  readonly output: OutputFormat;
  readonly without: readonly string[];
}

export function planCommand(): Command {
  return new Command('plan')
    .description(
      'what apply would change, and what clients notice; changes nothing; of several clusters, a line for each',
    )
    .addArgument(filesArgument())
    .option('--exit-code', 'end with 1 when there is something to do', false)
    .addOption(diffOption())
    .addOption(withoutOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha plan prod.yaml\n  k8s-ha plan prod.yaml --diff\n  k8s-ha plan clusters/*.yaml\n  k8s-ha plan prod.yaml --exit-code    # in a pipeline: 1 = drift',
    )
    .action(async (files: readonly string[], flags: PlanFlags, command: Command) => {
      const specs = await loadClusters(files);
      process.exitCode = 1;
      const [spec] = specs ?? [];
      if (!specs || !spec) return;
      const { fleetPlanText, isEmpty, planCluster, planText, shownVisit } = await import('../../index.ts');
      const plans = await lookAtAll(specs, globalOptions(command), async (one, hosts, reach) => ({
        cluster: one.name,
        ...(await planCluster(one, hosts, { reach, without: flags.without })),
      }));
      const failed = plans.some(({ plan, findings }) => !plan || hasErrors(findings));
      if (flags.output === 'json') {
        const told = plans.map(({ cluster, plan, findings }) => ({
          cluster,
          ok: !hasErrors(findings),
          findings,
          hash: plan?.hash,
          bootstrap: plan?.bootstrap,
          outages: plan?.outages,
          nodes: (plan?.nodes ?? []).map(shownVisit),
        }));
        printJson(specs.length === 1 ? told[0] : { clusters: told });
      } else {
        for (const { cluster, findings } of plans) await tellFindings(findings, plans.length > 1 ? cluster : undefined);
        const [only] = plans;
        if (plans.length > 1) print(fleetPlanText(plans));
        else if (only?.plan && !failed)
          print(planText(only.plan, { ...layoutOf(process.stdout, Infinity), diff: flags.diff }));
      }
      const changes = plans.some(({ plan }) => plan && !isEmpty(plan));
      process.exitCode = failed || (flags.exitCode && changes) ? 1 : 0;
    });
}

function hasErrors(findings: readonly { readonly severity: string }[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
