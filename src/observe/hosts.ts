import type { ClusterSpec, SshSpec } from '../cluster/spec.ts';
import type { Host } from '../host/host.ts';
import { sshHost, sshOnce, type SshTarget } from '../host/ssh.ts';
import type { StreamingHost } from '../host/stream.ts';
import type { Member } from '../render/shape.ts';

interface HostOptions {
  /** ssh's -F. */
  readonly configFile?: string | undefined;
}

/** A host for every node of the cluster; connections are made when first used, and shared until they are closed. */
export function sshHosts(spec: ClusterSpec, options: HostOptions = {}): readonly StreamingHost[] {
  return spec.nodes.map((node) => sshHost(targetOf(spec, node, node.ssh, options)));
}

/** A host for every worker, which only `up` needs. */
export function workerHosts(spec: ClusterSpec, options: HostOptions = {}): readonly StreamingHost[] {
  return spec.workers.map((worker) => sshHost(targetOf(spec, worker, worker.ssh, options)));
}

/** A host for a machine that the cluster file does not name any more: reached as the file says for all nodes. */
export function memberHost(spec: ClusterSpec, member: Member, options: HostOptions = {}): StreamingHost {
  return sshHost(targetOf(spec, member, noSsh, options));
}

/** The same for one look: a connection for each command, and none after it. */
export function sshHostsOnce(spec: ClusterSpec, options: HostOptions = {}): readonly Host[] {
  return spec.nodes.map((node) => sshOnce(targetOf(spec, node, node.ssh, options)));
}

export function workerHostsOnce(spec: ClusterSpec, options: HostOptions = {}): readonly Host[] {
  return spec.workers.map((worker) => sshOnce(targetOf(spec, worker, worker.ssh, options)));
}

export function memberHostOnce(spec: ClusterSpec, member: Member, options: HostOptions = {}): Host {
  return sshOnce(targetOf(spec, member, noSsh, options));
}

const noSsh: SshSpec = { options: {} };

function targetOf(spec: ClusterSpec, { name, address }: Member, ssh: SshSpec, { configFile }: HostOptions): SshTarget {
  return {
    name,
    address,
    options: { ...spec.ssh.options, ...ssh.options },
    user: ssh.user ?? spec.ssh.user,
    port: ssh.port ?? spec.ssh.port,
    configFile,
  };
}
