import type { ClusterSpec, SshSpec } from '../cluster/spec.ts';
import { sshHost } from '../host/ssh.ts';
import type { StreamingHost } from '../host/stream.ts';
import type { Member } from '../render/shape.ts';

/** A host for every node of the cluster; connections are made when first used. `configFile` is ssh's -F. */
export const sshHosts = (spec: ClusterSpec, options: HostOptions = {}): readonly StreamingHost[] =>
  spec.nodes.map((node) => hostOf(spec, node, node.ssh, options));

/** A host for a machine that the cluster file does not name any more: reached as the file says for all nodes. */
export const memberHost = (spec: ClusterSpec, member: Member, options: HostOptions = {}): StreamingHost =>
  hostOf(spec, member, { options: {} }, options);

interface HostOptions {
  readonly configFile?: string | undefined;
}

const hostOf = (
  spec: ClusterSpec,
  { name, address }: Member,
  ssh: SshSpec,
  { configFile }: HostOptions,
): StreamingHost =>
  sshHost({
    name,
    address,
    options: { ...spec.ssh.options, ...ssh.options },
    user: ssh.user ?? spec.ssh.user,
    port: ssh.port ?? spec.ssh.port,
    configFile,
  });
