import type { ClusterSpec } from '../cluster/spec.ts';
import type { Host } from '../host/host.ts';
import { sshHost } from '../host/ssh.ts';

/** A host for every node of the cluster; connections are made when first used. `configFile` is ssh's -F. */
export const sshHosts = (
  spec: ClusterSpec,
  { configFile }: { configFile?: string | undefined } = {},
): readonly Host[] =>
  spec.nodes.map(({ name, address, ssh }) =>
    sshHost({
      name,
      address,
      options: { ...spec.ssh.options, ...ssh.options },
      user: ssh.user ?? spec.ssh.user,
      port: ssh.port ?? spec.ssh.port,
      configFile,
    }),
  );
