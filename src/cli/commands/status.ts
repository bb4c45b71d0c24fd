import { Command } from 'commander';
import { globalOptions, loadCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson } from '../output.ts';

export const statusCommand = (): Command =>
  new Command('status')
    .description('who holds each VIP, what every node and API server does, and whether the files are as wanted')
    .addArgument(fileArgument())
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha status prod.yaml\n  k8s-ha status prod.yaml -o json | jq .virtualIPs')
    .action(async (file: string, { output }: { output: OutputFormat }, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { clusterStatus, statusText } = await import('../../index.ts');
      const status = await withHosts(spec, globalOptions(command), async (hosts) => clusterStatus(spec, hosts));
      if (output === 'json') printJson(status);
      else {
        print(statusText(spec, status));
        await tellFindings(status.findings);
      }
      process.exitCode = status.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    });
