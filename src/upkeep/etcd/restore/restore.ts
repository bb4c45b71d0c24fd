import { ended, endedBy, type Ended, type Outcome } from '../../../act/outcome.ts';
import { attempt, failureOf, pass, type Rollout } from '../../../act/rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../../../act/session.ts';
import type { ClusterSpec } from '../../../cluster/spec.ts';
import { systemClock, type Clock } from '../../../core/clock.ts';
import { hasErrors, type Finding } from '../../../core/finding.ts';
import { serversGate } from '../../../judge/gate.ts';
import { sha256 } from '../../../render/render.ts';
import { lookAtMachines } from '../../../up/look.ts';
import { knownViews, serves } from '../../../up/plan.ts';
import { until } from '../../until.ts';
import { lookAtEtcd } from '../look.ts';
import type { SnapshotStatus } from '../model.ts';
import { send, type Pieces } from '../transfer.ts';
import { bumpRevisions, restoreCommand } from './commands.ts';
import { planRestore, type RestorePlan, type RestoreStep } from './plan.ts';

export interface RestoreOptions extends ActOptions {
  readonly snapshot: Pieces;
  /** SHA-256 of the whole file. */
  readonly sha256: string;
  /** When it was taken, in milliseconds since the epoch; undefined where nobody knows. */
  readonly takenMs?: number | undefined;
  /** Also where this snapshot is the one that was restored last. */
  readonly again: boolean;
  /** Asked with what is to be done before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>;
}

/** What a restore has cost; undefined where this run did not see it. */
export interface RestoreMeasured {
  readonly status: SnapshotStatus | undefined;
  /** Revisions of etcd after the snapshot, which are gone. */
  readonly lostRevisions: number | undefined;
  /** RPO: from the snapshot to the moment when no API server took writes any more. */
  readonly lostMs: number | undefined;
  /** RTO: from when the first API server was told to stop to when all served again. */
  readonly outageMs: number | undefined;
}

export interface Restored extends Outcome<RestorePlan> {
  readonly measured: RestoreMeasured;
}

/**
 * Gives all members the data of one snapshot, as etcd and Kubernetes document it: every API server and every member stops before
 * the first starts with the restored data, as a member of a new cluster. What was there is put aside on the node and stays.
 * Running it again after an interruption anywhere finishes it.
 */
export async function restoreEtcd(spec: ClusterSpec, options: RestoreOptions): Promise<Restored> {
  const seen: { -readonly [Key in keyof RestoreMeasured]: RestoreMeasured[Key] } = {
    status: undefined,
    lostRevisions: undefined,
    lostMs: undefined,
    outageMs: undefined,
  };
  const outcome = await underLock<RestorePlan>(options.hosts, { verb: 'restore' }, options, async ({ owner }) => {
    const { clock = systemClock } = options;
    const rollout = rolloutOf(spec, options, owner);
    const fresh = {
      id: `${rollout.stamp}-${sha256(`${owner.token} ${options.sha256}`).slice(0, 8)}`,
      sha256: options.sha256,
    };
    const { plan, findings } = planRestore(spec, await lookAtEtcd(spec, options.hosts), {
      fresh,
      again: options.again,
    });
    if (!plan || hasErrors(findings)) return ended('failed', plan, findings);
    if (plan.steps.length === 0) return ended('unchanged', plan, findings);
    if (!(await options.confirm(plan))) return ended('declined', plan, findings);
    return carryOut({ rollout, clock, plan, options, seen });
  });
  return { ...outcome, measured: seen };
}

interface Restoring {
  readonly rollout: Rollout;
  readonly clock: Clock;
  readonly plan: RestorePlan;
  readonly options: RestoreOptions;
  readonly seen: { -readonly [Key in keyof RestoreMeasured]: RestoreMeasured[Key] };
}

/** Each step on all nodes before the next one; a node that fails stops it there. */
async function carryOut(restoring: Restoring): Promise<Ended<RestorePlan>> {
  const { rollout, clock, plan, seen } = restoring;
  const stops = plan.steps.find(({ step }) => step === 'stop-api');
  let stoppedMs: number | undefined;
  for (const { step, nodes } of plan.steps) {
    if (step === 'stop-api') {
      // From here on the next safe point is the end.
      if (rollout.signal.aborted) return ended('failed', plan, [interrupted()]);
      if (stops?.nodes.length === plan.members.length) stoppedMs = clock.monotonicMs();
    }
    if (step === 'stop-etcd') await measureLoss(restoring);
    const problems = (await Promise.all(nodes.map(async (node) => stepOn(restoring, node, step)))).flat();
    if (problems.length > 0) return ended('failed', plan, problems);
    const waits = await gateAfter(restoring, step);
    if (waits.length > 0) return ended('failed', plan, waits);
    if (step === 'start-api' && stoppedMs !== undefined) seen.outageMs = clock.monotonicMs() - stoppedMs;
  }
  const { spec } = rollout;
  const gates = spec.nodes.map(({ name }) => serversGate(spec, name));
  return endedBy(plan, await pass(rollout, 'cluster', gates, 60_000));
}

async function stepOn(
  { rollout, plan, options }: Restoring,
  node: string,
  step: RestoreStep,
): Promise<readonly Finding[]> {
  const member = plan.members.find((each) => each.node === node);
  if (!member) return [];
  if (step === 'prepare') {
    const sent = await send(rollout.hostOf(node), plan.about.id, options.snapshot);
    if (!sent.ok)
      return [
        {
          rule: 'etcd-restore-failed',
          severity: 'error',
          node,
          message: `the snapshot could not be copied there: ${sent.error}`,
        },
      ];
  }
  return failureOf(
    await attempt(rollout, node, restoreCommand(rollout.owner.token, plan, member, step)),
    'etcd-restore-failed',
    'Fix the cause, and run it again with the same snapshot: it goes on where it stopped.',
  );
}

/** No API server takes writes any more, and etcd still says how many there were. */
async function measureLoss({ rollout, clock, options, seen }: Restoring): Promise<void> {
  const views = await lookAtEtcd(rollout.spec, options.hosts);
  const known = views.flatMap((view) => (view.seen.known ? [view.seen.value] : []));
  const revisions = known.flatMap(({ status }) => (status.known ? [status.value.revision] : []));
  seen.status = known.find(({ restore }) => restore?.status)?.restore?.status;
  if (options.takenMs !== undefined) seen.lostMs = clock.epochMs() - options.takenMs;
  if (revisions.length === 0 || !seen.status) return;
  const lost = Math.max(...revisions) - seen.status.revision;
  // More are no writes: the snapshot is from before another restore, which left so many out.
  if (lost >= 0 && lost < bumpRevisions) seen.lostRevisions = lost;
}

async function gateAfter({ rollout, clock, options }: Restoring, step: RestoreStep): Promise<readonly Finding[]> {
  const { spec } = rollout;
  if (step === 'start-etcd')
    return notInTime(
      await until(rollout, clock, 'every etcd member answers', async () => {
        const views = await lookAtEtcd(spec, options.hosts);
        return views.filter(({ seen }) => !seen.known || !seen.value.status.known).map(({ node }) => node);
      }),
    );
  if (step !== 'start-api') return [];
  return notInTime(
    await until(rollout, clock, 'every API server answers', async () => {
      const views = knownViews(await lookAtMachines({ ...spec, workers: [] }, options.hosts));
      const names = spec.nodes.map(({ name }) => name);
      return names.filter((name) => !views.some((view) => view.node === name && serves(view)));
    }),
  );
}

function notInTime(waits: readonly string[]): readonly Finding[] {
  return waits.map((message) => ({
    rule: 'etcd-restore-failed',
    severity: 'error',
    message,
    suggestion: 'On the node: journalctl -u kubelet -n 50. Then run it again: it goes on where it stopped.',
  }));
}

function interrupted(): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: 'stopped before anything was; run it again to go on',
  };
}
