import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeState } from '../../cluster/state.ts';
import type { Clock } from '../../core/clock.ts';
import { formatMs } from '../../core/duration.ts';
import { unknown } from '../../core/observed.ts';
import type { Host } from '../../host/host.ts';
import { silentAfterMs } from '../live/model.ts';
import { observeNode, type ObserveOptions } from './observe.ts';

/** A look that is under way: what has answered soon, and all of it. */
export interface Look {
  /**
   * As soon as every node has answered, or those that have not got as much time as an answer takes. Nodes that are still being
   * asked are unknown, and the reason says so.
   */
  readonly soon: Promise<ClusterState>;
  /** Once every node has answered, or ssh has given up. */
  readonly whole: Promise<ClusterState>;
  /** Nodes that have not answered yet. */
  readonly waitingFor: () => readonly string[];
  /** Gives up those that are still being asked. */
  readonly stop: () => void;
}

/**
 * A node gets as long as under a watch, and at least this many times what the quickest took: over a slow link all are slow, and none of them is late. While nobody has
 * answered there is nothing to show, and nothing to compare with.
 */
const patienceTimes = 1.5;

/** Begins to read all nodes side by side. */
export function lookSoon(
  spec: ClusterSpec,
  hosts: readonly Host[],
  { clock, ...options }: ObserveOptions & { readonly clock: Clock },
): Look {
  const beganMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - beganMs;
  const stopped = new AbortController();
  const answers = new Map<string, NodeState>();
  const signal = options.signal ? AbortSignal.any([options.signal, stopped.signal]) : stopped.signal;
  const asked = hosts.map(async (host) => {
    const answer = await observeNode(spec, host, { ...options, signal });
    answers.set(host.name, answer);
    return answer;
  });
  const whole = Promise.all(asked).then((nodes): ClusterState => ({ nodes }));
  const quickest = new Promise<number>((resolve) => {
    for (const one of asked)
      one.then(
        ({ seen }) => seen.known && resolve(elapsedMs()),
        () => undefined,
      );
  });
  const soon = async (): Promise<ClusterState> => {
    const quick = await Promise.race([quickest, whole.then(() => 0)]);
    const leftMs = Math.max(silentAfterMs, patienceTimes * quick) - elapsedMs();
    if (answers.size < hosts.length && leftMs > 0) await Promise.race([whole, clock.sleep(leftMs)]);
    const reason = (name: string): string =>
      `${name} has not answered within ${formatMs(Math.round(elapsedMs() / 100) * 100)}, and another node has within ${formatMs(Math.max(100, Math.round(quick / 100) * 100))}: --wait waits for it`;
    return { nodes: hosts.map(({ name }) => answers.get(name) ?? { node: name, seen: unknown(reason(name)) }) };
  };
  return {
    soon: soon(),
    whole,
    waitingFor: () => hosts.flatMap(({ name }) => (answers.has(name) ? [] : [name])),
    stop: () => stopped.abort(),
  };
}
