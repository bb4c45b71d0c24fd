import { defaultPromptMs } from '../../cluster/disruption.ts';
import { outage, type Outage } from './outage.ts';
import { readEvery, type ProbeSample } from './probe.ts';

/** Where a request can be lost, in the order in which it passes them. */
export const parts = ['address', 'proxy', 'api-server', 'etcd'] as const;
export type Part = (typeof parts)[number];

/** What of the service a client could use: new connections on which a read was made that needs etcd's majority. */
export interface Usable {
  /** What was read. */
  readonly path: string;
  /** As for new connections: a read counts that was answered with 200, promptly. */
  readonly outage: Outage;
  /** The longest time in which no good answer arrived, however late the good ones were; from the injection to the healing. */
  readonly withoutGoodMs: number;
  /** Requests that failed, of those from the injection to the healing: 0 to 1. */
  readonly failedShare: number;
  /** How many bad requests were lost where, as far as their answers show it. */
  readonly blame: Readonly<Partial<Record<Part, number>>>;
}

interface Times {
  readonly injectedMs: number;
  readonly healedMs: number;
}

/** What was read on these connections, as a probe of its own. */
export function readsOf(connects: readonly ProbeSample[]): readonly ProbeSample[] {
  return connects.flatMap((sample) => (sample.read ? [{ ...sample, ...sample.read }] : []));
}

/**
 * Undefined where no reads were made.
 * @param path what was read, as the prober says
 * @param promptMs later answers are late; `Infinity` counts failures alone
 */
export function usableOf(
  connects: readonly ProbeSample[],
  path: string | undefined,
  { injectedMs, healedMs }: Times,
  ratePerSecond: number,
  promptMs = defaultPromptMs,
): Usable | undefined {
  if (path === undefined) return undefined;
  const reads = readsOf(connects);
  const during = reads.filter(({ sentMs }) => sentMs >= injectedMs && sentMs <= healedMs);
  const failed = during.filter(({ outcome }) => outcome !== 'ok').length;
  return {
    path,
    outage: outage(reads, {
      ratePerSecond: ratePerSecond / readEvery(ratePerSecond),
      injectedMs,
      toMs: healedMs,
      promptMs,
    }),
    withoutGoodMs: Math.round(longestGap(reads, injectedMs, healedMs) * 10) / 10,
    failedShare: during.length === 0 ? 0 : failed / during.length,
    blame: blameOf(connects.filter(({ sentMs }) => sentMs >= injectedMs && sentMs <= healedMs)),
  };
}

/** Between one good answer and the next, or an end of the time. */
function longestGap(reads: readonly ProbeSample[], fromMs: number, toMs: number): number {
  const good = reads
    .filter(({ outcome, doneMs }) => outcome === 'ok' && doneMs > fromMs && doneMs < toMs)
    .map(({ doneMs }) => doneMs)
    .toSorted((a, b) => a - b);
  const marks = [fromMs, ...good, toMs];
  return Math.max(...marks.slice(1).map((mark, i) => mark - (marks[i] ?? mark)));
}

function blameOf(connects: readonly ProbeSample[]): Usable['blame'] {
  const counts: Partial<Record<Part, number>> = {};
  for (const sample of connects) {
    const part = partToBlame(sample);
    if (part) counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}

/**
 * Where a request was lost, or spent most of its time where it was only late; undefined for one that was served promptly, and
 * for one that the prober lost itself.
 *
 * No TCP connection: the address. Refused, or TCP without TLS: HAProxy, which passes TLS on (an API server that hangs looks the
 * same from here). TLS without an answer, or with one that is no 200: the API server. The API server answers `/version` and not
 * the read, or says itself that it is etcd: etcd.
 */
export function partToBlame(sample: ProbeSample): Part | undefined {
  const { outcome, read, sentMs, tcpMs, tlsMs, doneMs } = sample;
  if (!read || outcome === 'local' || read.outcome === 'local') return undefined;
  if (outcome === 'refused') return 'proxy';
  if (read.outcome !== 'ok') {
    if (tcpMs === undefined) return 'address';
    if (tlsMs === undefined) return 'proxy';
    if (outcome !== 'ok') return 'api-server';
    return read.etcd === true || read.outcome === 'timeout' ? 'etcd' : 'api-server';
  }
  if (read.doneMs - sentMs <= defaultPromptMs) return undefined;
  const marks = [sentMs, tcpMs ?? sentMs, tlsMs ?? sentMs, doneMs, read.doneMs];
  const spent = parts.map((part, i) => ({ part, ms: (marks[i + 1] ?? 0) - (marks[i] ?? 0) }));
  return spent.reduce((most, one) => (one.ms > most.ms ? one : most)).part;
}
