import type { NodeHistory } from '../observe/once/history.ts';
import { table } from './table.ts';

/** One change of the cluster's files, over all nodes. */
export interface Change {
  readonly stamp: string;
  readonly who: string;
  readonly action: string;
  readonly nodes: readonly string[];
  readonly changed: readonly string[];
  /** Nothing was there before: it cannot be undone by a rollback. */
  readonly first: boolean;
}

/** The changes that the nodes remember, newest first. */
export function changesIn(history: readonly NodeHistory[]): readonly Change[] {
  const all = history.flatMap(({ node, entries }) =>
    entries.known ? entries.value.map((entry) => ({ node, ...entry })) : [],
  );
  return [...new Set(all.map(({ stamp }) => stamp))]
    .toSorted()
    .toReversed()
    .flatMap((stamp): readonly Change[] => {
      const of = all.filter((entry) => entry.stamp === stamp);
      const about = of[0]?.about;
      if (!about) return [];
      return [
        {
          stamp,
          who: `${about.owner}@${about.machine}`,
          action: about.action,
          nodes: of.map(({ node }) => node),
          changed: [...new Set(of.flatMap(({ about: { changed } }) => changed))].toSorted(),
          first: of.every(({ before }) => before.length === 0),
        },
      ];
    });
}

export function historyText(changes: readonly Change[]): string {
  return changes.length === 0
    ? 'The nodes keep no previous files yet.'
    : table(
        ['CHANGE', 'WHO', 'WHAT', 'NODES', 'FILES'],
        changes.map(({ stamp, who, action, nodes, changed, first }) => [
          stamp,
          who,
          first ? `${action} (the first)` : action,
          nodes.join(' '),
          changed.map((path) => path.replace(/^.*\//, '')).join(' '),
        ]),
      );
}
