import { setTimeout as sleep } from 'node:timers/promises';
import { leverOff, leverOn } from '../cluster/lever.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import { quote, script, succeeded, type Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { newLockOwner, takeLock, type LockOwner } from '../lock/lock.ts';
import { electionGate, holderGate, notHolderGate, waitForGates, type Gate } from '../observe/gate.ts';
import { observe } from '../observe/observe.ts';
import { paths } from '../render/paths.ts';
import { guarded } from './commands.ts';
import { explain, type RolloutEvent } from './step.ts';

export interface DrainOptions {
  readonly hosts: readonly Host[];
  /** Who and why: shown by `status` until the drain ends. */
  readonly reason: string;
  /** How long to wait for the connections to the node's API server; watches do not end by themselves. */
  readonly sessionsMs: number;
  readonly breakLock: boolean;
  readonly onEvent: (event: RolloutEvent) => void;
}

const gateTimeoutMs = 20_000;

/** Kept where a reboot does not take it, and read again when keepalived starts. */
const setDrain = (token: string, value: string): Command =>
  guarded(
    value === leverOff ? 'end the drain' : 'move the VIPs away',
    token,
    `mkdir -p ${paths.history}
for file in ${paths.drainKept} ${paths.drain}; do printf '%s\\n' ${quote(value)} >$file.new && mv -f $file.new $file; done
${value === leverOff ? `rm -f ${paths.drainKept}` : ''}`,
  );

/** One HAProxy sends the node's API server no new connections, or does again. */
const setServer = (node: string, state: 'drain' | 'ready'): Command =>
  script(
    `${state === 'drain' ? 'send no new connections' : 'send connections again'} to the API server of ${node}`,
    `for backend in k8s_api_ready k8s_api_any; do
    answer=$(echo "set server $backend/${node} state ${state}" | timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket}) || exit 1
    [ -z "$answer" ] || { echo "$answer" >&2; exit 1; }
done`,
  );

const sessionsOf = (state: ClusterState, node: string): number =>
  state.nodes
    .flatMap(({ seen }) => (seen.known && seen.value.servers.known ? seen.value.servers.value : []))
    .filter(({ server }) => server === node)
    .reduce((sum, { sessions }) => sum + sessions, 0);

/**
 * Prepares a node for maintenance: the VIPs go first, then it gets no new connections, then it waits for those that are left.
 * Refuses when no other node could take the VIPs over.
 */
export const drain = async (spec: ClusterSpec, node: string, options: DrainOptions): Promise<readonly Finding[]> =>
  locked(spec, node, 'drain', options, async (owner, host, look) => {
    const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
    const before = await look();
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
    const moved = await run(host, setDrain(owner.token, leverOn(options.reason)), options);
    if (moved.length > 0) return moved;
    const given = await pass(node, [notHolderGate(node, vips), ...vips.map((vip) => holderGate(vip))], look, options);
    if (given.length > 0) return given;
    const quiet = await Promise.all(options.hosts.map(async (one) => run(one, setServer(node, 'drain'), options)));
    await pass(
      node,
      [
        {
          sentence: `nothing is connected to the API server of ${node}`,
          check: (state) => {
            const sessions = sessionsOf(state, node);
            return sessions === 0 ? undefined : `${sessions} connections are left`;
          },
        },
      ],
      look,
      options,
      options.sessionsMs,
    );
    return quiet.flat();
  });

/** Ends a drain: connections come again, and the node is ready for VIPs. Harmless for a node that is not drained. */
export const undrain = async (spec: ClusterSpec, node: string, options: DrainOptions): Promise<readonly Finding[]> =>
  locked(spec, node, 'undrain', options, async (owner, host, look) => {
    const ended = await run(host, setDrain(owner.token, leverOff), options);
    if (ended.length > 0) return ended;
    const ready = await Promise.all(options.hosts.map(async (one) => run(one, setServer(node, 'ready'), options)));
    const gates = [electionGate(spec, node), ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address))];
    return [...ready.flat(), ...(await pass(node, gates, look, options))];
  });

const locked = async (
  spec: ClusterSpec,
  node: string,
  action: string,
  { hosts, breakLock }: DrainOptions,
  work: (owner: LockOwner, host: Host, look: () => Promise<ClusterState>) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> => {
  const host = hosts.find(({ name }) => name === node);
  if (!host) throw new Error(`no host for ${node}`);
  const owner = newLockOwner(`${action} ${node}`);
  const lock = await takeLock(hosts, owner, { breakLock });
  if (!lock.ok) return lock.error;
  try {
    return await work(owner, host, async () => observe(spec, hosts));
  } finally {
    await lock.value.release();
  }
};

const run = async (host: Host, command: Command, { onEvent }: DrainOptions): Promise<readonly Finding[]> => {
  onEvent({ node: host.name, what: command.summary, kind: 'begin' });
  const result = await host.run(command);
  if (succeeded(result)) return [];
  const { error, suggestion } = explain(result);
  onEvent({ node: host.name, what: command.summary, kind: 'failed', detail: error });
  return [
    {
      rule: 'drain-failed',
      severity: 'error',
      node: host.name,
      message: `${command.summary} failed: ${error}`,
      ...(suggestion !== undefined && { suggestion }),
    },
  ];
};

const pass = async (
  node: string,
  gates: readonly Gate[],
  look: () => Promise<ClusterState>,
  { onEvent }: DrainOptions,
  timeoutMs = gateTimeoutMs,
): Promise<readonly Finding[]> => {
  const results = await waitForGates(gates, look, { timeoutMs, now: () => performance.now(), sleep });
  return results.flatMap(({ sentence, passed, lastError, tookMs }): Finding[] => {
    onEvent({
      node,
      what: sentence,
      kind: passed ? 'gate-passed' : 'gate-failed',
      tookMs,
      ...(lastError !== undefined && { detail: lastError }),
    });
    return passed
      ? []
      : [
          {
            rule: 'gate-failed',
            severity: 'error',
            node,
            message: `not true within ${timeoutMs / 1000} s: ${sentence}: ${lastError ?? ''}`,
          },
        ];
  });
};
