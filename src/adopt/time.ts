/**
 * A time as HAProxy reads it: a whole number of milliseconds unless a unit follows. HAProxy manual §2.5.
 * @returns milliseconds; undefined for what is no time
 */
export function haproxyMs(text: string): number | undefined {
  const match = /^(\d+)(us|ms|s|m|h|d)?$/.exec(text);
  return match ? Number(match[1]) * (unitMs[match[2] ?? 'ms'] ?? 1) : undefined;
}

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time as keepalived reads it: seconds, with decimals. keepalived.conf(5), PARAMETER SYNTAX.
 * @returns milliseconds; undefined for what is no time
 */
export function keepalivedMs(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number((Number(text) * 1000).toPrecision(15)) : undefined;
}

/** A whole number, with a sign; undefined for everything else. */
export function integerOf(text: string): number | undefined {
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
