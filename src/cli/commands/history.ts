import { Command } from 'commander';
import type { Finding } from '../../index.ts';
import { globalOptions, loadCluster, tellFindings, withHosts, type OutputFormat } from '../shared/context.ts';
import { fileArgument, outputOption } from '../shared/options.ts';
import { print, printJson } from '../shared/output.ts';

export function historyCommand(): Command {
  return new Command('history')
    .description('the changes that the nodes remember: when, who, what; rollback undoes them')
    .addArgument(fileArgument())
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha history prod.yaml\n  k8s-ha history prod.yaml -o json | jq .changes')
    .action(async (file: string, { output }: { output: OutputFormat }, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { changesIn, historyText, readHistory } = await import('../../index.ts');
      const history = await withHosts(spec, globalOptions(command), async (hosts) => readHistory(hosts));
      const changes = changesIn(history);
      const unknown = history.flatMap(({ node, entries }): readonly Finding[] =>
        entries.known
          ? []
          : [
              {
                rule: 'history-unknown',
                severity: 'error',
                node,
                message: `its history is unknown: ${entries.reason}`,
              },
            ],
      );
      if (output === 'json') printJson({ changes, findings: unknown });
      else {
        await tellFindings(unknown);
        print(historyText(changes));
      }
      process.exitCode = unknown.length === 0 ? 0 : 1;
    });
}
