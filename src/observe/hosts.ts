import type { ClusterSpec } from '../cluster/spec.ts';
import { sshHost } from '../host/ssh.ts';
import type { StreamingHost } from '../host/stream.ts';

/** A host for every node of the cluster; connections are made when first used. `configFile` is ssh's -F. */
export const sshHosts = (
  spec: ClusterSpec,
  { configFile }: { configFile?: string | undefined } = {},
): readonly StreamingHost[] =>
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
