import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cgroupsOf, controllerGroupsOf, makeCgroups, processesIn } from './cgroups.ts';
import type { GuestFile } from '../control-plane.ts';
import { namespaceOf } from '../names.ts';
import { guest, labPaths, netnsDir, nodePaths } from '../paths.ts';
import { problem, stop } from '../problem.ts';
import { markerOf, waitFor, type Runner } from '../process.ts';
import { installSsh } from './ssh.ts';
import { words } from '../words.ts';

/** What a real machine's root may do and a container's by default may not: addresses, raw sockets, real time, limits. */
const capabilities = [
  ...words('CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BROADCAST'),
  ...words('CAP_SYS_NICE CAP_SYS_RESOURCE CAP_IPC_LOCK'),
];

/** systemd-nspawn(1) for one node. `--register=no --keep-unit`: works where the host's init is not systemd. */
export function nspawnArgv(
  lab: string,
  node: string,
  binds: readonly (readonly [string, string])[],
): readonly string[] {
  return [
    ...words('systemd-nspawn --quiet --boot --register=no --keep-unit --console=pipe'),
    `--directory=${nodePaths(lab, node).root}`,
    `--machine=${namespaceOf(lab, node)}`,
    `--hostname=${node}`,
    `--network-namespace-path=${netnsDir}/${namespaceOf(lab, node)}`,
    ...words('--resolv-conf=off --timezone=off --link-journal=no'),
    `--capability=${capabilities.join(',')}`,
    // Container runtimes give each container a session keyring, as a real machine's root may.
    '--system-call-filter=@keyring',
    // podman's overlays cannot have their upper folders on the node's disk, which is an overlay itself.
    `--bind=${nodePaths(lab, node).containers}:/var/lib/containers`,
    ...binds.map(([from, to]) => `--bind-ro=${from}:${to}`),
    // For the node's init: systemd 256 and later refuse to boot on the host's cgroups of version 1 without it.
    'SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1',
  ];
}

/**
 * Keeps one machine running: with `--keep-unit`, systemd-nspawn ends with 133 when the machine reboots and leaves it to its
 * manager to start it again. `$1`: the machine's cgroups. Each boot gets fresh ones below, as a group with processes cannot
 * be delegated.
 */
const supervisor = `
groups=$1; shift; boot=0
for group in $groups; do echo $$ > "$group/cgroup.procs"; done
while :; do
  boot=$((boot + 1))
  sh -c 'for group in $1; do mkdir -p "$group/boot-$2"; echo $$ > "$group/boot-$2/cgroup.procs"; done; shift 2; exec "$@"' \\
    sh "$groups" "$boot" "$@"
  [ $? -eq 133 ] || exit
done`;

/** Makes a node's overlay folders and mounts it; the files of an earlier boot are still there after a power loss. */
export async function mountRoot(runner: Runner, node: string, imageDir: string): Promise<void> {
  const { upper, work, root, containers } = nodePaths(runner.lab, node);
  await Promise.all([upper, work, root, containers].map((dir) => mkdir(dir, { recursive: true })));
  await chmod(upper, 0o755);
  const options = `lowerdir=${imageDir},upperdir=${upper},workdir=${work}`;
  await runner.must(`mount the disk of ${node}`, ['mount', '-t', 'overlay', 'k8s-ha-lab', '-o', options, root]);
}

/** Writes a new node's own files into its mounted root: host key, names, units. */
export async function installNode(lab: string, node: string, files: readonly GuestFile[]): Promise<void> {
  const { root } = nodePaths(lab, node);
  await Promise.all([
    ...files.map(async ({ path, content, mode }) => {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await chmod(file, mode);
    }),
    installSsh(lab, node, root),
  ]);
}

