import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { succeeded, type Command, type CommandResult } from '../../core/command.ts';
import type { Finding, FindingId } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { complaint, managers } from '../../node/packages/index.ts';
import { guardExit } from '../../node/lock.ts';
import type { Gate, GateResult } from '../../judge/gate.ts';
import type { LockOwner } from '../../cluster/lock.ts';

/** What a rollout works with. */
export interface Rollout {
  readonly spec: ClusterSpec;
  readonly owner: LockOwner;
  /** Names the file set that is kept for a rollback; sorts by time. */
  readonly stamp: string;
  /** Aborted by Ctrl-C: the rollout stops at the next safe point. */
  readonly signal: AbortSignal;
  readonly hostOf: (node: string) => Host;
  readonly look: () => Promise<ClusterState>;
  readonly gates: (node: string, gates: readonly Gate[], timeoutMs: number) => Promise<readonly GateResult[]>;
  readonly onEvent: (event: RolloutEvent) => void;
}

/** What a rollout tells while it goes on. */
export interface RolloutEvent {
  readonly node: string;
  /** What is done, or the gate that is waited for. */
  readonly what: string;
  readonly kind: 'begin' | 'done' | 'failed' | 'gate-passed' | 'gate-failed';
  readonly detail?: string;
  readonly tookMs?: number;
}

export type StepOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly node: string;
      readonly step: string;
      readonly error: string;
      readonly suggestion?: string;
    };

/** Runs one step on one node and tells of it. */
export async function attempt(rollout: Rollout, node: string, command: Command): Promise<StepOutcome> {
  rollout.onEvent({ node, what: command.summary, kind: 'begin' });
  const result = await rollout.hostOf(node).run(command);
  if (succeeded(result)) {
    rollout.onEvent({ node, what: command.summary, kind: 'done' });
    return { ok: true };
  }
  const { error, suggestion } = explain(result);
  rollout.onEvent({ node, what: command.summary, kind: 'failed', detail: error });
  return { ok: false, node, step: command.summary, error, ...(suggestion !== undefined && { suggestion }) };
}

/** A page of what a program complained of: its end says why it failed. */
const mostSaid = 4000;

/** Turns what a node printed into what an operator can act on. */
export function explain(result: CommandResult): { error: string; suggestion?: string } {
  if (result.failure)
    return {
      error: result.failure.message,
      ...(result.failure.suggestion !== undefined && { suggestion: result.failure.suggestion }),
    };
  const said = `${result.stderr.slice(-mostSaid)}\n${result.stdout.slice(-mostSaid)}`.trim();
  const error = said === '' ? `it ended with ${result.rc} and said nothing` : said;
  if (result.rc === guardExit.lockLost)
    return { error, suggestion: 'Another operator broke the lock. Ask them, then run it again.' };
  if (result.rc === guardExit.lockGone)
    return {
      error,
      suggestion: 'The node was restarted, or its lock was removed by hand: see why, then run it again.',
    };
  if (/No space left on device/i.test(said))
    return { error, suggestion: 'The disk is full: free some space on the node, then run it again.' };
  if (/Read-only file system/i.test(said))
    return { error, suggestion: 'Remount the file system writable (mount -o remount,rw /), then run it again.' };
  const complains = complaint(said);
  if (complains?.about === 'locked')
    return { error, suggestion: `Another ${complains.name} runs on the node: wait for it, then run it again.` };
  if (complains)
    return {
      error,
      suggestion: ['The node cannot get packages: give it a package source, or install them by hand.']
        .concat(managers[complains.name].byHand.sources ?? [])
        .join(' '),
    };
  return { error };
}

/** A step that failed, as a finding; none for one that went well. */
export function failureOf(outcome: StepOutcome, rule: FindingId, suggestion?: string): readonly Finding[] {
  return outcome.ok
    ? []
    : [
        {
          rule,
          severity: 'error',
          node: outcome.node,
          message: `${outcome.step} failed: ${outcome.error}`,
          ...((outcome.suggestion ?? suggestion) !== undefined && {
            suggestion: outcome.suggestion ?? suggestion ?? '',
          }),
        },
      ];
}

/** How long a node may take to be as it should be; keepalived's startup delay and HAProxy's checks are within it. */
const gateTimeoutMs = 20_000;

/** Waits for gates and tells of them. @returns a finding for each that did not come true in time */
export async function pass(
  rollout: Rollout,
  node: string,
  gates: readonly Gate[],
  timeoutMs = gateTimeoutMs,
): Promise<readonly Finding[]> {
  const results = await rollout.gates(node, gates, timeoutMs);
  return results
    .filter(({ passed }) => !passed)
    .map(({ sentence, lastError }) => ({
      rule: 'gate-failed',
      severity: 'error' as const,
      node,
      message: `not true within ${timeoutMs / 1000} s: ${sentence}: ${lastError}`,
      suggestion: `See the journal: journalctl -u k8s-ha-haproxy -u k8s-ha-keepalived -n 50`,
    }));
}
