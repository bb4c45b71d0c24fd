import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { familyOf } from '../../core/ip.ts';
import { clientMember, namespaceOf } from '../names.ts';
import { labPaths, netnsDir } from '../paths.ts';
import type { Runner } from '../process.ts';

interface Named {
  readonly name: string;
  readonly address: string;
}

/** What socat(1) connects to; ssh puts the address in, without brackets. */
function target([first]: readonly Named[]): string {
  return first && familyOf(first.address) === 'ipv6' ? 'TCP6:[%h]:22' : 'TCP:%h:22';
}

/** Prefix that runs a command in the lab's client: its network, this host's files. */
export function clientPrefix(lab: string): readonly string[] {
  return ['nsenter', `--net=${netnsDir}/${namespaceOf(lab, clientMember)}`, '--'];
}

/**
 * The ssh_config(5) by which this host reaches the nodes, by name or by address. The connection goes through the client's
 * namespace, so that the host's network stays as it is; what runs there already has no need of that, nor of its three processes.
 */
export function sshConfig(
  lab: string,
  nodes: readonly Named[],
  { inClient = false }: { readonly inClient?: boolean } = {},
): string {
  const { sshKey, knownHosts } = labPaths(lab);
  const common = [
    ...(inClient ? [] : [`  ProxyCommand ${clientPrefix(lab).join(' ')} socat - ${target(nodes)}`]),
    '  User root',
    `  IdentityFile ${sshKey}`,
    '  IdentitiesOnly yes',
    // The default exchange also resists quantum computers, at ten times the processor time on both sides: on one machine that
    // is client and nodes at once, a third of what \`status\` takes. Nothing in a lab is worth recording.
    '  KexAlgorithms curve25519-sha256',
    `  UserKnownHostsFile ${knownHosts}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  ConnectTimeout 10',
    '  LogLevel ERROR',
  ];
  const hosts = nodes.flatMap(({ name, address }) => [`Host ${name}`, `  HostName ${address}`]);
  return [...hosts, `Host ${nodes.map(({ name, address }) => `${name} ${address}`).join(' ')}`, ...common, ''].join(
    '\n',
  );
}

/** known_hosts lines: each node's key under its name and its address. */
export function knownHostsText(keys: readonly (Named & { readonly key: string })[]): string {
  return keys.map(({ name, address, key }) => `${name},${address} ${key.split(' ').slice(0, 2).join(' ')}\n`).join('');
}

export function hostKeyFile(lab: string, node: string): string {
  return join(labPaths(lab).sshDir, `${node}_host_key`);
}

/** Makes the operator's key, every node's host key, known_hosts and the ssh_config. */
export async function createSsh(runner: Runner, nodes: readonly Named[]): Promise<void> {
  const { sshDir, sshKey, sshConfig: config, sshConfigInClient, knownHosts } = labPaths(runner.lab);
  await mkdir(sshDir, { recursive: true, mode: 0o700 });
  const generate = (file: string, comment: string): Promise<string> =>
    runner.must('make an ssh key', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  await Promise.all([
    generate(sshKey, `k8s-ha lab ${runner.lab}`),
    ...nodes.map(({ name }) => generate(hostKeyFile(runner.lab, name), name)),
  ]);
  const keys = await Promise.all(
    nodes.map(async (node) => ({ ...node, key: await readFile(`${hostKeyFile(runner.lab, node.name)}.pub`, 'utf8') })),
  );
  await writeFile(knownHosts, knownHostsText(keys));
  await writeFile(config, sshConfig(runner.lab, nodes));
  await writeFile(sshConfigInClient, sshConfig(runner.lab, nodes, { inClient: true }));
}

/**
 * Puts a node's host key and the operator's public key into the node's file system. Debian's message of the day is made by
 * programs that every login starts, and nobody reads it here.
 */
export async function installSsh(lab: string, node: string, root: string): Promise<void> {
  const key = hostKeyFile(lab, node);
  await copyFile(key, join(root, 'etc/ssh/ssh_host_ed25519_key'));
  await copyFile(`${key}.pub`, join(root, 'etc/ssh/ssh_host_ed25519_key.pub'));
  await copyFile(`${labPaths(lab).sshKey}.pub`, join(root, 'etc/ssh/lab_authorized_keys'));
  await rm(join(root, 'etc/update-motd.d'), { recursive: true, force: true });
}
