import type { Plan } from '../plan/model.ts';
import { isEmpty } from '../plan/plan.ts';
import type { UpPlan, UpStep } from '../up/model.ts';

/** The whole way for people: every step in its order, and what a rollout of the endpoint is part of it. Ends with a newline. */
export function upText({ cluster, steps, hash }: UpPlan, endpoint: Plan | undefined): string {
  const lines = steps.map((step, i) => `  ${String(i + 1).padStart(2)}. ${sentence(step, endpoint)}`);
  return `${[`${cluster}: ${steps.length === 1 ? '1 step' : `${steps.length} steps`} in this order (plan ${hash})`, '', ...lines].join('\n')}\n`;
}

function sentence({ kind, node = '', role }: UpStep, endpoint: Plan | undefined): string {
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
    default:
      return `${node}: join as ${role === 'worker' ? 'a worker' : 'a control-plane node'} (kubeadm join)`;
  }
}

function visited(plan: Plan | undefined): string {
  if (!plan || isEmpty(plan)) return 'start its programs';
  const nodes = [...new Set(plan.nodes.map(({ node }) => node))];
  return `HAProxy and keepalived on ${nodes.join(', ')} (\`k8s-ha plan\` shows the files)`;
}
