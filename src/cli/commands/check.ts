import { Command } from 'commander';
import type { ClusterSpec, Finding } from '../../index.ts';
import {
  globalOptions,
  readCluster,
  tellFindings,
  withHosts,
  type GlobalOptions,
  type OutputFormat,
} from '../context.ts';
import { fileArgument, outputOption } from '../options.ts';
import { print, printJson } from '../output.ts';

export const checkCommand = (): Command =>
  new Command('check')
    .description('check a cluster file; with --live also the nodes, without changing anything')
    .addArgument(fileArgument())
    .argument('[more...]', 'further cluster files, or further files of an existing set-up')
    .option(
      '--live',
      'also look at the nodes: login, versions, interface, ports, disk, who answers for the VIPs',
      false,
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha check examples/tutorial.yaml\n  k8s-ha check prod.yaml --live\n  k8s-ha check clusters/*.yaml\n  k8s-ha check prod.yaml -o json | jq .findings\n  k8s-ha check /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg    what is wrong with them; see import',
    )
    .action(async (file: string, more: readonly string[], { live, output }: Options, command: Command) => {
      const files = [file, ...more];
      if (await checkForeign(files, output)) return;
      const checked: Checked[] = [];
      for (const one of files) checked.push(await checkFile(one, live ? globalOptions(command) : undefined));
      const told = checked.map(({ file: name, findings }) => ({ file: name, ok: !hasErrors(findings), findings }));
      if (output === 'json') printJson(told.length === 1 ? told[0] : { ok: told.every(({ ok }) => ok), files: told });
      else
        for (const { file: name, spec, findings } of checked) {
          await tellFindings(findings);
          if (spec && findings.length === 0)
            print(
              `${name}: ${spec.nodes.length} nodes, ${spec.endpoint.virtualIPs.length} VIPs, nothing to find fault with`,
            );
        }
      process.exitCode = told.every(({ ok }) => ok) ? 0 : 1;
    });

interface Checked {
  readonly file: string;
  readonly spec: ClusterSpec | undefined;
  readonly findings: readonly Finding[];
}

const hasErrors = (findings: readonly Finding[]): boolean => findings.some(({ severity }) => severity === 'error');

/** @param live how to reach the nodes, where they shall be looked at too */
const checkFile = async (file: string, live: GlobalOptions | undefined): Promise<Checked> => {
  const { spec, findings } = await readCluster(file);
  if (!spec || !live) return { file, spec, findings };
  const { planCluster } = await import('../../index.ts');
  const seen = await withHosts(spec, live, async (hosts, reach) => planCluster(spec, hosts, { reach }));
  return { file, spec, findings: [...findings, ...seen.findings] };
};

interface Options {
  readonly live: boolean;
  readonly output: OutputFormat;
}

/** Files of somebody else's set-up are judged as `import` judges them; false for a cluster file. */
const checkForeign = async (paths: readonly string[], output: OutputFormat): Promise<boolean> => {
  const { isForeign, readForeign } = await import('../foreign.ts');
  const { kindOf } = await import('../../cluster-file.ts');
  // NODE=PATH is how a set-up of several nodes is named.
  if (!paths.some((path) => path.includes('=') || isForeign(path, kindOf))) return false;
  const { adopt } = await import('../../index.ts');
  const { findings, unread } = adopt(readForeign(paths));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (output === 'json') printJson({ file: paths[0], ok: errors === 0, findings, unread });
  else {
    await tellFindings(findings);
    if (findings.length === 0) print(`${paths.join(', ')}: nothing to find fault with`);
  }
  process.exitCode = errors > 0 ? 1 : 0;
  return true;
};
