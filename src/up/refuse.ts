import type { ClusterSpec } from '../cluster/spec.ts';
import type { Finding } from '../core/finding.ts';
import { endpointOf } from '../render/kubeadm.ts';
import type { MachineView } from './model.ts';
import { isMember, knownViews, type Known } from './plan.ts';

/** What stands in the way before anything is begun. Errors stop `up` with nothing changed. */
export function obstacles(spec: ClusterSpec, views: readonly MachineView[]): readonly Finding[] {
  const known = knownViews(views);
  return [
    ...external(spec),
    ...balancer(spec),
    ...views.flatMap(({ node, seen }) => (seen.known ? [] : [unreachable(node, seen.reason)])),
    ...known.flatMap((view) => [...missing(view), ...elsewhere(spec, view)]),
    ...versions(known),
    ...oneCluster(known),
  ];
}

function external({ etcd }: ClusterSpec): readonly Finding[] {
  if (etcd.mode === 'stacked') return [];
  return [
    {
      rule: 'up-external-etcd',
      severity: 'error',
      message: '`up` makes clusters whose etcd runs on the control-plane nodes, and this one has it elsewhere',
      suggestion: 'Run kubeadm by hand, with `k8s-ha kubeadm` for what the endpoint needs.',
      path: ['etcd', 'mode'],
    },
  ];
}

/** Health checks of a worker's HAProxy can log in by nothing that the worker may have. */
function balancer({ kubernetes, workers, apiServer, runtime }: ClusterSpec): readonly Finding[] {
  if (kubernetes.workerBalancer === 'vip' || workers.length === 0) return [];
  const because = [
    ...(apiServer.healthAuth === 'certificate'
      ? ['health checks log in with a certificate, which workers do not have']
      : []),
    ...(runtime === 'systemd' ? [] : [`HAProxy of a worker runs under systemd, and the file says runtime: ${runtime}`]),
  ];
  return because.map((message) => ({
    rule: 'balancer-not-possible',
    severity: 'error',
    message,
    suggestion: 'Leave kubernetes.workerBalancer at `vip`.',
    path: ['kubernetes', 'workerBalancer'],
  }));
}

function unreachable(node: string, reason: string): Finding {
  return {
    rule: 'node-unreachable',
    severity: 'error',
    node,
    message: reason,
    reason: 'What is done already is read from the machines, from all of them.',
  };
}

/** A machine that is a member needs nothing more. */
function missing(view: Known): readonly Finding[] {
  const { node, seen } = view;
  if (isMember(view)) return [];
  return [
    ...(seen.missing.length === 0
      ? []
      : [
          {
            rule: 'kubeadm-missing' as const,
            severity: 'error' as const,
            node,
            message: `${seen.missing.join(', ')} ${seen.missing.length === 1 ? 'is' : 'are'} not installed`,
            suggestion: 'Install them from the package repository of Kubernetes, all of one version.',
          },
        ]),
    ...(seen.runtime
      ? []
      : [
          {
            rule: 'no-container-runtime' as const,
            severity: 'error' as const,
            node,
            message: 'no container runtime listens where kubeadm looks for one',
            suggestion: 'Install containerd and start it: systemctl enable --now containerd.',
          },
        ]),
  ];
}

/** What another hand made is never changed. */
function elsewhere(spec: ClusterSpec, view: Known): readonly Finding[] {
  const { node, seen } = view;
  const wanted = `https://${endpointOf(spec)}`;
  if (!isMember(view) || !seen.joined || !seen.controlPlane || seen.joined.endpoint === wanted) return [];
  return [
    {
      rule: 'other-endpoint',
      severity: 'error',
      node,
      message: `it belongs to a cluster whose API is at ${seen.joined.endpoint}, and the file says ${wanted}`,
      reason: '`up` adds nodes to the cluster of this file, and changes no other one.',
      suggestion:
        'Is it the right machine? To give a cluster that runs this endpoint, see docs/guides/move-existing-cluster.md.',
    },
  ];
}

/** kubeadm joins a node of another minor version only in the middle of an upgrade, which is not what is done here. */
function versions(known: readonly Known[]): readonly Finding[] {
  const found = known.flatMap(({ node, seen }) =>
    seen.version === undefined ? [] : [{ node, version: seen.version }],
  );
  const [first] = found;
  const other = found.find(({ version }) => version !== first?.version);
  if (!first || !other || known.every(isMember)) return [];
  return [
    {
      rule: 'kubeadm-versions',
      severity: 'error',
      node: other.node,
      message: `its kubeadm is ${other.version}, and that of ${first.node} is ${first.version}`,
      suggestion: 'Install the same version on all machines.',
    },
  ];
}

function oneCluster(known: readonly Known[]): readonly Finding[] {
  const members = known.filter(isMember);
  const [first] = members;
  const other = members.find(({ seen }) => seen.joined?.caHash !== first?.seen.joined?.caHash);
  if (!first || !other) return [];
  return [
    {
      rule: 'clusters-differ',
      severity: 'error',
      node: other.node,
      message: `it belongs to another cluster than ${first.node}: their CAs are different`,
      reason: 'Whichever is meant, the other would have to be taken apart first.',
      suggestion: 'On the machine that is wrong: kubeadm reset. Then run it again.',
    },
  ];
}
