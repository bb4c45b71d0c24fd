import { existsSync, writeFileSync } from 'node:fs';
import { errorText } from '../../core/error.ts';
import { Command } from 'commander';
import type { Adopted, GivenFile, Host, ImportOptions } from '../../index.ts';
import { defaultFile, globalOptions, tellFindings, type OutputFormat } from '../shared/context.ts';
import { clusterNameFrom, readForeign } from '../shared/foreign.ts';
import { outputOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface Flags {
  readonly from?: string;
  readonly name?: string;
  readonly nodes?: string;
  readonly out?: string;
  readonly force: boolean;
  readonly output: OutputFormat;
}

export function importCommand(): Command {
  return new Command('import')
    .description('read an existing keepalived and HAProxy: a cluster file for it, and what is wrong with it and costs')
    .argument('[paths...]', 'files, folders, a folder with a folder for each node, or NODE=PATH')
    .option('--from <ssh://hosts>', 'read running nodes instead: ssh://cp1,cp2,cp3 or ssh://root@10.0.0.11,…')
    .option('--name <name>', 'name of the cluster')
    .option('--nodes <list>', 'control-plane nodes, where the files do not say them: NAME=ADDRESS, separated by commas')
    .option('--out <file>', `write the cluster file here; \`--out ${defaultFile}\` makes it the default`)
    .option('--force', 'replace the file if it exists', false)
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha import /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg\n  k8s-ha import ./nodes --out prod.yaml          nodes/cp1, nodes/cp2, nodes/cp3\n  k8s-ha import --from ssh://cp1,cp2,cp3 --out prod.yaml\n\nWithout --out the cluster file is printed. Nothing is changed on any node.',
    )
    .action(async (paths: readonly string[], flags: Flags, command: Command) => {
      if (paths.length === 0 && flags.from === undefined)
        throw new UsageError(
          'nothing to import',
          'Name files or folders, or running nodes with --from ssh://cp1,cp2,cp3.',
        );
      if (flags.out !== undefined && existsSync(flags.out) && !flags.force)
        throw new UsageError(`${flags.out} exists already`, 'Name another file, or say --force to replace it.');
      const { adopt, parseNodes, unreadText } = await import('../../index.ts');
      const { judge } = await import('../../cluster-file.ts');
      const live = flags.from === undefined ? undefined : await readLive(flags.from, globalOptions(command));
      const files = [...readIfAny(paths), ...(live?.files ?? [])];
      const options: ImportOptions = {
        name: flags.name ?? clusterNameFrom(paths),
        ...(flags.nodes !== undefined && { nodes: parseNodes(flags.nodes) }),
        judge,
      };
      const adopted = adopt(files, options);
      const findings = [...(live?.findings ?? []), ...adopted.findings];
      const refused = adopted.findings.some(({ rule }) => rule === 'import-file-refused');
      if (flags.output === 'json') printJson({ ...result(adopted), findings });
      else {
        await tellFindings(findings);
        if (adopted.unread.length > 0) tell(`\n${unreadText(adopted.unread)}\n`);
        if (adopted.clusterFile !== undefined && flags.out === undefined) print(adopted.clusterFile);
      }
      if (adopted.clusterFile !== undefined && flags.out !== undefined) {
        write(flags.out, adopted.clusterFile);
        tell(
          refused
            ? `${flags.out} is written, and has errors: correct them first. Next: k8s-ha check ${flags.out}`
            : `${flags.out} is written. Next: k8s-ha check ${flags.out} --live`,
        );
      }
      process.exitCode = adopted.clusterFile === undefined || refused || (live?.findings.length ?? 0) > 0 ? 1 : 0;
    });
}

/** @throws UsageError where the file cannot be written */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorText(error)}`);
  }
}

function readIfAny(paths: readonly string[]): GivenFile[] {
  return paths.length === 0 ? [] : readForeign(paths);
}

function result({ clusterFile, unread }: Adopted) {
  return { clusterFile, unread };
}

/** Reads running nodes over SSH and closes the connections. */
async function readLive(from: string, { sshConfig }: { sshConfig?: string }) {
  const { hostsFromUrl, readSetups } = await import('../../index.ts');
  const hosts: readonly Host[] = hostsFromUrl(from, { configFile: sshConfig }) ?? [];
  if (hosts.length === 0)
    throw new UsageError(`"${from}" names no nodes`, 'Write ssh://cp1,cp2,cp3 or ssh://root@10.0.0.11,10.0.0.12.');
  try {
    return await readSetups(hosts);
  } finally {
    await Promise.all(hosts.map(async (host) => host.close()));
  }
}
