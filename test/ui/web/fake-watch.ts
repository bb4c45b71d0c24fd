import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { createHistory, type NumberedEvent } from '../../../src/ui/watch/history.ts';

import type { Fact, WatchState } from '../../../src/judge/live/model.ts';
import { initialState, reduce } from '../../../src/judge/live/reduce.ts';
import type { Watch } from '../../../src/ui/watch/watch.ts';

/** A watch whose nodes are told about by the test: the same reducer and history, no machine. */
export interface FakeWatch extends Watch {
  tell(observations: readonly Fact[]): void;
  readonly looks: () => number;
}

export function createFakeWatch(spec: ClusterSpec, startMs: number): FakeWatch {
  const history = createHistory();
  const listeners = new Set<(state: WatchState, events: readonly NumberedEvent[]) => void>();
  let state = initialState(spec, startMs);
  let looks = 0;
  const dispatch = (observation: Fact): void => {
    const reduced = reduce(spec, state, observation);
    state = reduced.state;
    const events = history.add(reduced.events);
    for (const listener of listeners) listener(state, events);
  };
  return {
    spec,
    history,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    note: (text, tone) => dispatch({ kind: 'note', atMs: Date.now(), text, tone }),
    look: () => {
      looks += 1;
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
    tell: (observations) => observations.forEach(dispatch),
    looks: () => looks,
  };
}
