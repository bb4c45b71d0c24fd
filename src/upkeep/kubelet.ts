import { guarded } from '../act/rollout/commands/guarded.ts';
import type { Command } from '../core/command.ts';

const kubernetesDir = '/etc/kubernetes';

/** Shell: where a kubeconfig says that the API is; and a kubelet that looks there from its next start on. */
const helpers = `server_of() { sed -n 's/^ *server: *//p' "$1" | head -n 1; }
point() {
    umask 077
    sed "s#^\\( *\\)server: .*#\\1server: $1#" ${kubernetesDir}/kubelet.conf >${kubernetesDir}/kubelet.conf.k8s-ha-new
    grep -q '^ *server: ' ${kubernetesDir}/kubelet.conf.k8s-ha-new
    chown --reference=${kubernetesDir}/kubelet.conf ${kubernetesDir}/kubelet.conf.k8s-ha-new
    chmod --reference=${kubernetesDir}/kubelet.conf ${kubernetesDir}/kubelet.conf.k8s-ha-new
    mv -f ${kubernetesDir}/kubelet.conf.k8s-ha-new ${kubernetesDir}/kubelet.conf
}
endpoint=$(server_of ${kubernetesDir}/admin.conf)
now=$(server_of ${kubernetesDir}/kubelet.conf)`;

/** Its containers go on. */
const restart = 'systemctl restart kubelet';

/**
 * Has the kubelet of a control-plane node ask the endpoint, while its own API server and etcd member are replaced. kubeadm points
 * it at its own API server (ControlPlaneKubeletLocalMode), which answers nothing while its etcd is away: the kubelet then waits 34 s
 * for it before it starts etcd, and the node is taken for lost.
 * @param file of the node, in which it remembers where its kubelet looked before
 */
export function kubeletAway(token: string, file: string): Command {
  return guarded(
    'let its kubelet ask the endpoint',
    token,
    { kind: 'away', does: 'kubelet-away', file },
    `${helpers}
[ "$now" != "$endpoint" ] || exit 0
grep -q '^kubelet ' ${file} || { { cat ${file} && echo "kubelet $now"; } >${file}.new && mv -f ${file}.new ${file}; }
point "$endpoint"
${restart}`,
  );
}

/**
 * Its kubelet asks what it asked before; kubeadm may have done that already.
 * @param starts `later`: it is about to be replaced, and one start of a kubelet is work enough for a small machine
 */
export function kubeletHome(token: string, file: string, starts: 'at once' | 'later' = 'at once'): Command {
  return guarded(
    'let its kubelet ask its own API server again',
    token,
    { kind: 'away', does: 'kubelet-home', file },
    `${helpers}
before=$(sed -n 's/^kubelet //p' ${file} 2>/dev/null) && [ -n "$before" ] || exit 0
[ "$now" = "$endpoint" ] || exit 0
point "$before"
${starts === 'at once' ? restart : ''}`,
  );
}
