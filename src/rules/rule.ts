import type { FindingKind } from '../cluster/file/kinds.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Finding } from '../core/finding.ts';
import type { RuleId } from '../core/findings/index.ts';

/** Judges a specification. One file per rule; index.ts lists them; docs/reference/rules.md is generated from them. */
export interface Rule extends FindingKind<RuleId> {
  readonly bad: string;
  /** Says something about how many nodes or addresses there are: not asked when some could not be read. */
  readonly counts?: boolean;
  readonly check: (spec: ClusterSpec) => readonly Finding[];
}

type Said = Pick<Finding, 'message' | 'reason' | 'suggestion'> & { readonly path: readonly (string | number)[] };

/** Makes a rule whose findings all have its id and severity. */
export function rule({
  check,
  ...kind
}: Omit<Rule, 'check'> & { check: (spec: ClusterSpec) => readonly Said[] }): Rule {
  return {
    ...kind,
    check: (spec) => check(spec).map((said) => ({ rule: kind.id, severity: kind.severity, ...said })),
  };
}

/** For every item that has an equal before it: the item, and the first equal one. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string | number) {
  const first = new Map<string | number, number>();
  return items.flatMap((item, index) => {
    const before = first.get(keyOf(item));
    if (before !== undefined) return [{ item, index, before }];
    first.set(keyOf(item), index);
    return [];
  });
}
