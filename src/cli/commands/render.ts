import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { loadCluster, tellFindings } from '../shared/context.ts';
import { fileArgument } from '../shared/options.ts';
import { print } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';
import { makeFolder, writing } from '../shared/write.ts';

export function renderCommand(): Command {
  return new Command('render')
    .description("write every node's files into a folder, without asking the nodes")
    .addArgument(fileArgument())
    .requiredOption('--out <dir>', 'folder to write to; one folder a node')
    .option('--interface <name>', 'interface where the cluster file names none', 'eth0')
    .option('--keepalived <version>', 'the version on the nodes', '2.2.7')
    .option('--haproxy <version>', 'the version on the nodes', '2.6.12')
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha render prod.yaml --out rendered\n  k8s-ha render prod.yaml --out rendered --interface ens18',
    )
    .action(async (file: string, options: { out: string; interface: string; keepalived: string; haproxy: string }) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { assumedFacts, canHmac, parseVersion, renderNode, solveSpec } = await import('../../index.ts');
      const keepalived = parseVersion(options.keepalived);
      const haproxy = parseVersion(options.haproxy);
      if (!keepalived || !haproxy)
        throw new UsageError(`"${keepalived ? options.haproxy : options.keepalived}" is not a version`);
      const solved = solveSpec(spec, [{ keepalived }]);
      if (!solved.ok) {
        await tellFindings(solved.error);
        return;
      }
      const key = canHmac(keepalived) && spec.nodes.length > 1 ? spec.keepalived.hmacKey?.key : undefined;
      const hmac = key === undefined ? {} : { hmac: { mode: 'enforce', key } as const };
      for (const node of spec.nodes) {
        const facts = { ...assumedFacts, keepalived, haproxy, interface: node.interface ?? options.interface, ...hmac };
        for (const { path, mode, content } of renderNode(spec, node, solved.value.timers, facts).files) {
          const target = join(options.out, node.name, path);
          writing(target, () => {
            makeFolder(dirname(target));
            // Created with its rights, so that nobody reads it in between; an older file is replaced.
            rmSync(target, { force: true });
            writeFileSync(target, content, { mode: mode & 0o777, flag: 'wx' });
            chmodSync(target, mode);
          });
        }
        print(join(options.out, node.name));
      }
      process.exitCode = 0;
    });
}
