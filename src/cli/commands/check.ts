import { Command } from 'commander';
import { globalOptions, readCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson } from '../output.ts';

export const checkCommand = (): Command =>
  new Command('check')
    .description('check a cluster file; with --live also the nodes, without changing anything')
    .addArgument(fileArgument())
    .argument('[more...]', 'further files of an existing set-up')
    .option(
      '--live',
      'also look at the nodes: login, versions, interface, ports, disk, who answers for the VIPs',
      false,
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha check examples/tutorial.yaml\n  k8s-ha check prod.yaml --live\n  k8s-ha check prod.yaml -o json | jq .findings\n  k8s-ha check /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg    what is wrong with them; see import',
    )
    .action(async (file: string, more: readonly string[], { live, output }: Options, command: Command) => {
      if (await checkForeign([file, ...more], output)) return;
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

interface Options {
  readonly live: boolean;
  readonly output: OutputFormat;
}

/** Files of somebody else's set-up are judged as `import` judges them; false for a cluster file. */
const checkForeign = async (paths: readonly string[], output: OutputFormat): Promise<boolean> => {
  const [first] = paths;
  const { isForeign, readForeign } = await import('../foreign.ts');
  const { kindOf } = await import('../../cluster-file.ts');
  if (first === undefined || (paths.length === 1 && !isForeign(first, kindOf))) return false;
  const { adopt } = await import('../../index.ts');
  const { findings, unread } = adopt(readForeign(paths));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (output === 'json') printJson({ file: first, ok: errors === 0, findings, unread });
  else {
    await tellFindings(findings);
    if (findings.length === 0) print(`${paths.join(', ')}: nothing to find fault with`);
  }
  process.exitCode = errors > 0 ? 1 : 0;
  return true;
};
