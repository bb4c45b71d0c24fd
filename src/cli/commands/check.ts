import { Command } from 'commander';
import { globalOptions, readCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson } from '../output.ts';

export const checkCommand = (): Command =>
  new Command('check')
    .description('check a cluster file; with --live also the nodes, without changing anything')
    .addArgument(fileArgument())
    .option(
      '--live',
      'also look at the nodes: login, versions, interface, ports, disk, who answers for the VIPs',
      false,
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha check examples/tutorial.yaml\n  k8s-ha check prod.yaml --live\n  k8s-ha check prod.yaml -o json | jq .findings',
    )
    .action(async (file: string, { live, output }: { live: boolean; output: OutputFormat }, command: Command) => {
      const { spec, findings: found } = await readCluster(file);
      const findings = [...found];
      if (spec && live) {
        const { planCluster } = await import('../../index.ts');
        findings.push(
          ...(await withHosts(spec, globalOptions(command), async (hosts) => planCluster(spec, hosts))).findings,
        );
      }
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      if (output === 'json') printJson({ file, ok: errors === 0, findings });
      else {
        await tellFindings(findings);
        if (spec && findings.length === 0)
          print(
            `${file}: ${spec.nodes.length} nodes, ${spec.endpoint.virtualIPs.length} VIPs, nothing to find fault with`,
          );
      }
      process.exitCode = errors > 0 ? 1 : 0;
    });
