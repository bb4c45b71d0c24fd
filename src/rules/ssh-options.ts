import type { ClusterSpec } from '../cluster/spec.ts';

export interface SshOption {
  readonly name: string;
  readonly value: string;
  readonly path: readonly (string | number)[];
}

/** Every ssh option that the file gives, once: what a node only inherits is reported where it stands. */
export function sshOptions({ ssh, nodes }: ClusterSpec): SshOption[] {
  return [
    ...Object.entries(ssh.options).map(([name, value]) => ({ name, value, path: ['ssh', 'options', name] })),
    ...nodes.flatMap((node, i) =>
      Object.entries(node.ssh.options)
        .filter(([name, value]) => !Object.hasOwn(ssh.options, name) || ssh.options[name] !== value)
        .map(([name, value]) => ({ name, value, path: ['nodes', i, 'ssh', 'options', name] })),
    ),
  ];
}
