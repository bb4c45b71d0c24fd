import { Command, Option } from 'commander';
import { loadCluster } from '../shared/context.ts';
import { fileArgument } from '../shared/options.ts';
import { print, tell } from '../shared/output.ts';
import { giveSecret, readText, refuseTerminal } from '../shared/secret.ts';
import { UsageError } from '../shared/usage.ts';
import type { JoinCredentials } from '../../index.ts';

interface KubeadmFlags {
  readonly node?: string;
  readonly join: boolean;
  readonly existing?: string;
  readonly limitAnonymous: boolean;
  readonly authentication: boolean;
  readonly tokenFile?: string;
  readonly caCertHash?: readonly string[];
  readonly certificateKeyFile?: string;
  readonly joinCommandFile?: string;
  readonly out?: string;
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
    .addOption(
      new Option('--token-file <file>', 'for --join: the token, from this file; - is standard input').conflicts(
        'joinCommandFile',
      ),
    )
    .addOption(
      new Option('--ca-cert-hash <hash...>', 'for --join: hash of the CA, which is no secret').conflicts(
        'joinCommandFile',
      ),
    )
    .addOption(
      new Option(
        '--certificate-key-file <file>',
        'for --join: the key of the uploaded certificates, from this file; - is standard input',
      ).conflicts('joinCommandFile'),
    )
    .option(
      '--join-command-file <file>',
      'for --join: all three, from what `kubeadm token create --print-join-command --certificate-key KEY` prints',
    )
    .option('--out <file>', 'for --join: write it there, readable by you alone; - is standard output')
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
  k8s-ha kubeadm prod.yaml --join --node cp2 --join-command-file command.txt --out join.yaml
  k8s-ha kubeadm prod.yaml --join --node cp2 --token-file - --ca-cert-hash sha256:HASH --out join.yaml
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
      const credentials = options.join ? await joinCredentials(options) : refuseJoinFlags(options);
      if (options.authentication) print(authenticationConfig(spec));
      else if (options.join)
        await printJoin(kubeadmConfig(spec, node, { kind: 'join', credentials }), credentials, options.out);
      else {
        const existing = options.existing === undefined ? undefined : parseExisting(await readText(options.existing));
        if (existing && !existing.ok)
          throw new UsageError(
            `${options.existing} cannot be used: ${existing.error}`,
            `Get it with: kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}'`,
          );
        print(
          kubeadmConfig(spec, node, {
            limitAnonymous: options.limitAnonymous,
            ...(existing?.ok === true && { existing: existing.value }),
          }),
        );
      }
      process.exitCode = 0;
    });
}

/** Nothing is ignored that was meant for a node that joins. */
function refuseJoinFlags(options: KubeadmFlags): JoinCredentials {
  const { tokenFile, caCertHash, certificateKeyFile, joinCommandFile, out } = options;
  if ([tokenFile, caCertHash, certificateKeyFile, joinCommandFile, out].some((given) => given !== undefined))
    throw new UsageError('token, hash, certificate key and --out are for a node that joins', 'Add --join.');
  return {};
}

/** @throws UsageError for what has not the form of kubeadm's; a secret is never repeated */
async function joinCredentials(options: KubeadmFlags): Promise<JoinCredentials> {
  const { tokenFile, caCertHash, certificateKeyFile, joinCommandFile } = options;
  const secret = [tokenFile, certificateKeyFile, joinCommandFile].some((file) => file !== undefined);
  if (secret) refuseTerminal('this configuration', options.out);
  if (tokenFile === '-' && certificateKeyFile === '-')
    throw new UsageError(
      'standard input cannot be both the token and the certificate key',
      'Write one of them to a file, or use --join-command-file -.',
    );
  const { readJoinCommand, readJoinValue } = await import('../../index.ts');
  if (joinCommandFile !== undefined)
    return need(
      `--join-command-file ${joinCommandFile}`,
      readJoinCommand(await readText(joinCommandFile, longestSecret)),
    );
  const valueIn = async (flag: string, name: 'token' | 'certificateKey', file: string): Promise<string> =>
    need(`${flag} ${file}`, readJoinValue(name, await readText(file, longestSecret)));
  return {
    ...(tokenFile !== undefined && { token: await valueIn('--token-file', 'token', tokenFile) }),
    ...(caCertHash !== undefined && {
      caCertHashes: caCertHash.map((hash) => need('--ca-cert-hash', readJoinValue('caCertHash', hash))),
    }),
    ...(certificateKeyFile !== undefined && {
      certificateKey: await valueIn('--certificate-key-file', 'certificateKey', certificateKeyFile),
    }),
  };
}

/** A token and a key are a line each, and a command is a few. */
const longestSecret = 4096;

async function printJoin(text: string, credentials: JoinCredentials, out: string | undefined): Promise<void> {
  const { missingForJoin } = await import('../../index.ts');
  const missing = missingForJoin(credentials);
  if (missing.length > 0)
    tell(
      `k8s-ha: placeholders stand for ${missing.join(', ')}, and kubeadm refuses them. On a node of the cluster:\n  kubeadm token create --print-join-command --certificate-key "$(kubeadm init phase upload-certs --upload-certs | tail -n 1)"\n  and hand what it prints over by --join-command-file.`,
    );
  if (credentials.token === undefined && credentials.certificateKey === undefined && out === undefined) print(text);
  else await giveSecret('this configuration', text, out);
}

function need<T>(what: string, read: { ok: true; value: T } | { ok: false; error: string }): T {
  if (!read.ok) throw new UsageError(`${what} cannot be used: ${read.error}`);
  return read.value;
}
