import { leverOff, leverOn } from '../../node/lever.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { quote, script, type Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { newLockOwner, takeLock } from '../../lock/lock.ts';
import { electionGate, holderGate, notHolderGate, successorGate, type Gate } from '../../judge/gate.ts';
import { paths } from '../../node/paths.ts';
import { rolloutOf } from './apply.ts';
import { guarded } from '../rollout/commands.ts';
import { attempt, failureOf, pass, type Rollout, type RolloutEvent } from '../rollout/step.ts';

export interface DrainOptions {
  readonly hosts: readonly Host[];
  /** Who and why: shown by `status` until the drain ends. */
  readonly reason: string;
  /** How long to wait for the connections to the node's API server; watches do not end by themselves. */
  readonly sessionsMs: number;
  readonly breakLock: boolean;
  readonly onEvent: (event: RolloutEvent) => void;
}

/** Kept where a reboot does not take it, and read again when keepalived starts. */
function setDrain(token: string, value: string): Command {
  return guarded(
    value === leverOff ? 'end the drain' : 'move the VIPs away',
    token,
    `mkdir -p ${paths.history}
for file in ${paths.drainKept} ${paths.drain}; do printf '%s\\n' ${quote(value)} >$file.new && mv -f $file.new $file; done
${value === leverOff ? `rm -f ${paths.drainKept}` : ''}`,
  );
}

/** One HAProxy sends the node's API server no new connections, or does again. */
function setServer(node: string, state: 'drain' | 'ready'): Command {
  return script(
    `${state === 'drain' ? 'send no new connections' : 'send connections again'} to the API server of ${node}`,
    `for backend in k8s_api_ready k8s_api_any; do
    answer=$(echo "set server $backend/${node} state ${state}" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket}) || exit 1
    [ -z "$answer" ] || { echo "$answer" >&2; exit 1; }
done`,
  );
}

function sessionsOf(state: ClusterState, node: string): number {
  return state.nodes
    .flatMap(({ seen }) => (seen.known && seen.value.servers.known ? seen.value.servers.value : []))
    .filter(({ server }) => server === node)
    .reduce((sum, { sessions }) => sum + sessions, 0);
}

function quietGate(node: string): Gate {
  return {
    sentence: `nothing is connected to the API server of ${node}`,
    check: (state) => {
      const sessions = sessionsOf(state, node);
      return sessions === 0 ? undefined : `${sessions} connections are left`;
    },
  };
}

/**
 * Prepares a node for maintenance: the VIPs go first, then it gets no new connections, then it waits for those that are left.
 * Refuses when no other node could take the VIPs over, and ends the drain again when none did.
 */
export async function drain(spec: ClusterSpec, node: string, options: DrainOptions): Promise<readonly Finding[]> {
  return locked(spec, `drain ${node}`, options, async (rollout) => {
    const { token } = rollout.owner;
    const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
    const before = await rollout.look();
    const others = spec.nodes.filter(
      ({ name }) => name !== node && electionGate(spec, name).check(before) === undefined,
    );
    if (others.length === 0)
      return [
        {
          rule: 'nobody-else',
          severity: 'error',
          node,
          message: `no other node could take the VIPs over, so ${node} is not drained`,
          suggestion: 'See why with `k8s-ha status`, and mend that first.',
        },
      ];
    const nobody = await pass(rollout, node, [successorGate(node)]);
    if (nobody.length > 0) return nobody;
    const moved = failureOf(await attempt(rollout, node, setDrain(token, leverOn(options.reason))), 'drain-failed');
    const given =
      moved.length > 0
        ? moved
        : await pass(rollout, node, [notHolderGate(node, vips), ...vips.map((vip) => holderGate(vip))]);
    if (given.length > 0) {
      // An address that nobody took is worse than a node that is not drained.
      const back = await attempt(rollout, node, setDrain(token, leverOff));
      return [...given, ...failureOf(back, 'undrain-failed')];
    }
    const quiet = await everywhere(rollout, setServer(node, 'drain'));
    // What is still connected is told by the gate, and is no reason to fail: watches do not end by themselves.
    await pass(rollout, node, [quietGate(node)], options.sessionsMs);
    return quiet;
  });
}

/** Ends a drain: connections come again, and the node is ready for VIPs. Harmless for a node that is not drained. */
export async function undrain(spec: ClusterSpec, node: string, options: DrainOptions): Promise<readonly Finding[]> {
  return locked(spec, `undrain ${node}`, options, async (rollout) => {
    const ended = await attempt(rollout, node, setDrain(rollout.owner.token, leverOff));
    if (!ended.ok) return failureOf(ended, 'undrain-failed');
    const ready = await everywhere(rollout, setServer(node, 'ready'));
    const gates = [electionGate(spec, node), ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address))];
    return [...ready, ...(await pass(rollout, node, gates))];
  });
}

async function everywhere(rollout: Rollout, command: Command): Promise<readonly Finding[]> {
  const outcomes = await Promise.all(rollout.spec.nodes.map(async ({ name }) => attempt(rollout, name, command)));
  return outcomes.flatMap((outcome) => failureOf(outcome, 'haproxy-not-told'));
}

async function locked(
  spec: ClusterSpec,
  action: string,
  { hosts, breakLock, onEvent }: DrainOptions,
  work: (rollout: Rollout) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const owner = newLockOwner(action);
  const lock = await takeLock(hosts, owner, { breakLock });
  if (!lock.ok) return lock.error;
  try {
    return await work(rolloutOf(spec, { hosts, signal: new AbortController().signal, onEvent }, owner));
  } finally {
    await lock.value.release();
  }
}
