/** When probe `index` is due: an absolute schedule, so that a slow answer never delays the next question. */
export function dueMs(originMs: number, ratePerSecond: number, index: number): number {
  return originMs + (index * 1000) / ratePerSecond;
}

/** The index after the last probe that is due at `nowMs`, beginning at `next`. */
export function dueEnd(originMs: number, ratePerSecond: number, next: number, nowMs: number): number {
  if (dueMs(originMs, ratePerSecond, next) > nowMs) return next;
  const guess = Math.floor(((nowMs - originMs) * ratePerSecond) / 1000);
  // Division rounds: settle on what dueMs says.
  const last =
    dueMs(originMs, ratePerSecond, guess + 1) <= nowMs
      ? guess + 1
      : dueMs(originMs, ratePerSecond, guess) <= nowMs
        ? guess
        : guess - 1;
  return Math.max(next, last) + 1;
}

/** More probes in flight than the rate and timeout can explain come from a stalled prober: they are not sent. */
export function mostInFlight(ratePerSecond: number, timeoutMs: number): number {
  return Math.ceil((ratePerSecond * (timeoutMs + 1000)) / 1000);
}
