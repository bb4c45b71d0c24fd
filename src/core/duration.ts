import { err, ok, type Result } from './result.ts';

const unitMs = new Map(Object.entries({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }));

/**
 * Reads a duration such as `500ms`, `1.5s`, `10m` into milliseconds. A number without a unit is refused: guessing between
 * seconds and milliseconds is how outages are made.
 * @returns milliseconds, or a sentence that says what is wrong.
 */
export function parseDuration(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return err(`"${text}" is not a duration: write a number with a unit, such as 500ms, 2s or 1m`);
  const [, digits = '', unit = ''] = match;
  // 15 digits: 1.005 s is 1005 ms, not 1004.9999999999999.
  return ok(Number((Number(digits) * (unitMs.get(unit) ?? Number.NaN)).toPrecision(15)));
}

/** Formats milliseconds for people: `53 ms`, `1.6 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 10 && !Number.isInteger(ms)) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trimZeros((ms / 1000).toFixed(2))} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** Formats milliseconds as a configuration file wants them: exact, in the shortest of `ms` and `s`. */
export function durationText(ms: number): string {
  return ms % 1000 === 0 && ms > 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function trimZeros(digits: string): string {
  return digits.replace(/\.?0+$/, '');
}
