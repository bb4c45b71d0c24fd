import { guarded, staged } from '../act/rollout/commands/guarded.ts';
import type { ClusterSpec, MachineSpec } from '../cluster/spec.ts';
import { quote, script, type Command } from '../core/command.ts';
import { paths } from '../node/paths.ts';
import { intent } from '../node/intent.ts';
import type { FileChange } from '../plan/model.ts';
import { localServer, localServerName } from '../render/worker.ts';
import { localKubectl } from './look.ts';

/** The worker's own HAProxy judges its new files. */
export function validateWorkerCommand(token: string, changes: readonly FileChange[]): Command {
  const candidate = (path: string): string =>
    changes.some((change) => change.path === path && change.wanted) ? staged(path) : path;
  return guarded(
    'let the node check the new files',
    token,
    { kind: 'validate', candidates: changes.flatMap(({ path, wanted }) => (wanted ? [path] : [])) },
    `[ -f ${paths.serverState} ] || echo 1 >${paths.serverState}
sh -n ${candidate(paths.saveStateScript)}
haproxy -c -f ${candidate(paths.haproxyConfig)}`,
  );
}

const kubeletConf = '/etc/kubernetes/kubelet.conf';

/**
 * Tells a kubelet where the API is, and by which name it verifies it there, and has it start again: containers go on. Its
 * kubeconfig is what kubeadm wrote otherwise.
 */
export function pointKubeletCommand(token: string, spec: ClusterSpec, server: string): Command {
  const name = server === localServer(spec) ? String.raw`\n\1tls-server-name: ${localServerName(spec)}` : '';
  return guarded(
    `point its kubelet at ${server}`,
    token,
    { kind: 'point-kubelet', server },
    `umask 077
sed -e '/^ *tls-server-name: /d' -e ${quote(String.raw`s#^\( *\)server: .*#\1server: ${server}${name}#`)} ${kubeletConf} >${kubeletConf}.k8s-ha-new
grep -q '^ *server: ' ${kubeletConf}.k8s-ha-new
chown --reference=${kubeletConf} ${kubeletConf}.k8s-ha-new
chmod --reference=${kubeletConf} ${kubeletConf}.k8s-ha-new
mv -f ${kubeletConf}.k8s-ha-new ${kubeletConf}
systemctl restart kubelet`,
  );
}

/** Whether a node is Ready, and when its kubelet last said that it lives. */
export function leaseCommand(spec: ClusterSpec, source: MachineSpec, node: string): Command {
  const kubectl = localKubectl(spec, source);
  const ready = quote('{.status.conditions[?(@.type=="Ready")].status}');
  return script(
    'ask when the kubelet last said that it lives',
    `${kubectl} get node ${quote(node)} -o jsonpath=${ready} && echo " $(${kubectl} -n kube-node-lease get lease ${quote(node)} -o jsonpath='{.spec.renewTime}')"`,
    { intent: intent({ kind: 'ask-lease', node }) },
  );
}
