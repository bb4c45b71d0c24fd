import type { Plan } from '../plan/model.ts';
import { isEmpty } from '../plan/plan.ts';
import type { Remains, Role, UpPlan, UpStep } from '../up/model.ts';

/** The whole way for people: every step in its order, and what a rollout of the endpoint is part of it. Ends with a newline. */
export function upText({ cluster, steps, hash }: UpPlan, endpoint: Plan | undefined): string {
  const lines = steps.map((step, i) => `  ${String(i + 1).padStart(2)}. ${sentence(step, endpoint)}`);
  return `${[`${cluster}: ${steps.length === 1 ? '1 step' : `${steps.length} steps`} in this order (plan ${hash})`, '', ...lines].join('\n')}\n`;
}

function sentence({ kind, node = '', role, remains, server = '' }: UpStep, endpoint: Plan | undefined): string {
  switch (kind) {
    case 'endpoint':
      return `bring the endpoint up: ${visited(endpoint)}`;
    case 'verify':
      return 'let the endpoint check the API servers’ certificates: a rollout, VIP holder last';
    case 'wait':
      return `${node}: wait for kubeadm, which an earlier run started`;
    case 'reset':
      return `${node}: take away the half of a node that an earlier run left (kubeadm reset)`;
    case 'init':
      return `${node}: make the cluster (kubeadm init)`;
    case 'serving':
      return `${node}: wait until its API server answers`;
    case 'balance':
      return `${node}: have its kubelet reach the API at ${server}, and wait until it does`;
    case 'leave':
      return `${node}: ${leaves(role, remains)}`;
    default:
      return `${node}: join as ${role === 'worker' ? 'a worker' : 'a control-plane node'} (kubeadm join)`;
  }
}

/** What is done to a node that leaves, by what is on its machine. */
function leaves(role: Role | undefined, remains: Remains | undefined): string {
  const member = role === 'control-plane' ? ', its etcd member first' : '';
  if (remains === 'node')
    return `take it out: drain its pods, then remove it from the cluster${member}, and kubeadm reset on its machine`;
  return `remove it from the cluster${member}; ${remains === 'dead' ? 'its machine is off for good, as you say' : 'nothing of it is on the machine'}`;
}

function visited(plan: Plan | undefined): string {
  if (!plan || isEmpty(plan)) return 'start its programs';
  const nodes = [...new Set(plan.nodes.map(({ node }) => node))];
  return `HAProxy and keepalived on ${nodes.join(', ')} (\`k8s-ha plan\` shows the files)`;
}
