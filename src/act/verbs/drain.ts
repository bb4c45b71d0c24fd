import type { ClusterSpec } from '../../cluster/spec.ts';
import type { LeverPull } from '../../cluster/state.ts';
import { fails, holds } from '../../core/answer.ts';
import { quote, script, type Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { electionGate, holderGate, type LiveGate } from '../../judge/gate.ts';
import { tellServer } from '../rollout/commands/servers.ts';
import { intent } from '../../node/intent.ts';
import { leverText } from '../../node/lever.ts';
import { paths } from '../../node/paths.ts';
import { ended, endedBy, type Ended, type Outcome } from '../outcome.ts';
import { guarded } from '../rollout/commands/guarded.ts';
import { handVipsAway } from '../rollout/handover.ts';
import { attempt, failureOf, pass, type Rollout } from '../rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../session.ts';

export interface DrainOptions extends ActOptions {
  /** Why: shown by `status`, with who drained it, until the drain ends. */
  readonly reason: string;
  /** How long to wait for the connections to the node's API server; watches do not end by themselves. */
  readonly sessionsMs: number;
}

/**
 * Prepares a node for maintenance: the VIPs go first, then it gets no new connections, then it waits for those that are left.
 * Refuses when no other node could take the VIPs over, and ends the drain again when none did.
 */
export async function drain(spec: ClusterSpec, node: string, options: DrainOptions): Promise<Outcome<string>> {
  return underLock(options.hosts, { verb: 'drain', node }, options, async ({ owner }) =>
    drainNode(rolloutOf(spec, options, owner), node, options),
  );
}

/** Ends a drain: connections come again, and the node is ready for VIPs. Harmless for a node that is not drained. */
export async function undrain(
  spec: ClusterSpec,
  node: string,
  options: Omit<DrainOptions, 'reason' | 'sessionsMs'>,
): Promise<Outcome<string>> {
  return underLock(options.hosts, { verb: 'undrain', node }, options, async ({ owner }) =>
    undrainNode(rolloutOf(spec, options, owner), node),
  );
}

async function drainNode(
  rollout: Rollout,
  node: string,
  { reason, sessionsMs }: Pick<DrainOptions, 'reason' | 'sessionsMs'>,
): Promise<Ended<string>> {
  const { spec, owner } = rollout;
  const before = await rollout.look();
  const others = spec.nodes.filter(({ name }) => name !== node && electionGate(spec, name).check(before).is === 'true');
  if (others.length === 0) return ended('failed', node, [nobodyElse(node)]);
  const stuck = await handVipsAway(rollout, {
    node,
    vips: spec.endpoint.virtualIPs.map(({ address }) => address),
    lever: {
      pull: maintenance(owner.token, { by: 'operator', name: owner.owner, reason }),
      letGo: maintenance(owner.token, undefined),
    },
    failure: 'drain-failed',
  });
  if (stuck.length > 0) return ended('failed', node, stuck);
  const told = await everywhere(rollout, setServer(node, 'drain'));
  // What is still connected is told by the gate, and is no reason to fail: watches do not end by themselves.
  await pass(rollout, node, [quietGate(node)], sessionsMs);
  return endedBy(node, told);
}

async function undrainNode(rollout: Rollout, node: string): Promise<Ended<string>> {
  const { spec, owner } = rollout;
  const undrained = await attempt(rollout, node, maintenance(owner.token, undefined));
  if (!undrained.ok) return ended('failed', node, failureOf(undrained, 'undrain-failed'));
  const told = await everywhere(rollout, setServer(node, 'ready'));
  const gates = [electionGate(spec, node), ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address))];
  return endedBy(node, [...told, ...(await pass(rollout, node, gates))]);
}

function nobodyElse(node: string): Finding {
  return {
    rule: 'nobody-else',
    severity: 'error',
    node,
    message: `no other node could take the VIPs over, so ${node} is not drained`,
    suggestion: 'See why with `k8s-ha status`, and fix that first.',
  };
}

/** Kept where a reboot does not take it, and read again when keepalived starts. */
function maintenance(token: string, pull: LeverPull | undefined): Command {
  return guarded(
    pull ? 'move the VIPs away' : 'end the drain',
    token,
    { kind: 'maintenance', pull },
    `mkdir -p ${paths.history}
for file in ${paths.drainKept} ${paths.drain}; do printf '%s\\n' ${quote(leverText(pull))} >$file.new && mv -f $file.new $file; done
${pull ? '' : `rm -f ${paths.drainKept}`}`,
  );
}

/** One HAProxy sends the node's API server no new connections, or does again. */
function setServer(node: string, state: 'drain' | 'ready'): Command {
  return script(
    `${state === 'drain' ? 'send no new connections' : 'send connections again'} to the API server of ${node}`,
    tellServer(node, state),
    { intent: intent({ kind: 'server', server: node, state }) },
  );
}

export function quietGate(node: string): LiveGate {
  return {
    sentence: `nothing is connected to the API server of ${node}`,
    check: (state) => {
      const sessions = sessionsOf(state, node);
      return sessions === 0 ? holds : fails(`${sessions} connections are left`);
    },
  };
}

function sessionsOf(state: Parameters<LiveGate['check']>[0], node: string): number {
  return state.nodes
    .flatMap(({ seen }) => (seen.known && seen.value.servers.known ? seen.value.servers.value : []))
    .filter(({ server }) => server === node)
    .reduce((sum, { sessions }) => sum + sessions, 0);
}

async function everywhere(rollout: Rollout, command: Command): Promise<readonly Finding[]> {
  const outcomes = await Promise.all(rollout.spec.nodes.map(async ({ name }) => attempt(rollout, name, command)));
  return outcomes.flatMap((outcome) => failureOf(outcome, 'haproxy-not-told'));
}
