import { clusterStatus } from '../../act/verbs/status.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { formatMs } from '../../core/duration.ts';
import { errorText } from '../../core/error.ts';
import type { StreamingHost } from '../../host/stream.ts';
import { createHistory, historyLimit, type History, type NumberedEvent } from './history.ts';
import type { Observation, Tone } from '../../observe/live/model.ts';
import type { Fact, WatchState } from '../../judge/live/model.ts';
import { initialState, isFresh, reduce } from '../../judge/live/reduce.ts';
import { openSession, type Session } from '../../observe/live/session.ts';

export interface WatchOptions {
  /** Events of the journals from then on are read; default: one day back. */
  readonly sinceMs?: number;
  /** How often the whole state is read, files and all; it costs a node about 0.2 s of one core each time. 0: never. */
  readonly lookEveryMs?: number;
  readonly historyLimit?: number;
}

/** A cluster that is observed once a second, and at once when a node's journal says that something has happened. */
export interface Watch {
  readonly spec: ClusterSpec;
  readonly history: History;
  state(): WatchState;
  /** Told after each change, with the events that it brought. */
  subscribe(listener: (state: WatchState, events: readonly NumberedEvent[]) => void): () => void;
  /** Puts a line of our own among the events. */
  note(text: string, tone: Tone): void;
  /** Reads the whole state now. */
  look(): Promise<void>;
  /** Ends the sessions; the hosts stay open for their owner. */
  stop(): Promise<void>;
}

const tickMs = 1000;
const dayMs = 86_400_000;

/** A full look follows work of the tool on the nodes, once it has settled. */
const settledMs = 3000;

function noneReady({ ready }: WatchState): boolean {
  const views = Object.values(ready).filter(({ of }) => of > 0);
  return views.length > 0 && views.every((view) => view.ready === 0);
}

/** Begins to watch. Both live views, the exporter and `events` stand on this one stream. */
export function watch(spec: ClusterSpec, hosts: readonly StreamingHost[], options: WatchOptions = {}): Watch {
  const { sinceMs = Date.now() - dayMs, lookEveryMs = 300_000 } = options;
  const history = createHistory(options.historyLimit ?? historyLimit);
  const listeners = new Set<(state: WatchState, events: readonly NumberedEvent[]) => void>();
  let state = initialState(spec, Date.now());
  let lookAtMs = lookEveryMs > 0 ? Date.now() + settledMs : Infinity;
  let looking: Promise<void> | undefined;

  const dispatch = (fact: Fact): void => {
    const reduced = reduce(spec, state, fact);
    const changed = reduced.state !== state;
    // Why no API server is ready, a full look can tell: it asks etcd.
    if (lookEveryMs > 0 && noneReady(reduced.state) && !noneReady(state))
      lookAtMs = Math.min(lookAtMs, Date.now() + settledMs);
    state = reduced.state;
    const events = history.add(reduced.events);
    if (changed || events.length > 0) for (const listener of listeners) listener(state, events);
  };

  const observed = (observation: Observation): void => {
    dispatch(observation);
    if (observation.kind !== 'log') return;
    const clock = state.nodes.find(({ node }) => node === observation.node)?.clock;
    if (!isFresh(observation, clock)) return sessionOf(observation.node)?.doubt();
    // Something has just happened there: look at every node now instead of at the next second.
    if (observation.entry.vrrp || observation.entry.kind === 'service') for (const session of sessions) session.ask();
    if (observation.entry.kind === 'tool' && lookEveryMs > 0) lookAtMs = Math.min(lookAtMs, Date.now() + settledMs);
  };

  const look = async (): Promise<void> => {
    lookAtMs = lookEveryMs > 0 ? Date.now() + lookEveryMs : Infinity;
    looking ??= clusterStatus(spec, hosts)
      .then((status) => dispatch({ kind: 'status', atMs: Date.now(), status }))
      .catch((error: unknown) =>
        dispatch({ kind: 'note', atMs: Date.now(), text: `the full look failed: ${errorText(error)}`, tone: 'warn' }),
      )
      .finally(() => (looking = undefined));
    return looking;
  };

  const sessions: readonly Session[] = hosts.map((host) => openSession(spec, host, sinceMs, observed));

  const sessionOf = (node: string): Session | undefined => sessions[hosts.findIndex(({ name }) => name === node)];

  /** What is known is by another clock: who is silent, and for how long anything lasts, could not be told until it came that far. */
  const beginAgain = (nowMs: number, byMs: number): void => {
    state = initialState(spec, nowMs);
    if (lookEveryMs > 0) lookAtMs = nowMs + settledMs;
    for (const session of sessions) session.again();
    const text = `this machine's clock was set back by ${formatMs(byMs)}: the watch begins again`;
    dispatch({ kind: 'note', atMs: nowMs, text, tone: 'warn' });
  };

  let lastMs = Date.now();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    if (lastMs - nowMs > tickMs) beginAgain(nowMs, lastMs - nowMs);
    // A process that itself stood still (a laptop that slept) must not call the nodes silent.
    const stoodStill = nowMs - lastMs > 2 * tickMs;
    lastMs = nowMs;
    for (const session of sessions) session.tick(nowMs, { stoodStill });
    if (!stoodStill) dispatch({ kind: 'time', atMs: nowMs });
    if (nowMs >= lookAtMs && state.nodes.some(({ now }) => now.answering)) void look();
  }, tickMs / 4);

  return {
    spec,
    history,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    note: (text, tone) => dispatch({ kind: 'note', atMs: Date.now(), text, tone }),
    look,
    stop: async () => {
      clearInterval(timer);
      listeners.clear();
      await Promise.all([looking, ...sessions.map(async (session) => session.close())]);
    },
  };
}
