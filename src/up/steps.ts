import { randomBytes } from 'node:crypto';
import { attempt, failureOf, type Rollout } from '../act/rollout/step.ts';
import type { ClusterSpec, MachineSpec } from '../cluster/spec.ts';
import { succeeded, type Command } from '../core/command.ts';
import type { Clock } from '../core/clock.ts';
import type { Finding } from '../core/finding.ts';
import { kubeadmConfig } from '../render/kubeadm.ts';
import { readJoinValue } from '../render/kubeadm-join.ts';
import { beginCommand, credentialsCommand, forgetCommand, resetCommand } from './commands.ts';
import { kubeadmEnd } from './kubeadm-end.ts';
import type { Balancer, Leaver, UpStep } from './model.ts';
import { serves, type Known } from './plan.ts';

/** What the steps work with. */
export interface Making {
  readonly rollout: Rollout;
  readonly clock: Clock;
  /** What the machines said before this step. */
  readonly views: readonly Known[];
  readonly leavers: readonly Leaver[];
  readonly balancers: readonly Balancer[];
  /** Locks the machine of a node that leaves, whose lock went with what was removed. */
  readonly lockAgain: () => Promise<readonly Finding[]>;
  /** Looks and plans again in the middle of a step. */
  readonly plan: () => Promise<{ readonly balancers: readonly Balancer[] }>;
}

const everyMs = 500;

/** Makes the cluster, with the endpoint as its address. */
export async function init(making: Making, { node = '' }: UpStep): Promise<readonly Finding[]> {
  const { rollout, views } = making;
  const { spec } = rollout;
  const first = spec.nodes.find(({ name }) => name === node);
  if (!first) return [];
  const version = views.find((view) => view.node === node)?.seen.version;
  const config = kubeadmConfig(spec, first, {
    made: true,
    ...(version !== undefined && { version }),
    // kubeadm would make one that lasts a day.
    bootstrapToken: { token: newToken(), ttl: '15m' },
  });
  return begin(making, node, beginCommand(rollout.owner.token, 'init', config));
}

/** Six characters, a dot and sixteen, as kubeadm's tokens are. */
function newToken(): string {
  return `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;
}

/** Adds a machine to the cluster, with a token that is made for it by a node that serves. */
export async function join(making: Making, { node = '', role }: UpStep): Promise<readonly Finding[]> {
  const { rollout, views } = making;
  const { spec, owner } = rollout;
  const machine = machineOf(spec, node);
  const source = views.find(serves);
  const caHash = source?.seen.joined?.caHash;
  const from = source && spec.nodes.find(({ name }) => name === source.node);
  if (!machine || !from || caHash === undefined) return [nobodyServes(node)];
  const certificateKey = role === 'control-plane' ? randomBytes(32).toString('hex') : undefined;
  const upload =
    certificateKey === undefined
      ? undefined
      : kubeadmConfig(spec, from, { certificateKey, ...(source.seen.version && { version: source.seen.version }) });
  const made = await rollout.hostOf(from.name).run(credentialsCommand(owner.token, upload));
  const token = readJoinValue('token', made.stdout);
  if (!succeeded(made) || !token.ok)
    return [
      {
        rule: 'no-join-token',
        severity: 'error',
        node: from.name,
        message: `no token could be made for ${node}: ${made.failure?.message ?? (made.stderr.trim() || 'kubeadm printed none')}`,
        suggestion: 'Nothing was changed on the machine that was to join. Fix the cause and run it again.',
      },
    ];
  const credentials = {
    token: token.value,
    caCertHashes: [caHash],
    ...(certificateKey !== undefined && { certificateKey }),
  };
  const config = kubeadmConfig(spec, machine, {
    kind: role === 'worker' ? 'join-worker' : 'join',
    made: true,
    credentials,
  });
  return begin(making, node, beginCommand(owner.token, 'join', config, { worker: role === 'worker' }));
}

function machineOf({ nodes, workers }: ClusterSpec, name: string): MachineSpec | undefined {
  return [...nodes, ...workers].find((machine) => machine.name === name);
}

/** Nothing can be done to the cluster. */
export function nobodyServes(node: string): Finding {
  return {
    rule: 'not-serving',
    severity: 'error',
    node,
    message: 'nothing can be done to it: no API server of the cluster answers',
    suggestion: 'See `k8s-ha status`, and the journal of the kubelet on the control-plane nodes.',
  };
}

async function begin(making: Making, node: string, command: Command): Promise<readonly Finding[]> {
  const started = await attempt(making.rollout, node, command);
  return started.ok ? ended(making, { kind: 'wait', node }) : failureOf(started, 'kubeadm-failed');
}

/** Waits for kubeadm on a machine; it goes on when nobody waits any more. */
export async function ended(
  { rollout, clock }: Pick<Making, 'rollout' | 'clock'>,
  { node = '' }: UpStep,
): Promise<readonly Finding[]> {
  const end = await kubeadmEnd(rollout, clock, node);
  if (end.how === 'interrupted') return [leftAlone(node)];
  return end.how === 'failed' ? [kubeadmFailed(node, end.said)] : [];
}

function kubeadmFailed(node: string, said: string): Finding {
  return {
    rule: 'kubeadm-failed',
    severity: 'error',
    node,
    message: `kubeadm did not end well: ${said}`,
    reason:
      'What it changed is taken away again by the next run, before it tries again; what its preflight refuses has changed nothing.',
    suggestion: 'Fix the cause and run it again. The whole of it: journalctl -u k8s-ha-kubeadm.',
  };
}

function leftAlone(node: string): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    node,
    message: 'stopped while kubeadm is at work there, which goes on by itself; run it again to finish',
  };
}

/** Takes half a node away. Its node object goes too, where there is a cluster that knows it. */
export async function reset(making: Making, { node = '' }: UpStep): Promise<readonly Finding[]> {
  const { rollout, views } = making;
  const { spec, owner } = rollout;
  const done = await attempt(rollout, node, resetCommand(owner.token));
  if (!done.ok) return failureOf(done, 'kubeadm-failed');
  const source = views.find((view) => serves(view) && view.node !== node);
  const from = source && spec.nodes.find(({ name }) => name === source.node);
  if (!from) return [];
  return failureOf(await attempt(rollout, from.name, forgetCommand(owner.token, spec, from, node)), 'kubeadm-failed');
}

/** How long an API server may take to answer again: etcd elects, and the kubelet starts what ended. */
const servingMs = 120_000;

/** Waits until an API server that was made answers, and etcd behind it. */
export async function serving(
  { rollout, clock }: Making,
  { node = '' }: UpStep,
  look: () => Promise<readonly Known[]>,
): Promise<readonly Finding[]> {
  const beganMs = clock.monotonicMs();
  for (;;) {
    const view = (await look()).find((each) => each.node === node);
    const tookMs = clock.monotonicMs() - beganMs;
    if (view && serves(view)) {
      rollout.onEvent({ node, what: 'its API server answers', kind: 'gate-passed', tookMs });
      return [];
    }
    if (tookMs > servingMs || rollout.signal.aborted) {
      const members = view?.seen.members;
      const why = members && !members.known ? members.reason : 'it was not seen';
      rollout.onEvent({ node, what: 'its API server answers', kind: 'gate-failed', tookMs, detail: why });
      return [
        {
          rule: 'not-serving',
          severity: 'error',
          node,
          message: `its API server does not answer: ${why}`,
          suggestion: 'On the node: journalctl -u kubelet -n 50.',
        },
      ];
    }
    await clock.sleep(everyMs);
  }
}
