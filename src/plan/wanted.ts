import { isDeepStrictEqual } from 'node:util';
import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import { hmacModes, type NodeFacts, type Timers } from '../cluster/timers.ts';
import type { Finding } from '../core/finding.ts';
import { madeOnce } from '../core/read-once.ts';
import { ok, type Result } from '../core/result.ts';
import { hmacStep } from '../observe/once/hmac.ts';
import { knownFacts } from '../observe/once/facts.ts';
import { defaultAllowances } from '../predict/allowances.ts';
import { solveSpec } from '../predict/solve.ts';
import { nodeLoss, prioritiesOf, successorSkew } from '../predict/vrrp.ts';
import { renderNode, type NodeFileSet } from '../render/render.ts';

export interface Wanted {
  readonly sets: readonly NodeFileSet[];
  readonly timers: Timers;
  readonly findings: readonly Finding[];
}

/**
 * The files that each node that was seen should have. The timers are one set for the whole cluster, solved for the oldest
 * keepalived, because nodes with different timers would judge each other wrongly.
 */
export function wantedFiles(spec: ClusterSpec, state: ClusterState): Result<Wanted, readonly Finding[]> {
  const known = knownFacts(spec, state);
  const solved = solveSpec(
    spec,
    known.map(({ facts }) => facts),
  );
  if (!solved.ok) return solved;
  const { timers, findings } = solved.value;
  return ok({
    sets: known.map(({ node, facts }) => rendered(spec, node, timers, facts)),
    timers,
    findings: [...findings, ...hmacFindings(spec, state)],
  });
}

/** What a node was rendered from last, besides the specification, and what came of it. */
interface Rendering {
  readonly timers: Timers;
  readonly facts: NodeFacts;
  readonly set: NodeFileSet;
}

/** A node that is looked at again is mostly as it was: then its files are those of the last time. */
function rendered(spec: ClusterSpec, node: NodeSpec, timers: Timers, facts: NodeFacts): NodeFileSet {
  const last = renderings(spec).get(node);
  if (last && isDeepStrictEqual({ timers: last.timers, facts: last.facts }, { timers, facts })) return last.set;
  const set = renderNode(spec, node, timers, facts);
  renderings(spec).set(node, { timers, facts, set });
  return set;
}

const renderings = madeOnce((_spec: ClusterSpec) => new Map<NodeSpec, Rendering>());

/** The longest time without a holder when it is lost, in milliseconds. */
export function lossMs(spec: ClusterSpec, { vrrp }: Timers): number {
  const skew = successorSkew(prioritiesOf(spec), vrrp.advertIntervalMs) ?? { lowerMs: 0, upperMs: 0 };
  return nodeLoss(vrrp, skew, defaultAllowances).upperMs;
}

/** Tells of rollouts that are still to come. */
export function hmacFindings(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  const { level, goal, waits } = hmacStep(spec, state);
  if (level === goal) return [];
  const more = Math.abs(goal - level);
  return [
    {
      rule: 'hmac-step',
      severity: 'info',
      message: `adverts: ${named(level)} after this rollout${waits === undefined ? `, ${named(goal)} after ${more} more` : `: ${waits}`}`,
      reason: 'Nodes that sign and nodes that do not yet must hear each other, so that it takes several rollouts.',
      suggestion: 'Run `k8s-ha apply` again, until it has nothing to do.',
    },
  ];
}

function named(level: number): string {
  return hmacModes[level - 1] ?? 'not signed';
}
