import { Command } from 'commander';
import type { ClusterSpec } from '../../index.ts';
import {
  globalOptions,
  loadClusters,
  lookAtAll,
  tellFindings,
  untilInterrupted,
  withHosts,
  type GlobalOptions,
  type OutputFormat,
} from '../shared/context.ts';
import { filesArgument, outputOption } from '../shared/options.ts';
import { print, printJson, wantsColor } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface StatusFlags {
  readonly output: OutputFormat;
  readonly watch: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('who holds each VIP, what every node and API server does, and whether the files are as wanted')
    .addArgument(filesArgument())
    .addOption(outputOption())
    .option('-w, --watch', 'stay, and show every change as it happens; Ctrl-C ends it', false)
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha status prod.yaml\n  k8s-ha status clusters/*.yaml\n  k8s-ha status prod.yaml --watch\n  k8s-ha status prod.yaml -o json | jq .virtualIPs\n\nWith --watch a terminal shows a full screen, and a pipe gets a line for each change.',
    )
    .action(async (files: readonly string[], { output, watch }: StatusFlags, command: Command) => {
      if (watch && output === 'json')
        throw new UsageError('--watch shows a screen, not JSON', 'Use `k8s-ha events --follow -o json`.');
      if (watch && files.length > 1)
        throw new UsageError('--watch shows one cluster', 'Several at once: `k8s-ha ui clusters/*.yaml`.');
      const specs = await loadClusters(files);
      process.exitCode = 1;
      const [spec] = specs ?? [];
      if (!specs || !spec) return;
      if (watch) return watchStatus(spec, globalOptions(command));
      const { clusterStatus, fleetStatusText, statusText } = await import('../../index.ts');
      const seen = await lookAtAll(specs, globalOptions(command), clusterStatus);
      const [only] = seen;
      if (output === 'json') printJson(seen.length === 1 ? only : { clusters: seen });
      else {
        if (seen.length > 1) print(fleetStatusText(seen));
        else if (only) print(statusText(spec, only));
        for (const { cluster, findings } of seen) await tellFindings(findings, seen.length > 1 ? cluster : undefined);
      }
      process.exitCode = seen.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
    });
}

async function watchStatus(spec: ClusterSpec, options: GlobalOptions): Promise<void> {
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
}
