import type { ProbeSample, WatchEvent, WriteAudit } from './probe.ts';

/** What requests on kept connections, or writes, lost between two times. */
export interface RequestLoss {
  readonly sent: number;
  readonly failed: number;
  /** Answered, but later than a second. */
  readonly slow: number;
  readonly worstMs: number;
  /** From the first failed or slow one to the next prompt one, at most. */
  readonly stallMs: number;
}

const promptMs = 1000;

export function requestLoss(samples: readonly ProbeSample[], fromMs: number, toMs: number): RequestLoss {
  const sent = samples
    .filter(({ sentMs }) => sentMs >= fromMs && sentMs <= toMs)
    .toSorted((a, b) => a.sentMs - b.sentMs);
  let stallMs = 0;
  let since: number | undefined;
  for (const { sentMs, doneMs, outcome } of sent) {
    const good = outcome === 'ok' && doneMs - sentMs <= promptMs;
    if (!good) since ??= sentMs;
    else if (since !== undefined) {
      stallMs = Math.max(stallMs, sentMs - since);
      since = undefined;
    }
  }
  if (since !== undefined) stallMs = Math.max(stallMs, toMs - since);
  return {
    sent: sent.length,
    failed: sent.filter(({ outcome }) => outcome !== 'ok').length,
    slow: sent.filter(({ outcome, sentMs, doneMs }) => outcome === 'ok' && doneMs - sentMs > promptMs).length,
    worstMs: Math.max(0, ...sent.map(({ sentMs, doneMs }) => doneMs - sentMs)),
    stallMs,
  };
}

/** What the long-lived watch lost. */
export interface WatchLoss {
  /** How often it was cut. */
  readonly cuts: number;
  /** From the last thing that was heard before a cut to the watch being open again, at most. */
  readonly reconnectMs: number;
  /** It was not open again at the end. */
  readonly open: boolean;
  /** The longest time in which nothing was heard, while something was written many times a second. */
  readonly silenceMs: number;
}

export function watchLoss(events: readonly WatchEvent[], fromMs: number, toMs: number): WatchLoss | undefined {
  const ordered = events.toSorted((a, b) => a.atMs - b.atMs).filter(({ atMs }) => atMs <= toMs);
  if (ordered.length === 0) return undefined;
  let heardMs = ordered[0]?.atMs ?? fromMs;
  let lostSince: number | undefined;
  const loss = { cuts: 0, reconnectMs: 0, silenceMs: 0 };
  for (const { atMs, what } of ordered) {
    if (what === 'lost') {
      if (lostSince === undefined && atMs >= fromMs) loss.cuts += 1;
      lostSince ??= heardMs;
      continue;
    }
    if (lostSince !== undefined && atMs >= fromMs) loss.reconnectMs = Math.max(loss.reconnectMs, atMs - lostSince);
    lostSince = undefined;
    if (what === 'event' && atMs >= fromMs) loss.silenceMs = Math.max(loss.silenceMs, atMs - heardMs);
    heardMs = atMs;
  }
  return { ...loss, silenceMs: Math.max(loss.silenceMs, toMs - heardMs), open: lostSince === undefined };
}

/** What became of the acknowledged writes. */
export interface WriteLoss extends RequestLoss {
  readonly acknowledged: number;
  readonly lost: number;
  readonly auditFailure?: string;
}

export function writeLoss(requests: RequestLoss, { acknowledged, lost, failure }: WriteAudit): WriteLoss {
  return {
    ...requests,
    acknowledged,
    lost: lost.length,
    ...(failure === undefined ? {} : { auditFailure: failure }),
  };
}
