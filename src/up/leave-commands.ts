import { guarded } from '../act/rollout/commands/guarded.ts';
import { removeState } from '../act/rollout/commands/remove.ts';
import type { ClusterSpec, MachineSpec } from '../cluster/spec.ts';
import { quote, type Command } from '../core/command.ts';
import { kubeadmFiles, runDir, stateDir, units } from '../node/paths.ts';
import { localEtcd, localKubectl } from './look.ts';

/** How long pods may take to end on a node that leaves, budgets of disruption included. */
const drainSeconds = 240;

/**
 * Has every pod of a node end, and be started elsewhere. Pods that nobody would start again stop it, and so does a budget that
 * allows no disruption. What pods keep in emptyDir is lost with the machine in any case.
 */
export function drainCommand(token: string, spec: ClusterSpec, source: MachineSpec, node: string): Command {
  return guarded(
    `drain the pods of ${node}`,
    token,
    { kind: 'drain-node', node },
    `${localKubectl(spec, source)} drain ${quote(node)} --ignore-daemonsets --delete-emptydir-data --timeout=${drainSeconds}s >/dev/null`,
    (drainSeconds + 30) * 1000,
  );
}

/** An API server may finish what it was asked for 60 s (kube-apiserver --request-timeout); watches are ended at once. */
const endSeconds = 70;

/** Has the kubelet end the API server of the node, which answers what it was asked before. */
export function endApiServerCommand(token: string, { apiServer }: ClusterSpec): Command {
  return guarded(
    'end its API server',
    token,
    { kind: 'end-api-server' },
    `rm -f /etc/kubernetes/manifests/kube-apiserver.yaml
for k8s_second in $(seq ${endSeconds}); do
    [ -n "$(ss -Hltn ${quote(`sport = :${apiServer.port}`)})" ] || exit 0
    sleep 1
done
echo "it listens on port ${apiServer.port} after ${endSeconds} s" >&2
exit 1`,
    (endSeconds + 20) * 1000,
  );
}

/** Takes a member out of etcd, by another one, which refuses what would leave too few. */
export function removeMemberCommand(
  token: string,
  spec: ClusterSpec,
  member: { readonly id: string; readonly name: string },
): Command {
  return guarded(
    `remove ${member.name} from etcd`,
    token,
    { kind: 'remove-etcd-member', node: member.name },
    `${localEtcd(spec, 'remove', { ID: member.id })} >/dev/null`,
  );
}

/**
 * Takes away all that kubeadm made of a machine. First a file says that the rest is ours to take away, for the run after one
 * that was killed.
 * @param farewell nothing of ours is needed there any more, the lock included
 */
export function takeDownCommand(token: string, { farewell }: { readonly farewell: boolean }): Command {
  return guarded(
    'take the node off its machine (kubeadm reset)',
    token,
    { kind: 'kubeadm', does: 'take-down', farewell },
    `mkdir -p ${stateDir}
echo leave >${kubeadmFiles.begun}
systemctl reset-failed ${units.kubeadm} 2>/dev/null || :
kubeadm reset --force
rm -rf /var/lib/etcd/member
rm -f ${kubeadmFiles.begun} ${kubeadmFiles.config}
${farewell ? `${removeState}\nrm -rf ${runDir}` : ''}`,
    300_000,
  );
}
