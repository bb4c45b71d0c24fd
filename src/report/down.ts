import type { DownPlan, DownStep } from '../up/down.ts';

/** What goes, for people: every step in its order. Ends with a newline. */
export function downText({ cluster, steps, hash }: DownPlan): string {
  const lines = steps.map((step, i) => `  ${String(i + 1).padStart(2)}. ${sentence(step)}`);
  return `${[`${cluster}: ${steps.length === 1 ? '1 step' : `${steps.length} steps`} in this order (plan ${hash})`, '', ...lines].join('\n')}\n`;
}

function sentence({ node, role }: DownStep): string {
  if (node === undefined) return 'remove the endpoint: HAProxy, keepalived and every file of k8s-ha, VIP holder last';
  return role === 'worker'
    ? `${node}: take the worker off its machine (kubeadm reset); its pods end`
    : `${node}: take the control-plane node off its machine (kubeadm reset), with its part of etcd’s data`;
}

/** What `down` leaves on the machines. */
export const staysText = [
  'What stays on the machines: container runtime, kubelet, kubeadm and kubectl; container images;',
  'configuration and interfaces of the network plugin (/etc/cni/net.d); rules of kube-proxy and the plugin in iptables;',
  'HAProxy and keepalived, unless --packages purged them. A reboot takes rules and interfaces away.',
].join('\n');
