import { defects } from '../adopt/defects/index.ts';
import { loadKinds } from '../cluster/file/kinds.ts';
import type { Severity } from '../core/finding.ts';
import type { FindingEntry } from '../core/findings/entry.ts';
import { defectRemedies, fileRemedies, findingRooms, ruleRemedies } from '../core/findings/index.ts';
import { rules } from '../rules/index.ts';

/** Everything there is to read about one kind of finding. */
export interface FindingPage {
  readonly id: string;
  /** Where such findings come from; a heading of the reference. */
  readonly room: string;
  /** Every severity that it can have, the worst first. */
  readonly severities: readonly Severity[];
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  /** Where the documentation site has it, below its address: `reference/findings.html#split-brain`. */
  readonly docs: string;
  /** A cluster file that has the finding, where one can be printed. */
  readonly bad?: string;
  /** A cluster file that does not have it. */
  readonly good?: string;
}

/** Every kind of finding, in the order of the reference. */
export const findingPages: readonly FindingPage[] = [
  ...findingRooms.flatMap(({ title, entries }) =>
    Object.entries<FindingEntry>(entries).map(([id, entry]) => page(title, 'findings', { id, ...entry })),
  ),
  ...loadKinds.map((kind) => page('Reading the cluster file', 'rules', { ...kind, remedy: fileRemedies[kind.id] })),
  ...rules.map((rule) => page('Rules', 'rules', { ...rule, remedy: ruleRemedies[rule.id] })),
  ...defects.map((defect) =>
    page('Defects of an imported set-up', 'import', { ...defect, remedy: defectRemedies[defect.id] }),
  ),
];

function page(
  room: string,
  file: 'findings' | 'rules' | 'import',
  { id, severity, title, why, remedy, bad, good }: FindingEntry & Pick<FindingPage, 'id' | 'bad' | 'good'>,
): FindingPage {
  const severities = typeof severity === 'string' ? [severity] : severity;
  const examples = { ...(bad !== undefined && { bad }), ...(bad !== undefined && good !== undefined && { good }) };
  return { id, room, severities, title, why, remedy, docs: `reference/${file}.html#${id}`, ...examples };
}
