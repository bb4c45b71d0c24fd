/**
 * A lever is a file that keepalived tracks: it reads a leading number (strtol) and ignores the rest. Not 0 = the node gives
 * its VIPs up; what follows says who pulled it and why.
 */
export const leverOff = '0';

export function leverOn(reason: string): string {
  return `1 ${reason}`;
}

/** True when keepalived takes the text for a reason to give VIPs up. */
export function isPulled(text: string | undefined): boolean {
  return Number.parseInt(text ?? '', 10) > 0;
}

/** Who pulled it and why; empty for a lever that is not pulled or says nothing. */
export function leverReason(text: string | undefined): string {
  return isPulled(text) ? (text ?? '').trim().replace(/^\d+\s*/, '') : '';
}

/** Begins the reason of a drain that is part of a rollout, so that an interrupted one can be told from maintenance. */
export const rolloutReason = 'apply';

/** A rollout's own drain that is still in force: left by one that was interrupted. */
export function isRolloutDrain(text: string | undefined): boolean {
  return leverReason(text).startsWith(rolloutReason);
}
