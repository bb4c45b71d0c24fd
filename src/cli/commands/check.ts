import { Command } from 'commander';
import type { ClusterSpec, ClusterState, Finding } from '../../index.ts';
import {
  globalOptions,
  lookAtAll,
  readCluster,
  tellFindings,
  type GlobalOptions,
  type OutputFormat,
} from '../shared/context.ts';
import { fileArgument, outputOption } from '../shared/options.ts';
import { layoutOf, print, printJson, tell } from '../shared/output.ts';

export function checkCommand(): Command {
  return new Command('check')
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
      const read: Checked[] = [];
      for (const one of files) read.push({ file: one, ...(await readCluster(one)) });
      const checked = live ? await lookAtNodes(read, globalOptions(command)) : read;
      const told = checked.map(({ file: name, findings }) => ({ file: name, ok: !hasErrors(findings), findings }));
      if (output === 'text' && live) await printEvidence(checked);
      if (output === 'json') printJson(told.length === 1 ? told[0] : { ok: told.every(({ ok }) => ok), files: told });
      else
        for (const { file: name, spec, findings } of checked) {
          await tellFindings(findings, live && checked.length > 1 ? name : undefined);
          if (spec && findings.length === 0)
            print(`${name}: ${spec.nodes.length} nodes, ${spec.endpoint.virtualIPs.length} VIPs, no problems found`);
        }
      process.exitCode = told.every(({ ok }) => ok) ? 0 : 1;
    });
}

interface Checked {
  readonly file: string;
  readonly spec: ClusterSpec | undefined;
  readonly findings: readonly Finding[];
  /** What was seen of the nodes, with --live. */
  readonly state?: ClusterState;
}

async function printEvidence(checked: readonly Checked[]): Promise<void> {
  const { evidenceText } = await import('../../index.ts');
  for (const { file, spec, state } of checked) {
    if (checked.length > 1) print(`${file}:`);
    if (spec && state) print(evidenceText(spec, state, layoutOf(process.stdout).width));
  }
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** Adds what the nodes say; a file that cannot be read as a cluster has none. */
async function lookAtNodes(read: readonly Checked[], options: GlobalOptions): Promise<readonly Checked[]> {
  const { planCluster } = await import('../../index.ts');
  const specs = read.flatMap(({ spec }) => (spec ? [spec] : []));
  const seen = await lookAtAll(specs, options, async (spec, hosts, reach) => ({
    spec,
    ...(await planCluster(spec, hosts, { reach })),
  }));
  return read.map((one) => {
    const looked = seen.find(({ spec }) => spec === one.spec);
    return looked ? { ...one, state: looked.state, findings: [...one.findings, ...looked.findings] } : one;
  });
}

interface Options {
  readonly live: boolean;
  readonly output: OutputFormat;
}

/** Files of somebody else's set-up are judged as `import` judges them; false for a cluster file. */
async function checkForeign(paths: readonly string[], output: OutputFormat): Promise<boolean> {
  const { clusterNameFrom, isForeign, readForeign } = await import('../shared/foreign.ts');
  const { judge, kindOf } = await import('../../cluster-file.ts');
  // NODE=PATH is how a set-up of several nodes is named.
  if (!paths.some((path) => path.includes('=') || isForeign(path, kindOf))) return false;
  const { adopt, unreadText } = await import('../../index.ts');
  const { findings, unread } = adopt(readForeign(paths), { name: clusterNameFrom(paths), judge });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (output === 'json') printJson({ file: paths[0], ok: errors === 0, findings, unread });
  else {
    await tellFindings(findings);
    if (unread.length > 0)
      tell(`
${unreadText(unread)}
`);
    if (findings.length === 0) print(`${paths.join(', ')}: no problems found`);
  }
  process.exitCode = errors > 0 ? 1 : 0;
  return true;
}
