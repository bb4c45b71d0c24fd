import type { KeepEvent } from '../act/reconcile/keep.ts';
import type { FileOnNode } from '../act/reconcile/memory.ts';
import { describePlanActions } from '../plan/describe.ts';
import type { Plan } from '../plan/model.ts';

function names(files: readonly FileOnNode[]): string {
  return files.map(({ node, path }) => `${node}:${path}`).join(' ');
}

function changed(plan: Plan): readonly FileOnNode[] {
  return plan.nodes.flatMap(({ node, changes }) => changes.map(({ path }) => ({ node, path })));
}

function changeText(plan: Plan, drifted: KeepEvent['drifted']): string {
  const what = `plan ${plan.hash}: ${plan.nodes.map((one) => `${one.node} (${describePlanActions(one)})`).join(', ')}`;
  if (drifted && drifted.length > 0)
    return `${what}; changed on the nodes by somebody else, and overwritten now: ${names(drifted)}`;
  if (drifted) return `${what}; nobody else changed a file`;
  // The first look: who changed what is not known.
  const files = changed(plan);
  return files.length === 0 ? `${what}; no file differs` : `${what}; these files differ: ${names(files)}`;
}

const sentences: Readonly<Record<KeepEvent['kind'], (event: KeepEvent) => string>> = {
  'as-wanted': () => 'every node is as the cluster file says',
  change: ({ plan, drifted }) => (plan ? changeText(plan, drifted) : 'nothing to do'),
  applied: ({ plan }) => `plan ${plan?.hash} applied; every gate passed`,
  failed: ({ plan }) => `${plan ? `plan ${plan.hash}` : 'the plan'} failed; see above`,
  refused: () => 'nothing was changed; see above',
  'file-broken': () => 'the cluster file has errors, so the nodes are left as they are',
  stopped: () => 'stopped',
};

/** One line: when, which cluster, what. */
export function keepText(event: KeepEvent, at: Date): string {
  return `${at.toISOString()} ${event.cluster === undefined ? '' : `${event.cluster}: `}${sentences[event.kind](event)}`;
}

/** The same for programs, as one line of JSON. */
export function keepJson({ kind, cluster, plan, drifted, findings }: KeepEvent, at: Date): string {
  return JSON.stringify({
    at: at.toISOString(),
    event: kind,
    cluster,
    hash: plan?.hash,
    nodes: plan?.nodes.map(({ node, effect, changes }) => ({ node, effect, files: changes.map(({ path }) => path) })),
    drifted,
    findings,
  });
}
