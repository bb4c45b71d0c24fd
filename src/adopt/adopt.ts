import { defaultAllowances } from '../predict/allowances.ts';
import { predict } from '../predict/predict.ts';
import { solveSpec } from '../predict/solve.ts';
import { load } from '../cluster/file/load.ts';
import { example } from '../cluster/file/kinds.ts';
import type { DisruptionKind } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Finding, Position } from '../core/finding.ts';
import { clusterOf, type ImportOptions } from './cluster.ts';
import { findingsOf, type Ours } from './defects/defect.ts';
import { defects } from './defects/index.ts';
import { overlooked, type UnreadLine } from './overlooked.ts';
import { isOwnSection, isOwnSupport, isOwnTelling, isOwnTimer, ownExtra } from './own.ts';
import { withoutSecrets } from './secrets.ts';
import type { GivenFile } from './given.ts';
import { setupOf, type Setup } from './setup.ts';
import { placeOf, textOf, type Words } from './word.ts';

export interface Adopted {
  readonly setup: Setup;
  /** Undefined when the files do not say enough. */
  readonly clusterFile?: string | undefined;
  readonly spec?: ClusterSpec | undefined;
  readonly findings: readonly Finding[];
  /** What was not understood, and so is not carried over. */
  readonly unread: readonly UnreadLine[];
}

/**
 * Reads an existing set-up: a cluster file for it, what is wrong with it and what that costs, and every line that was not
 * understood. A pure function of the files; never throws.
 */
export function adopt(files: readonly GivenFile[], options: ImportOptions = {}): Adopted {
  const setup = setupOf(files);
  const { text, spec, findings: missing } = clusterOf(setup, options);
  const ours = oursFor(spec);
  const found = defects.flatMap((defect) => findingsOf(defect, setup, ours));
  const reading = setup.nodes.flatMap(({ keepalived }) => keepalived?.findings ?? []);
  const unread = setup.unread
    .filter(isForeign)
    .map((words) => ({ position: placeOf(...ends(words)), text: textOf(words) }));
  return {
    setup,
    clusterFile: text,
    spec,
    findings: inOrder(merged([...missing, ...reading, ...found])).map(told),
    unread: [...unread, ...overlooked(setup)].map(({ position, text: line }) => ({
      position: shown(position),
      text: clipped(withoutSecrets(line)),
    })),
  };
}

function told(finding: Finding): Finding {
  const { message, position } = finding;
  return { ...finding, message: clipped(withoutSecrets(message)), ...(position && { position: shown(position) }) };
}

/** The line without its passwords. */
function shown(position: Position): Position {
  return { ...position, text: clipped(withoutSecrets(position.text)) };
}

/** Nobody reads more of a line. */
const maxShown = 4000;

function clipped(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

function ends(words: Words): [first: Words[number], last: Words[number]] {
  const [first] = words;
  if (!first) throw new Error('a line without words');
  return [first, words.at(-1) ?? first];
}

/** What our own file has from the cluster file's `extra` is carried over as it is. */
function isForeign([first, second]: Words): boolean {
  if (!first) return false;
  if (isOwnSection(first) || isOwnTimer(first)) return false;
  if (isOwnTelling(first, second?.text ?? '') || isOwnSupport(first, second?.text ?? '')) return false;
  return (['haproxy', 'keepalived'] as const).every((program) => {
    const extra = ownExtra(first.source.text, program);
    return !extra || first.start < extra.start;
  });
}

/** What k8s-ha would reach: for the imported cluster, or for three nodes where there is none. */
function oursFor(spec: ClusterSpec | undefined): Ours {
  const ours = (spec && reachOf(spec)) ?? (reachOfThree ??= reachOf(load(example(), 'example').spec));
  if (!ours) throw new Error('the example cluster has no timers');
  return ours;
}

/** Computed once: many files are judged without a cluster of their own. */
let reachOfThree: Ours | undefined;

function reachOf(spec: ClusterSpec | undefined): Ours | undefined {
  const solved = spec && solveSpec(spec, []);
  if (!spec || !solved?.ok) return undefined;
  const predictions = predict(spec, solved.value.timers, defaultAllowances);
  const upper = (kind: DisruptionKind): number =>
    predictions.find(({ disruption }) => disruption === kind)?.upperMs ?? Number.POSITIVE_INFINITY;
  return {
    nodeLossMs: upper('node-lost'),
    haproxyKilledMs: upper('haproxy-killed'),
    haproxyHungMs: upper('haproxy-hung'),
    apiServerHungMs: upper('api-server-hung'),
  };
}

/** What several nodes' files say alike is said once, with all its places. */
function merged(findings: readonly Finding[]): Finding[] {
  const first = new Map<string, { finding: Finding; also: string[] }>();
  for (const finding of findings) {
    const { rule, message, position } = finding;
    const key = JSON.stringify([rule, message]);
    const before = first.get(key);
    if (!before) first.set(key, { finding, also: [] });
    else if (position && position.file !== before.finding.position?.file)
      before.also.push(`${position.file}:${position.line}`);
  }
  return [...first.values()].map(({ finding, also }) =>
    also.length === 0
      ? finding
      : { ...finding, reason: [finding.reason, `Also in ${[...new Set(also)].join(', ')}.`].filter(Boolean).join(' ') },
  );
}

const severities = ['error', 'warning', 'info'] as const;

/** What is worst comes first, then by place. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      (a.position?.file ?? '').localeCompare(b.position?.file ?? '') ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0),
  );
}
