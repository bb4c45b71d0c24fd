import { isPrefix } from '../../../core/ip.ts';
import { nodeRoles, workerBalancers } from '../../spec.ts';
import { choice, flag, judged, listOf, mapping, matching, type Complaint } from '../parts.ts';
import { show } from '../suggest.ts';

/** More control-plane nodes than this make etcd slower, not safer; real clusters have 3 or 5. */
export const maxControlPlane = 9;

/** `up` joins one machine after the other; with more it would take hours. */
export const maxNodes = 100;

export const role = choice(nodeRoles)
  .meta({
    description:
      '`control-plane`: API server, etcd and the VIPs. `worker`: only `k8s-ha up` touches it, to let it join the cluster.',
    examples: ['worker'],
  })
  .default('control-plane');

/** What is wrong with the roles of all nodes; undefined where nothing is. */
export function judgeRoles(nodes: readonly { readonly role: string }[]): Complaint | undefined {
  const count = nodes.filter((node) => node.role === 'control-plane').length;
  if (nodes.length > 0 && count === 0)
    return {
      rule: 'out-of-range',
      says: 'has no control-plane node',
      suggestion: 'Leave `role: worker` out for one node at least; three survive the loss of one.',
    };
  if (count <= maxControlPlane) return undefined;
  return {
    rule: 'out-of-range',
    says: `has ${count} control-plane nodes, and at most ${maxControlPlane} are allowed`,
    suggestion: 'Give the others `role: worker`.',
  };
}

function subnet() {
  return judged('a subnet', (text) => {
    if (isPrefix(text)) return undefined;
    return {
      rule: 'not-an-address',
      says: `is ${show(text)}, which is not a subnet`,
      suggestion: 'Write it with its prefix length, such as 10.244.0.0/16.',
    };
  });
}

/** What kubeadm is told beside the endpoint. */
export const kubernetes = mapping({
  podSubnet: subnet()
    .meta({
      description: "Addresses of pods, for network plugins that take them from kubeadm's configuration.",
      examples: ['10.244.0.0/16'],
    })
    .optional(),
  serviceSubnet: subnet()
    .meta({
      description: "Addresses of services. kubeadm's default when absent; fd00:10:96::/112 where the nodes are IPv6.",
      examples: ['10.96.0.0/12'],
    })
    .optional(),
  kubeProxy: flag()
    .meta({ description: 'Whether kubeadm installs kube-proxy. Some network plugins replace it.' })
    .default(true),
  ignorePreflightErrors: listOf(
    matching('the name of a check', /^[\w./-]{1,100}$/, {
      rule: 'bad-name',
      suggestion: 'Write it as kubeadm names it, such as NumCPU.',
    }).meta({ description: "The name of a check, as kubeadm's messages have it.", examples: ['NumCPU'] }),
    'a list of checks',
    50,
  )
    .meta({
      description:
        'Checks of kubeadm whose errors become warnings, on every node, by the names that kubeadm gives them: what is known of these machines and cannot be changed.',
      examples: [['NumCPU']],
    })
    .optional(),
  coreDNS: flag().meta({ description: 'Whether kubeadm installs CoreDNS.' }).default(true),
  workerBalancer: choice(workerBalancers)
    .meta({
      description:
        'How the kubelets of workers reach the API. `vip`: by the VIPs. `node-local`: by HAProxy on the worker itself, at 127.0.0.1, which asks every API server: a VIP that moves does not concern them. `k8s-ha up` changes it, worker by worker.',
      examples: ['node-local'],
    })
    .default('vip'),
}).meta({ description: 'The cluster that `k8s-ha up` and `k8s-ha kubeadm` have kubeadm make.' });
