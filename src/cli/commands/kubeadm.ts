import { Command } from 'commander';
import { loadCluster } from '../context.ts';
import { fileArgument } from '../options.ts';
import { print } from '../output.ts';
import { UsageError } from '../usage.ts';

export const kubeadmCommand = (): Command =>
  new Command('kubeadm')
    .description("print kubeadm's configuration for this endpoint: for the first node, or with --join for another")
    .addArgument(fileArgument())
    .option('--node <name>', 'which node; the first of the file by default')
    .option('--join', 'JoinConfiguration for a further control-plane node', false)
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha kubeadm prod.yaml > init.yaml && kubeadm init --upload-certs --config init.yaml\n  k8s-ha kubeadm prod.yaml --join --node cp2',
    )
    .action(async (file: string, options: { node?: string; join: boolean }) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const node = options.node === undefined ? spec.nodes[0] : spec.nodes.find(({ name }) => name === options.node);
      if (!node)
        throw new UsageError(
          `there is no node "${options.node}"`,
          `The nodes are ${spec.nodes.map(({ name }) => name).join(', ')}.`,
        );
      const { kubeadmConfig } = await import('../../index.ts');
      print(kubeadmConfig(spec, node, options.join ? 'join' : 'init'));
      process.exitCode = 0;
    });
