import { servesMs, type CheckTimers, type MemberTimers, type ScriptTimers } from '../cluster/timers.ts';
import type { Allowances } from './allowances.ts';
import { fixed, term, times, type Term } from './terms.ts';

/** The timers that decide when a silent API server is out; others may be there. */
type DownCheck = Pick<CheckTimers, 'interMs' | 'fastInterMs' | 'fall' | 'connectMs' | 'answerMs'> &
  Partial<CheckTimers>;

/**
 * Until HAProxy has marked a silent API server down. TCP and TLS of a check are bounded by min(inter, timeout connect); the
 * next check begins `inter` after the last one's end, and `fastinter` after a failed one's. A check that was already
 * past TLS waits for the answer instead, which may be the longer. HAProxy manual: `timeout check`, `fastinter`.
 */
export function apiServerDownTerms(check: DownCheck): Term[] {
  const tryMs = Math.min(check.interMs, check.connectMs);
  const repeats = repeatTerms(check.fall, check.fastInterMs, tryMs);
  return check.answerMs > check.interMs + tryMs
    ? [{ ...fixed('answer', check.answerMs), lowerMs: tryMs }, ...repeats]
    : [{ ...fixed('inter', check.interMs), lowerMs: 0 }, fixed('connect', tryMs), ...repeats];
}

/** Until a silent API server gets no new connections: its checks have found it out, and HAProxy has asked itself (`servesMs`). */
export function avoidedTerms(check: DownCheck): Term[] {
  return [...apiServerDownTerms(check), { ...fixed('taken out', servesMs), lowerMs: 0 }];
}

/** Until HAProxy has marked a peer down that no longer answers anything (fencing). */
export function memberDownTerms({ interMs, fastInterMs, fall, connectMs }: MemberTimers): Term[] {
  const tryMs = Math.min(interMs, connectMs);
  return [
    { ...fixed('inter', interMs), lowerMs: 0 },
    fixed('connect', tryMs),
    ...repeatTerms(fall, fastInterMs, tryMs),
  ];
}

function repeatTerms(fall: number, fastInterMs: number, tryMs: number): Term[] {
  return fall > 1 ? [times('fastinter', fall - 1, fastInterMs), times('connect', fall - 1, tryMs)] : [];
}

/** Until keepalived's check script has failed `fall` times on a HAProxy that hangs: every try runs into its timeout. */
export function hungScriptTerms(script: ScriptTimers, { scriptRun }: Allowances): Term[] {
  const triesMs = script.tries * script.tryTimeoutMs;
  const run = term('script', scriptRun);
  // keepalived ends a run at its timeout, whatever its tries would still do.
  const tries =
    script.timeoutMs < triesMs
      ? [fixed('script timeout', script.timeoutMs)]
      : [times('tries', script.tries, script.tryTimeoutMs)];
  return [...waitTerms(script, Math.min(triesMs + scriptRun.upperMs, script.timeoutMs)), ...tries, run];
}

/** Until keepalived's check script has failed `fall` times on a HAProxy that answers "isolated" at once, and on silent peers. */
export function isolatedScriptTerms(script: ScriptTimers, { scriptRun, peerAsk }: Allowances): Term[] {
  return [
    ...waitTerms(script, Math.min(scriptRun.upperMs + peerAsk.upperMs, script.timeoutMs)),
    term('script', { lowerMs: 0, upperMs: scriptRun.upperMs }),
    term('asking peers', peerAsk),
  ];
}

/**
 * Until the ask that sees the fault begins, and from it to the run that makes `fall` failures. A run that is still going when
 * the next is due makes keepalived skip that one.
 */
function waitTerms({ intervalMs, asks, askEveryMs, fall }: ScriptTimers, runMs: number): Term[] {
  const periodMs = intervalMs * Math.max(1, Math.ceil(runMs / intervalMs));
  // The longest pause is the one from the last ask of a run to the next run, where a run does not end with the interval.
  const pauseMs = Math.max(intervalMs - (asks - 1) * askEveryMs, asks > 1 ? askEveryMs : 0);
  const first = { ...fixed(asks > 1 ? 'pause' : 'interval', pauseMs), lowerMs: 0 };
  return fall > 1 ? [first, times('intervals', fall - 1, periodMs)] : [first];
}
