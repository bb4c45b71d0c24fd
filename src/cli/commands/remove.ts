import { Command } from 'commander';
import { confirm } from '../shared/ask.ts';
import { globalOptions, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { withMachines } from '../shared/machines.ts';
import { breakLockOption, fileArgument, yesOption } from '../shared/options.ts';
import { print } from '../shared/output.ts';

export function removeCommand(): Command {
  return new Command('remove')
    .description('take everything away again: services, VIPs, units and files; packages only on request')
    .addArgument(fileArgument())
    .option('--packages', 'also purge the packages that apply installed', false)
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha remove prod.yaml\n  k8s-ha remove prod.yaml --packages --yes')
    .action(
      async (file: string, options: { packages: boolean; yes: boolean; breakLock: boolean }, command: Command) => {
        const spec = await loadCluster(file);
        process.exitCode = 1;
        if (!spec) return;
        const vips = spec.endpoint.virtualIPs.map(({ address }) => address).join(', ');
        if (!(await confirm(`Remove k8s-ha from ${spec.nodes.length} nodes? ${vips} will be gone.`, options))) return;
        const { remove, unbalance } = await import('../../index.ts');
        const { tellEvent } = await import('../shared/progress.ts');
        if (spec.kubernetes.workerBalancer === 'node-local') {
          const signal = new AbortController().signal;
          const left = await withMachines(spec, command, async ({ hosts, workers }) =>
            unbalance(spec, { hosts, workers, signal, onEvent: tellEvent, breakLock: options.breakLock }),
          );
          await tellFindings(left.findings);
          if (left.outcome !== 'applied') return;
        }
        const { findings } = await withHosts(spec, globalOptions(command), async (hosts) =>
          remove(spec, { hosts, onEvent: tellEvent, ...options }),
        );
        await tellFindings(findings);
        if (findings.length === 0) print(`${spec.name}: removed; the nodes are as they were.`);
        process.exitCode = findings.length === 0 ? 0 : 1;
      },
    );
}
