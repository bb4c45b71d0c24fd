import type { ProbeSample, ProbeSummary, WatchEvent, WriteAudit } from '../measure/probe.ts';
import type { RegisterOp } from '../measure/register.ts';
import { parseProbeMessage } from './message.ts';

export interface ProbeResult {
  readonly samples: readonly ProbeSample[];
  readonly watch: readonly WatchEvent[];
  /** Empty where nobody worked on a register. */
  readonly register: readonly RegisterOp[];
  /** Absent where nothing was written. */
  readonly audit?: WriteAudit;
  readonly summary?: ProbeSummary;
  /** Why there is no summary: the prober ended by itself or was killed. */
  readonly failure?: string;
}

/** What a prober told so far. */
export interface Collector {
  /** What it found, in the order of the answers, and what became of the watch. They grow. */
  readonly seen: { readonly samples: readonly ProbeSample[]; readonly watch: readonly WatchEvent[] };
  /** Takes one line of the prober's output. The one that says when probe 0 is due, on the monotonic clock, is also told. */
  take(line: string, onReady?: (originMs: number) => void): void;
  /** What it complained of, also outside of its lines. */
  complain(text: string): void;
  why(end: string): string;
  /** Everything, once the prober has ended; `end` says how. */
  result(end: string): ProbeResult;
}

const longestComplaint = 2000;

/** Puts a prober's lines together, whatever writes them. */
export function collector(): Collector {
  const samples: ProbeSample[] = [];
  const watch: WatchEvent[] = [];
  const register: RegisterOp[] = [];
  let audit: WriteAudit | undefined;
  let summary: ProbeSummary | undefined;
  let complaint = '';
  const why = (end: string): string => (complaint.trim() === '' ? end : `${complaint.trim()} (${end})`);
  return {
    seen: { samples, watch },
    take: (line, onReady) => {
      const message = parseProbeMessage(line);
      if (!message) complaint = line.slice(0, longestComplaint);
      else if ('samples' in message) samples.push(...message.samples);
      else if ('watch' in message) watch.push(...message.watch);
      else if ('register' in message) register.push(...message.register);
      else if ('audit' in message) audit = message.audit;
      else if ('ready' in message) onReady?.(message.monotonicOrigin);
      else if ('summary' in message) summary = message.summary;
      else complaint = message.error;
    },
    complain: (text) => void (complaint = `${complaint}${text}`.slice(-longestComplaint)),
    why,
    result: (end) => ({
      samples,
      watch,
      register,
      ...(audit ? { audit } : {}),
      ...(summary ? { summary } : { failure: `the prober stopped: ${why(end)}` }),
    }),
  };
}
