import type { Finding } from '../../core/finding.ts';
import type { Result } from '../../core/result.ts';
import { isInconclusive, lateBeforeText, type DrillResult, type Measured } from '../result.ts';

export interface AttemptsOptions {
  /** How often an invalid measurement is made again; each time breaks the same thing again. */
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly onResult: (result: DrillResult) => void;
  /** Told before the same is broken again. */
  readonly onRetry: (what: string) => void;
}

/**
 * Measures a drill, and again while nothing but the measurement was bad. What went wrong in the cluster is never made up for
 * by another attempt. Every attempt is handed on; the last one counts. Returns why an attempt could not be made.
 */
export async function attempts(
  measure: () => Promise<Result<Measured, readonly Finding[]>>,
  { retries, signal, onResult, onRetry }: AttemptsOptions,
): Promise<readonly Finding[]> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const measured = await measure();
    if (!measured.ok) return measured.error;
    const result = { ...measured.value, attempt };
    onResult(result);
    if (attempt > retries || !isInconclusive(result)) break;
    if (!signal.aborted) onRetry(`${result.fault} is measured again: ${why(result)} (retry ${attempt} of ${retries})`);
  }
  return [];
}

function why({ outage, holders, verdict, lateBefore }: DrillResult): string {
  if (outage.invalidReason !== undefined) return outage.invalidReason;
  if (verdict === 'invalid' && lateBefore) return lateBeforeText(lateBefore);
  return `what ${Object.keys(holders.unknown).join(', ')} held is unknown`;
}
