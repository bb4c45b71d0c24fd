import { ofReads, type Prediction } from '../../src/cluster/disruption.ts';
import { formatMs } from '../../src/core/duration.ts';
import type { DrillResult } from '../../src/drill/result.ts';

/** One drill of a fault: what counts against its prediction, and no single connection. */
export interface Run {
  readonly fault: string;
  readonly date: string;
  /** Revision of the sources. */
  readonly revision: string;
  /** New TLS connections a second; absent for 100. */
  readonly rate?: number;
  /** Load average of the machine before it. */
  readonly load: number;
  readonly verdict: DrillResult['verdict'];
  readonly twoHoldersVerdict: DrillResult['twoHoldersVerdict'];
  readonly lostMs: number;
  readonly connectionsMs: number;
  readonly twoMs: number;
  readonly writes: { readonly acknowledged: number; readonly lost: number } | undefined;
  /** Conditions of a well cluster that did not become true again. */
  readonly failedGates: readonly string[];
  /** An upper bound that is absent is without end. */
  readonly predicted: {
    readonly impact: Prediction['impact'];
    readonly lowerMs: number;
    readonly upperMs?: number;
    readonly connectionsUpperMs?: number;
    readonly twoUpperMs?: number;
  };
}

export function runOf(result: DrillResult, about: Pick<Run, 'revision' | 'rate' | 'load'>): Run {
  const { fault, startedAt, prediction, outage, usable, verdict, twoHoldersVerdict, lostMs, holders, gates, writes } =
    result;
  const judged = usable ? ofReads(prediction) : prediction;
  return {
    fault,
    date: startedAt,
    ...about,
    verdict,
    twoHoldersVerdict,
    lostMs: tenths(lostMs),
    connectionsMs: tenths(outage.outageMs),
    twoMs: tenths(holders.twoMs),
    writes: writes && { acknowledged: writes.acknowledged, lost: writes.lost },
    failedGates: gates.filter(({ passed }) => !passed).map(({ sentence }) => sentence),
    predicted: {
      impact: judged.impact,
      lowerMs: judged.lowerMs,
      ...finite('upperMs', judged.upperMs),
      ...finite('connectionsUpperMs', prediction.upperMs),
      ...finite('twoUpperMs', prediction.twoHoldersUpperMs),
    },
  };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function finite<Key extends string>(key: Key, ms: number): Partial<Record<Key, number>> {
  const none: Partial<Record<Key, number>> = {};
  return Number.isFinite(ms) ? { ...none, [key]: ms } : none;
}

/** It counts: the prober, and every node's record of its addresses, were on time. */
export function isValid({ verdict, twoHoldersVerdict }: Run): boolean {
  return verdict !== 'invalid' && twoHoldersVerdict !== 'invalid';
}

/** Neither longer than predicted, nor two holders for longer, nor anything lost that was acknowledged. `below` is shorter. */
export function isWithin({ verdict, twoHoldersVerdict, writes, failedGates }: Run): boolean {
  return (
    (verdict === 'within' || verdict === 'below') &&
    twoHoldersVerdict === 'within' &&
    (writes?.lost ?? 0) === 0 &&
    failedGates.length === 0
  );
}

/** The fault that has the fewest valid runs, of those that have fewer than wanted; the first of several. */
export function nextFault(faults: readonly string[], runs: readonly Run[], wanted: number): string | undefined {
  const count = (fault: string): number => runs.filter((run) => run.fault === fault && isValid(run)).length;
  return faults.filter((fault) => count(fault) < wanted).toSorted((a, b) => count(a) - count(b))[0];
}

export const setups = {
  'stand-in': {
    rate: 100,
    run: 'RUNS=10 MINUTES=8 npm run bench -- bench/drills      # root; again until every fault has its runs',
    machines: "Three machines of the lab with the lab's stand-in API server",
    data: 'drills-repeated.json',
  },
  // What three real API servers on two processors bear.
  kubernetes: {
    rate: 20,
    run: 'KUBERNETES=1 RUNS=10 MINUTES=8 npm run bench -- bench/drills      # root; again until every fault has its runs',
    machines: 'Three machines of the lab with real Kubernetes',
    data: 'drills-repeated-kubernetes.json',
  },
} as const;

/** docs/benchmarks/repeated-drills.md and repeated-drills-kubernetes.md. */
export function page(
  faults: readonly string[],
  runs: readonly Run[],
  refused: Readonly<Record<string, string>>,
  on: keyof typeof setups = 'stand-in',
): string {
  const setup = setups[on];
  const valid = runs.filter(isValid);
  const within = valid.filter(isWithin);
  const share = valid.length === 0 ? '' : ` (${((100 * within.length) / valid.length).toFixed(1)} %)`;
  return `# Every fault, again and again

\`\`\`sh
npm run build && ${setup.run}
\`\`\`

${setup.machines}, ${setup.rate} new TLS connections a second; each piece adds to [its data](${setup.data}) and makes this page. Within: neither the loss of a client, nor its connections, nor two holders longer than predicted, no acknowledged write lost, and the cluster well again. Longest: of the valid runs, beside the upper bound.

${valid.length} valid runs, ${within.length} within${share}.

| fault | within, of valid runs | lost, longest | predicted | two holders, longest | predicted | load |
| --- | --- | --- | --- | --- | --- | --- |
${faults
  .filter((fault) => runs.some((run) => run.fault === fault))
  .map((fault) =>
    row(
      fault,
      valid.filter((run) => run.fault === fault),
    ),
  )
  .join('\n')}
${Object.entries(refused)
  .map(([fault, why]) => `\nNot run: \`${fault}\`: ${why}.`)
  .join('\n')}`
    .trimEnd()
    .concat('\n');
}

function row(fault: string, runs: readonly Run[]): string {
  const last = runs.at(-1);
  if (!last) return `| ${fault} | 0 of 0 | – | – | – | – | – |`;
  const longest = (pick: (run: Run) => number): string => formatMs(Math.max(...runs.map(pick)));
  const { upperMs, lowerMs, twoUpperMs, impact } = last.predicted;
  const bounds =
    impact === 'none'
      ? 'nothing'
      : `${lowerMs > 0 ? formatMs(lowerMs) : 'up'}${lowerMs > 0 ? '–' : ' to '}${until(upperMs)}`;
  const loads = runs.map(({ load }) => load);
  return `| ${fault} | ${runs.filter(isWithin).length} of ${runs.length} | ${longest(({ lostMs }) => lostMs)} | ${bounds} | ${longest(({ twoMs }) => twoMs)} | ${until(twoUpperMs)} | ${Math.min(...loads).toFixed(0)}–${Math.max(...loads).toFixed(0)} |`;
}

function until(ms: number | undefined): string {
  return ms === undefined ? 'its end' : formatMs(ms);
}
