import type { VersionPlan, VersionStep } from '../upkeep/version/model.ts';

/** The whole upgrade of Kubernetes for people: every step in its order. Ends with a newline. */
export function versionText({ cluster, from, to, etcd, steps, hash }: VersionPlan, { keepPods = false } = {}): string {
  const lines = steps.map((step, i) => `  ${String(i + 1).padStart(2)}. ${sentence(step, to, keepPods)}`);
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  const about = etcd ? `; etcd ${etcd.from} → ${etcd.to}` : '';
  return `${[
    `${cluster}: Kubernetes ${from} → ${to}${about}; ${count} in this order (plan ${hash})`,
    '',
    ...lines,
    '',
    'kubeadm does not go back: the way back is the snapshot of etcd.',
  ].join('\n')}\n`;
}

function sentence(step: VersionStep, to: string, keepPods: boolean): string {
  switch (step.kind) {
    case 'images':
      return 'every node: import the images of the folder that it has not';
    case 'wait':
      return `${step.node}: wait for kubeadm, which an earlier run started`;
    case 'check':
      return `${step.node}: ask the new kubeadm whether it would (kubeadm upgrade plan)`;
    case 'snapshot':
      return `${step.node}: take a snapshot of etcd, kept on the node`;
    default:
      return `${step.node} (${step.from}): ${parts(step, to, keepPods).join(', ')}`;
  }
}

function parts(
  { role, does, holder }: Extract<VersionStep, { kind: 'visit' }>,
  to: string,
  keepPods: boolean,
): readonly string[] {
  return [
    ...(role === 'control-plane' ? ['no new connections to its API server'] : []),
    ...(holder ? ['VIPs move away'] : []),
    ...(keepPods ? [] : ['pods leave']),
    `kubeadm upgrade ${does}`,
    `kubelet ${to}`,
  ];
}
