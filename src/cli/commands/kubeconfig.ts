import { Command, Option } from 'commander';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts } from '../shared/context.ts';
import { fileArgument } from '../shared/options.ts';
import { refuseTerminal } from '../shared/secret.ts';
import { takeKubeconfig } from '../shared/take-kubeconfig.ts';
import { UsageError } from '../shared/usage.ts';

interface KubeconfigFlags {
  readonly node?: string;
  readonly context?: string;
  readonly out?: string;
  /** True: the kubeconfig that kubectl uses. */
  readonly merge?: string | true;
}

export function kubeconfigCommand(): Command {
  return new Command('kubeconfig')
    .description("the administrator's kubeconfig whose server is the endpoint, from a node's admin.conf")
    .addArgument(fileArgument())
    .option('--node <name>', 'whose admin.conf; by default the first node that has one')
    .option('--context <name>', 'name of the context and its cluster; by default the name of the cluster')
    .addOption(
      new Option('--out <file>', 'write it there, readable by you alone; - is standard output').conflicts('merge'),
    )
    .option(
      '--merge [kubeconfig]',
      "put it into this kubeconfig, or kubectl's own ($KUBECONFIG, ~/.kube/config); the previous one is kept beside it",
    )
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha kubeconfig prod.yaml --out admin.conf && kubectl --kubeconfig admin.conf get nodes
  k8s-ha kubeconfig prod.yaml --merge && kubectl --context prod get nodes

It has the key of an administrator of the cluster: it is not shown on a terminal unless you ask with --out -.`,
    )
    .action(async (file: string, flags: KubeconfigFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      if (flags.node !== undefined && !spec.nodes.some(({ name }) => name === flags.node))
        throw new UsageError(
          `there is no node "${flags.node}"`,
          `The nodes are ${spec.nodes.map(({ name }) => name).join(', ')}.`,
        );
      if (flags.merge === undefined) refuseTerminal('a kubeconfig', flags.out);
      const signal = interruptible();
      const refused = await withHosts(spec, globalOptions(command), async (hosts) =>
        takeKubeconfig(
          spec,
          hosts.filter(({ name }) => flags.node === undefined || name === flags.node),
          flags,
          signal,
        ),
      );
      await tellFindings(refused);
      if (refused.length === 0) process.exitCode = 0;
    });
}
