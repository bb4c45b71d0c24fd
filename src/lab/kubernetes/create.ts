import { chmod, cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hostPort } from '../../core/ip.ts';
import { insidePrefix, leaderOf } from '../machine/machines.ts';
import { guest, labPaths, nodePaths } from '../paths.ts';
import { all, type Runner } from '../process.ts';
import type { LabNode } from '../state.ts';
import { words } from '../words.ts';
import { installKubernetes, type Kubernetes } from './kubeadm.ts';
import { machineTools, machineUnits } from './machine-files.ts';

/** Tools that a person or a unit on a node expects in its PATH. */
const tools = ['kubectl', 'kubeadm', 'etcdctl'] as const;

const services = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Puts a whole control plane on the nodes' disks, and what clients need of it into the lab's folder. */
export async function createKubernetes(
  runner: Runner,
  kubernetes: Kubernetes,
  nodes: readonly LabNode[],
): Promise<void> {
  const rootOf = (node: string): string => nodePaths(runner.lab, node).root;
  await installKubernetes(runner, kubernetes, nodes, rootOf);
  await all(
    nodes.map(async ({ name }) => {
      const root = rootOf(name);
      const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
      for (const unit of services) await symlink(`/etc/systemd/system/${unit}.service`, join(wants, `${unit}.service`));
      for (const tool of tools) await symlink(join(guest.kubernetes, tool), join(root, 'usr/local/bin', tool));
    }),
  );
  const [first] = nodes;
  if (!first) return;
  const { pkiDir, caFile, kubeconfig } = labPaths(runner.lab);
  await mkdir(pkiDir, { recursive: true, mode: 0o700 });
  await cp(join(rootOf(first.name), 'etc/kubernetes/pki/ca.crt'), caFile);
  await cp(join(rootOf(first.name), 'etc/kubernetes/admin.conf'), kubeconfig);
  await chmod(kubeconfig, 0o600);
}

/** Puts a machine's programs into its PATH, and its units among those that start at boot. */
export async function installMachine(lab: string, node: string): Promise<void> {
  const { root } = nodePaths(lab, node);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  // etcd comes with kubeadm, in a pod; Debian's package would take its ports.
  await symlink('/dev/null', join(root, 'etc/systemd/system/etcd.service'));
  for (const unit of machineUnits) await symlink(`/etc/systemd/system/${unit}.service`, join(wants, `${unit}.service`));
  for (const [folder, programs] of Object.entries(machineTools))
    for (const program of programs) await symlink(join(folder, program), join(root, 'usr/local/bin', program));
  await mkdir(join(root, 'opt/cni'), { recursive: true });
  await symlink(join(guest.machine, 'cni'), join(root, 'opt/cni/bin'));
}

/** The role binding by which admin.conf is an administrator's: `kubeadm init` makes it with super-admin.conf (since 1.29). */
export async function bindAdmins(runner: Runner, [first]: readonly LabNode[]): Promise<void> {
  const leader = first && leaderOf(runner.lab, first.name);
  if (!first || leader === undefined) return;
  await runner.must("make kubeadm's group of administrators", [
    ...insidePrefix(leader),
    join(guest.kubernetes, 'kubectl'),
    '--kubeconfig=/etc/kubernetes/super-admin.conf',
    `--server=https://${hostPort(first.address, 6443)}`,
    ...words('create clusterrolebinding kubeadm:cluster-admins'),
    ...words('--clusterrole=cluster-admin --group=kubeadm:cluster-admins'),
  ]);
}
