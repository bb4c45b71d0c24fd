import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { errorText } from '../../core/error.ts';
import { loadCluster } from '../shared/context.ts';
import { fileArgument } from '../shared/options.ts';
import { print } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface KubeadmFlags {
  readonly node?: string;
  readonly join: boolean;
  readonly existing?: string;
  readonly limitAnonymous: boolean;
  readonly authentication: boolean;
}

export function kubeadmCommand(): Command {
  return new Command('kubeadm')
    .description("print kubeadm's configuration for this endpoint: for the first node, or with --join for another")
    .addArgument(fileArgument())
    .option('--node <name>', 'which node; the first of the file by default')
    .option('--join', 'JoinConfiguration for a further control-plane node', false)
    .addOption(
      new Option(
        '--existing <file>',
        "the cluster's present ClusterConfiguration: keep it, and add what the endpoint needs",
      ).conflicts('join'),
    )
    .option(
      '--limit-anonymous',
      'let anonymous requests reach the health paths only (Kubernetes 1.32 and newer)',
      false,
    )
    .option('--authentication', 'print the AuthenticationConfiguration that --limit-anonymous refers to', false)
    .addHelpText(
      'after',
      `
Examples:
  k8s-ha kubeadm prod.yaml > init.yaml && kubeadm init --upload-certs --config init.yaml
  k8s-ha kubeadm prod.yaml --join --node cp2
  kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > now.yaml
  k8s-ha kubeadm prod.yaml --existing now.yaml --node cp1
  k8s-ha kubeadm prod.yaml --authentication`,
    )
    .action(async (file: string, options: KubeadmFlags) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const node = options.node === undefined ? spec.nodes[0] : spec.nodes.find(({ name }) => name === options.node);
      if (!node)
        throw new UsageError(
          `there is no node "${options.node}"`,
          `The nodes are ${spec.nodes.map(({ name }) => name).join(', ')}.`,
        );
      const { authenticationConfig, kubeadmConfig, parseExisting } = await import('../../index.ts');
      if (options.authentication) print(authenticationConfig(spec));
      else {
        const existing = options.existing === undefined ? undefined : parseExisting(readText(options.existing));
        if (existing && !existing.ok)
          throw new UsageError(
            `${options.existing} cannot be used: ${existing.error}`,
            `Get it with: kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}'`,
          );
        print(
          kubeadmConfig(spec, node, {
            kind: options.join ? 'join' : 'init',
            limitAnonymous: options.limitAnonymous,
            ...(existing?.ok === true && { existing: existing.value }),
          }),
        );
      }
      process.exitCode = 0;
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${errorText(error)}`);
  }
}
