import { etcdLoopback, type ClusterSpec, type NodeSpec, type SnapshotSpec } from '../cluster/spec.ts';
import { quote } from '../core/command.ts';
import { filled } from '../core/shell-text.ts';
import { etcdFolder, manifestsDir, revisionMarker, snapshotFiles, units } from '../node/paths.ts';
import { hardening } from './runtimes/hardening.ts';
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
 * @param keep how many of the same prefix stay; 0 for all
 * @param prefix of the file's name: those that have one are none of the scheduled, which go by their age
 */
export function snapshotProgram(spec: ClusterSpec, keep: number, prefix = ''): string {
  return filled(programs.snapshotEtcd, {
    PROGRAMS: etcdPrograms(),
    MANIFEST: etcdManifest,
    FOLDER: etcdFolder,
    ENDPOINT: quote(etcdEndpoint(spec)),
    PKI: quote(etcdPki(spec)),
    KEEP: keep,
    PREFIX: quote(prefix),
  });
}

/** It looks into the member's own file system for etcd's programs, and runs them from there. */
const allowed = { capabilities: ['SYS_PTRACE'], sockets: ['UNIX', 'INET', 'INET6', 'NETLINK'], seesProcesses: true };

export function snapshotService(): string {
  return `# rendered by k8s-ha
[Unit]
Description=A snapshot of etcd (k8s-ha)

[Service]
Type=oneshot
ExecStart=${snapshotFiles.script}
# Also where the node has no etcd yet: it may be one minute old.
Restart=on-failure
RestartSec=60
StateDirectory=${etcdFolder.replace('/var/lib/', '')}
StateDirectoryMode=0700
Nice=10
IOSchedulingClass=idle
${hardening(allowed)}`;
}

/** The nodes take turns within the interval, so that the newest snapshot of any of them is younger than it. */
export function snapshotTimer({ nodes }: ClusterSpec, node: NodeSpec, { everyMs }: SnapshotSpec): string {
  const index = nodes.findIndex(({ name }) => name === node.name);
  const offsetS = 60 + Math.floor((index * everyMs) / nodes.length / 1000);
  return `# rendered by k8s-ha for node ${node.name}
[Unit]
Description=When snapshots of etcd are taken (k8s-ha ${revisionMarker})

[Timer]
OnActiveSec=${offsetS}
OnUnitActiveSec=${everyMs / 1000}
AccuracySec=1s
Unit=${units.snapshot}

[Install]
WantedBy=timers.target
`;
}
