import { etcdLoopback, type ClusterSpec } from '../cluster/spec.ts';
import { quote } from '../core/command.ts';
import { filled } from '../core/shell-text.ts';
import { etcdFolder, manifestsDir } from '../node/paths.ts';
import * as programs from './shell/programs.ts';

/** kubeadm's manifest of the node's etcd member. */
export const etcdManifest = `${manifestsDir}/etcd.yaml`;

/** Shell functions that find etcd's own programs on a node of kubeadm, where no package has them. */
export function etcdPrograms(): string {
  return filled(programs.etcdPrograms, { FOLDER: etcdFolder });
}

/** kubeadm's folder of etcd's certificates, beside the cluster's CA. */
export function etcdPki({ apiServer }: ClusterSpec): string {
  return `${apiServer.caFile.replace(/\/[^/]*$/, '')}/etcd`;
}

/** Where a node's own member answers its clients. */
export function etcdEndpoint(spec: ClusterSpec): string {
  return `https://${etcdLoopback(spec)}:${spec.etcd.clientPort}`;
}

/**
 * The program that takes a snapshot on a node. Each node takes its own of its own member: no member has to be chosen, and the
 * loss of a machine takes no snapshot of the others with it.
 * @param keep how many stay; 0 for all
 */
export function snapshotProgram(spec: ClusterSpec, keep: number): string {
  return filled(programs.snapshotEtcd, {
    PROGRAMS: etcdPrograms(),
    MANIFEST: etcdManifest,
    FOLDER: etcdFolder,
    ENDPOINT: quote(etcdEndpoint(spec)),
    PKI: quote(etcdPki(spec)),
    KEEP: keep,
  });
}
