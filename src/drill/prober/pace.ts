import { monotonicMs, type ProbeKind, type ProbeSample } from '../measure/probe.ts';
import { dueEnd, dueMs, mostInFlight } from './schedule.ts';

/** What one probe found; the pace adds its kind, place and lateness. */
export type ProbeAnswer = Omit<ProbeSample, 'kind' | 'index' | 'latenessMs'>;

export interface PaceOptions {
  readonly kind: ProbeKind;
  readonly ratePerSecond: number;
  readonly originMs: number;
  readonly timeoutMs: number;
  readonly probe: (index: number) => Promise<ProbeAnswer>;
  readonly onSample: (sample: ProbeSample) => void;
}

export interface Pace {
  /** Probes that were due so far. */
  sent(): number;
  worstLatenessMs(): number;
  /** Sends no more, and waits for the probes in flight. */
  stop(): Promise<void>;
}

/** Sends probes on an absolute schedule, whatever becomes of the earlier ones: no coordinated omission. */
export function startPace({ kind, ratePerSecond, originMs, timeoutMs, probe, onSample }: PaceOptions): Pace {
  const limit = mostInFlight(ratePerSecond, timeoutMs);
  let next = 0;
  let inFlight = 0;
  let worst = 0;
  let idle: (() => void) | undefined;

  const send = (index: number): void => {
    const nowMs = monotonicMs();
    const latenessMs = nowMs - dueMs(originMs, ratePerSecond, index);
    worst = Math.max(worst, latenessMs);
    if (inFlight >= limit) {
      onSample({ kind, index, sentMs: nowMs, doneMs: nowMs, outcome: 'local', latenessMs });
      return;
    }
    inFlight += 1;
    void probe(index).then((answer) => {
      inFlight -= 1;
      onSample({ kind, index, ...answer, latenessMs });
      if (inFlight === 0) idle?.();
    });
  };
  const tick = (): void => {
    const end = dueEnd(originMs, ratePerSecond, next, monotonicMs());
    while (next < end) send(next++);
    timer = setTimeout(tick, Math.max(0, Math.ceil(dueMs(originMs, ratePerSecond, next) - monotonicMs())));
  };
  let timer = setTimeout(tick, 0);

  return {
    sent: () => next,
    worstLatenessMs: () => worst,
    stop: async () => {
      clearTimeout(timer);
      if (inFlight > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };
}
