import { Command } from 'commander';
import { globalOptions, loadClusters, untilInterrupted } from '../shared/context.ts';
import { notifyOptions, type NotifyFlags } from '../shared/notify.ts';
import { print } from '../shared/output.ts';
import { version } from '../shared/version.ts';
import { portOption, portProblem, withWatches } from './ui.ts';

interface ExporterFlags extends NotifyFlags {
  readonly host: string;
  readonly port: number;
  readonly reports?: string;
}

export function exporterCommand(): Command {
  const command = new Command('exporter')
    .description('watch clusters without a screen, and serve /metrics for Prometheus')
    .argument('[file...]', 'cluster files', ['k8s-ha.yaml'])
    .option('--host <address>', 'address to listen on; anybody who reaches it can read', '127.0.0.1')
    .option('--port <n>', 'port; 0 takes a free one', portOption, 9447)
    .option('--reports <dir>', 'folder of drill reports: what the last drills measured is exported too');
  for (const option of notifyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha exporter prod.yaml
  k8s-ha exporter clusters/*.yaml --host 10.0.0.5 --reports drills
  k8s-ha exporter prod.yaml --webhook-file hook.txt

Alert rules and a dashboard: deploy/prometheus and deploy/grafana.`,
    )
    .action(async (files: string[], flags: ExporterFlags, self: Command) => {
      const specs = await loadClusters(files);
      process.exitCode = 1;
      if (!specs) return;
      const { createMetrics, startExporter } = await import('../../views.ts');
      const signal = untilInterrupted();
      await withWatches(specs, globalOptions(self), flags, async (watches) => {
        const metrics = createMetrics({ version, watches, reports: flags.reports });
        const exporter = await startExporter(metrics, flags).catch((error: unknown) => {
          throw portProblem(error, flags.port);
        });
        print(exporter.url);
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await exporter.close();
      });
      process.exitCode = 0;
    });
}
