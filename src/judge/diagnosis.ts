import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeRunning } from '../cluster/state.ts';
import { judgeAddresses, mergeSilent, tellAddresses } from './diagnosis/addresses.ts';
import { judgeApi } from './diagnosis/api.ts';
import { nextCommands, type NextCommands } from './diagnosis/commands.ts';
import { createDrafts, type Drafts } from './diagnosis/draft.ts';
import { ranks, type Cause, type DiagnoseOptions, type Diagnosis } from './diagnosis/model.ts';
import { judgeNodes, type JudgedNode } from './diagnosis/nodes.ts';
import { tellRest } from './diagnosis/rest.ts';
import { tellUnfinished } from './unfinished.ts';
import { sentenceOf, verdictOf } from './diagnosis/verdict.ts';

export type { Cause, DiagnoseOptions, Diagnosis, Verdict } from './diagnosis/model.ts';

/**
 * Judges what was seen of a cluster, all of it or a live view's part: what clients have, and what is wrong, each root cause
 * once, with the next command and what follows from it.
 */
export function diagnose(
  spec: ClusterSpec,
  state: ClusterState<NodeRunning>,
  options: DiagnoseOptions = {},
): Diagnosis {
  const next = nextCommands(spec, options);
  const drafts = createDrafts();
  const nodes = judgeNodes(spec, state, next, options);
  const addresses = judgeAddresses(spec, state, nodes);
  tellNodes(nodes, drafts, options);
  tellWorkers(spec, options, drafts, next);
  mergeSilent(spec, nodes, drafts, next);
  const api = judgeApi(spec, nodes, drafts, next, options.findings);
  tellAddresses(addresses, nodes, drafts, next);
  tellRest(options, api, drafts, next);
  const causes = causesOf(drafts);
  const redundancy = { fit: nodes.filter(({ fit }) => fit).length, of: spec.nodes.length };
  const broken = drafts.all().some(({ rank }) => rank <= ranks.server);
  const judged = { addresses, api, causes, broken, redundancy };
  const verdict = verdictOf(judged);
  return { verdict, sentence: sentenceOf(spec, verdict, judged), causes, redundancy };
}

/** One cause for each node that has troubles; the first of them explains the rest. */
function tellNodes(nodes: readonly JudgedNode[], drafts: Drafts, { silentSinceMs }: DiagnoseOptions): void {
  for (const { name, seen, reason, troubles } of nodes) {
    const [root, ...rest] = troubles;
    if (!root) continue;
    const sinceMs = seen ? undefined : silentSinceMs?.[name];
    drafts.add(
      {
        ...root,
        rank: root.rule === 'drained' || root.rule === 'unfinished' ? ranks.drained : ranks.node,
        node: name,
        ...(sinceMs !== undefined && { sinceMs }),
      },
      seen ? rest.map(({ what }) => what) : [reason],
    );
  }
}

/** What has not ended on machines that have no part in the endpoint. */
function tellWorkers(
  { workers }: ClusterSpec,
  { unfinished = {} }: DiagnoseOptions,
  drafts: Drafts,
  next: NextCommands,
): void {
  for (const { name } of workers)
    for (const seen of unfinished[name] ?? []) {
      const told = tellUnfinished(seen, next);
      drafts.add({ ...told, what: `${name}: ${told.what}`, rank: ranks.drained, node: name });
    }
}

/** Some come from what nodes say, and no list of theirs is without bound. */
const mostConsequences = 100;

/** Worst first; each sentence once. */
function causesOf(drafts: Drafts): readonly Cause[] {
  return drafts
    .all()
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ rule, severity, what, node, sinceMs, command, consequences }) => ({
      rule,
      severity,
      what,
      ...(node !== undefined && { node }),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(command !== undefined && { command }),
      consequences: [...new Set(consequences)].filter((sentence) => sentence !== what).slice(0, mostConsequences),
    }));
}
