import { Command } from 'commander';
import type { ClusterSpec } from '../../index.ts';
import {
  globalOptions,
  loadCluster,
  tellFindings,
  untilInterrupted,
  withHosts,
  type GlobalOptions,
  type OutputFormat,
} from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson, wantsColor } from '../output.ts';
import { UsageError } from '../usage.ts';

interface StatusFlags {
  readonly output: OutputFormat;
  readonly watch: boolean;
}

export const statusCommand = (): Command =>
  new Command('status')
    .description('who holds each VIP, what every node and API server does, and whether the files are as wanted')
    .addArgument(fileArgument())
    .addOption(outputOption())
    .option('-w, --watch', 'stay, and show every change as it happens; Ctrl-C ends it', false)
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha status prod.yaml\n  k8s-ha status prod.yaml --watch\n  k8s-ha status prod.yaml -o json | jq .virtualIPs\n\nWith --watch a terminal shows a full screen, and a pipe gets a line for each change.',
    )
    .action(async (file: string, { output, watch }: StatusFlags, command: Command) => {
      if (watch && output === 'json')
        throw new UsageError('--watch shows a screen, not JSON', 'Use `k8s-ha events --follow -o json`.');
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      if (watch) return watchStatus(spec, globalOptions(command));
      const { clusterStatus, statusText } = await import('../../index.ts');
      const status = await withHosts(spec, globalOptions(command), async (hosts) => clusterStatus(spec, hosts));
      if (output === 'json') printJson(status);
      else {
        print(statusText(spec, status));
        await tellFindings(status.findings);
      }
      process.exitCode = status.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    });

const watchStatus = async (spec: ClusterSpec, options: GlobalOptions): Promise<void> => {
  const { liveStatus, watch } = await import('../../views.ts');
  await withHosts(spec, options, async (hosts) => {
    const watched = watch(spec, hosts);
    await liveStatus(watched, {
      output: process.stdout,
      color: wantsColor(process.stdout),
      signal: untilInterrupted(),
    });
    await watched.stop();
  });
  process.exitCode = 0;
};
