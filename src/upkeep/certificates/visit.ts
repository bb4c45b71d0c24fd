import { handVipsAway, rolloutDrain } from '../../act/rollout/handover.ts';
import { attempt, failureOf, pass, type Rollout } from '../../act/rollout/step.ts';
import type { Clock } from '../../core/clock.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { electionGate, holderGate, serversGate } from '../../judge/gate.ts';
import { lookAtMachines } from '../../up/look.ts';
import { knownViews, serves } from '../../up/plan.ts';
import { lookAtEtcd } from '../etcd/look.ts';
import { renewalFile } from '../../node/paths.ts';
import { bringBack, takeOut } from '../away.ts';
import { kubeletAway, kubeletHome } from '../kubelet.ts';
import { letAnotherLead } from '../leader.ts';
import { until } from '../until.ts';
import { beginCommand, endCommand, renewCommand, restartCommand } from './commands.ts';
import { restartedPods, type RestartedPod } from './model.ts';
import type { RenewalVisit } from './plan.ts';

export interface Renewing {
  readonly rollout: Rollout;
  readonly clock: Clock;
  readonly hosts: readonly Host[];
}

/** What is in flight when HAProxy is told to send nothing more has ended by then. */
const inFlightMs = 1000;

/**
 * One node: its VIPs go and no HAProxy sends its API server anything, then kubeadm renews, then each static pod is restarted and
 * waited for, then all of it comes back. A visit that was killed is gone through again; what the node remembers is left out.
 */
export async function visit(renewing: Renewing, { node, done }: RenewalVisit): Promise<readonly Finding[]> {
  const { rollout, clock } = renewing;
  const { spec, owner } = rollout;
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  const lever = rolloutDrain(rollout);
  const alone = spec.nodes.length === 1;
  const begun = await step(rollout, node, beginCommand(owner.token));
  if (begun.length > 0) return begun;
  if (!alone) {
    const untold = await takeOut(rollout, node);
    if (untold.length > 0) return untold;
    const stuck = await handVipsAway(rollout, { node, vips, lever, failure: 'drain-failed' });
    if (stuck.length > 0) return stuck;
    const stays = await step(rollout, node, kubeletAway(owner.token, renewalFile));
    if (stays.length > 0) return stays;
    await clock.sleep(inFlightMs);
  }
  const renewed = done.includes('renewed') ? [] : await step(rollout, node, renewCommand(owner.token));
  if (renewed.length > 0) return renewed;
  for (const pod of restartedPods) {
    const problems = done.includes(pod) ? [] : await restart(renewing, node, pod);
    if (problems.length > 0) return problems;
  }
  const unready = await until(rollout, clock, `the API server of ${node} answers`, async () =>
    silentServers(renewing, [node]),
  );
  if (unready.length > 0) return failed(unready, node);
  const back = [
    ...(alone ? [] : await step(rollout, node, kubeletHome(owner.token, renewalFile))),
    ...(alone ? [] : await bringBack(rollout, node)),
    ...failureOf(await attempt(rollout, node, lever.letGo), 'undrain-failed'),
  ];
  if (back.length > 0) return back;
  const gates = [
    ...spec.nodes.map(({ name }) => serversGate(spec, name)),
    electionGate(spec, node),
    ...vips.map((vip) => holderGate(vip)),
  ];
  const late = await pass(rollout, node, gates, 60_000);
  return late.length > 0 ? late : step(rollout, node, endCommand(owner.token));
}

async function step(
  rollout: Rollout,
  node: string,
  command: Parameters<typeof attempt>[2],
): Promise<readonly Finding[]> {
  return failureOf(
    await attempt(rollout, node, command),
    'certificates-renew-failed',
    'Fix the cause and run it again: it goes on where it stopped.',
  );
}

async function restart(renewing: Renewing, node: string, pod: RestartedPod): Promise<readonly Finding[]> {
  const { rollout, clock, hosts } = renewing;
  const { spec, owner } = rollout;
  const others = spec.nodes.map(({ name }) => name).filter((name) => name !== node);
  // With another member away, this one's restart could end the majority.
  const ill = await until(rollout, clock, 'all other nodes are well', async () => [
    ...(await silentMembers(renewing, others)),
    ...(await silentServers(renewing, others)),
  ]);
  if (ill.length > 0) return failed(ill, node);
  const own = (await lookAtEtcd(spec, hosts)).find((view) => view.node === node)?.seen;
  if (pod === 'etcd') await letAnotherLead(rollout, node);
  const restarted = await step(
    rollout,
    node,
    restartCommand(owner.token, pod, (own?.known ? own.value.manifest?.dataDir : undefined) ?? '/var/lib/etcd'),
  );
  if (restarted.length > 0 || pod !== 'etcd') return restarted;
  return failed(
    await until(rollout, clock, `the etcd member of ${node} answers`, async () => silentMembers(renewing, [node])),
    node,
  );
}

async function silentMembers({ rollout, hosts }: Renewing, names: readonly string[]): Promise<readonly string[]> {
  const views = await lookAtEtcd(rollout.spec, hosts);
  return names.filter((name) =>
    views.every(({ node, seen }) => node !== name || !seen.known || !seen.value.status.known),
  );
}

async function silentServers({ rollout, hosts }: Renewing, names: readonly string[]): Promise<readonly string[]> {
  const views = knownViews(await lookAtMachines({ ...rollout.spec, workers: [] }, hosts));
  return names.filter((name) => !views.some((view) => view.node === name && serves(view)));
}

function failed(waits: readonly string[], node: string): readonly Finding[] {
  return waits.map((message) => ({
    rule: 'certificates-renew-failed',
    severity: 'error',
    node,
    message,
    suggestion:
      'On the node that is named: journalctl -u kubelet -n 50. Then run it again: it goes on where it stopped.',
  }));
}