/** Puts the stand-in API server and its certificate on a node's disk. */
export async function installStandIn(lab: string, node: string, apiServerDir: string): Promise<void> {
  const { root } = nodePaths(lab, node);
  const { pkiDir } = labPaths(lab);
  const pki = join(root, guest.pki);
  await Promise.all([
    cp(join(pkiDir, 'ca.crt'), join(pki, 'ca.crt')),
    cp(join(pkiDir, `${node}.crt`), join(pki, 'apiserver.crt')),
    cp(join(pkiDir, `${node}.key`), join(pki, 'apiserver.key')),
    cp(apiServerDir, join(root, guest.apiServer), { recursive: true, filter: (path) => !path.endsWith('.d.ts') }),
  ]);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  await symlink('/etc/systemd/system/lab-api-server.service', join(wants, 'lab-api-server.service'));
}

/**
 * What a node sees of the host, as read-only mounts: the node binary, those of its libraries that the image does not have,
 * and the folder of Kubernetes' programs where the lab has one.
 */
export async function nodeBinds(
  runner: Runner,
  imageDir: string,
  kubernetesDir: string | undefined,
): Promise<readonly (readonly [string, string])[]> {
  const binary = await realpath(process.execPath);
  const linked = await runner.run(['ldd', binary]);
  const libraries = [...linked.stdout.matchAll(/=> (\/\S+) \(/g)].map(([, path = '']) => path);
  const missing = await Promise.all(
    libraries.map((path) =>
      stat(join(imageDir, path)).then(
        () => [],
        () => [[path, path] as const],
      ),
    ),
  );
  const kubernetes = kubernetesDir === undefined ? [] : [[kubernetesDir, guest.kubernetes] as const];
  return [[binary, guest.node] as const, ...missing.flat(), ...kubernetes];
}

/**
 * Boots a node whose root is mounted and whose network is there. It outlives this process and has no terminal. `containers`: they
 * make control groups in it.
 */
export async function boot(
  runner: Runner,
  node: string,
  binds: readonly (readonly [string, string])[],
  { containers = false } = {},
): Promise<void> {
  const { lab } = runner;
  const groups = [...cgroupsOf(lab, node), ...(containers ? controllerGroupsOf(lab, node) : [])];
  makeCgroups(groups);
  const log = openSync(nodePaths(lab, node).console, 'a', 0o600);
  try {
    const argv = ['-c', supervisor, 'k8s-ha-lab', groups.join(' '), ...nspawnArgv(lab, node, binds)];
    const [key = '', value = ''] = markerOf(lab).split('=');
    spawn('sh', argv, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network', [key]: value },
    }).unref();
  } finally {
    closeSync(log);
  }
  const leader = await waitFor(() => leaderOf(lab, node), { timeoutMs: 15_000, signal: runner.signal });
  if (leader === undefined)
    throw stop(
      problem('boot', `${node} did not start: ${consoleTail(lab, node) || 'its console is silent'}`, { node }),
    );
}

/**
 * The process that is init in a node, found among the node's own processes: the one with id 1 in a process namespace right
 * below ours. It changes when the node reboots, so it is looked up and never remembered. It joins the node's network a moment
 * after it was made: who entered it before would be in the host's network, and stay there.
 */
export function leaderOf(lab: string, node: string): number | undefined {
  return processesIn(cgroupsOf(lab, node)).find((pid) => {
    try {
      return (
        /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) &&
        statSync(`/proc/${pid}/ns/net`).ino === statSync(join(netnsDir, namespaceOf(lab, node))).ino
      );
    } catch {
      return false; // it ended while we looked, or its network is gone
    }
  });
}

/** Prefix that runs a command inside a node, not through its network. */
export function insidePrefix(leader: number): readonly string[] {
  return ['nsenter', '--target', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--'];
}

const escape = String.fromCodePoint(27);
const terminalCodes = new RegExp(String.raw`${escape}\[[\d;?]*[A-Za-z]`, 'g');

/** Last lines of a node's console, for error messages. */
export function consoleTail(lab: string, node: string): string {
  try {
    const text = readFileSync(nodePaths(lab, node).console, 'utf8').replaceAll(terminalCodes, '');
    return text.trim().split('\n').slice(-5).join('\n');
  } catch {
    return '';
  }
}
