import { describe, expect, test } from 'vitest';
import {
  explore,
  holds,
  majorityOf,
  oneWayCuts,
  pairCut,
  partitions,
  restsOf,
  seesMajority,
  settle,
  type State,
} from './fencing.ts';

function holders({ nodes }: State): number[] {
  return nodes.flatMap((node, i) => (holds(node) ? [i] : []));
}

/** Nodes that could hold the VIP: their HAProxy works and they are in the majority. */
function fit(state: State): number[] {
  return state.nodes.flatMap(({ power, proxy }, i) => (power && proxy && seesMajority(state, i) ? [i] : []));
}

function told(state: State): string {
  return `holders ${holders(state).join(',') || 'none'}, fit ${fit(state).join(',') || 'none'}: ${JSON.stringify(state.nodes)} ${JSON.stringify(state.network)}`;
}

function problems(settled: readonly State[]): string[] {
  return settled
    .filter((state) => {
      const held = holders(state);
      const able = fit(state);
      return held.length > 1 || (able.length > 0 && held.length === 0) || held.some((i) => !able.includes(i));
    })
    .map(told);
}

describe('three nodes, every state that any faults in any order can lead to', () => {
  const { states, settled } = explore(3, [...partitions(3), ...oneWayCuts(3)]);

  test('are all looked at', () => {
    expect(partitions(3)).toHaveLength(5);
    expect(states).toBeGreaterThan(10_000);
    expect(settled.length).toBeGreaterThan(100);
  });

  test('come to rest with one holder where a node of the majority can be one, and with none otherwise', () => {
    expect(problems(settled).slice(0, 3)).toEqual([]);
  });

  test('would have two holders without fencing: the model can tell', () => {
    const unfenced = explore(3, partitions(3), 'none');
    expect(unfenced.settled.some((state) => holders(state).length > 1)).toBe(true);
  });
});

describe('five nodes', () => {
  const networks = partitions(5);

  test('in every partition shape, whoever held it before and whoever has no power, end with the majority’s one holder', () => {
    expect(networks).toHaveLength(52);
    let looked = 0;
    for (const network of networks)
      for (let powered = 0; powered < 32; powered += 1)
        for (let holder = 0; holder < 5; holder += 1) {
          const before: State = {
            network,
            nodes: Array.from({ length: 5 }, (_, i) => {
              const power = (powered & (1 << i)) !== 0;
              return { power, proxy: true, role: !power ? 'off' : i === holder ? 'master' : 'backup' };
            }),
          };
          const after = settle(before);
          expect(problems([after])).toEqual([]);
          looked += 1;
        }
    expect(looked).toBe(52 * 32 * 5);
    expect(majorityOf(5)).toBe(3);
  });
});

const pairCuts = [pairCut(3, 0, 1), pairCut(3, 0, 2), pairCut(3, 1, 2)];

/** A node has power, and its HAProxy tells nobody anything. */
function mute({ nodes }: State): boolean {
  return nodes.some(({ power, proxy }) => power && !proxy);
}

describe('pairs of nodes that do not hear each other, while the third hears both', () => {
  test('both stay in the majority, and both would hold the VIP by it alone', () => {
    const { settled } = explore(3, [...partitions(3).slice(0, 1), pairCut(3, 0, 1)], 'majority');
    const twice = settled.filter((state) => holders(state).length > 1);
    expect(twice.length).toBeGreaterThan(0);
    for (const state of twice) expect(holders(state)).toEqual([0, 1]);
  });

  test('may move the VIP to the third, which hears the goodbye of the one that was refused: seen on machines', () => {
    const network = pairCut(3, 1, 2);
    const before = (['backup', 'master', 'backup'] as const).map((role) => ({ power: true, proxy: true, role }));
    const rests = restsOf({ network, nodes: before });
    const held = rests.map((state) => holders(state).join()).toSorted();
    expect([...new Set(held)]).toEqual(['0', '1']);
  });

  const { settled, states } = explore(3, [...partitions(3), ...oneWayCuts(3), ...pairCuts]);

  test('leave one holder at most and one where a node is fit, whatever breaks in whatever order, while HAProxy works', () => {
    expect(states).toBeGreaterThan(10_000);
    expect(problems(settled.filter((state) => !mute(state))).slice(0, 3)).toEqual([]);
  });

  test('leave two holders only where the HAProxy of the third does not work either, which could have told', () => {
    const two = settled.filter((state) => problems([state]).length > 0);
    expect(two.length).toBeGreaterThan(0);
    for (const state of two) {
      const held = holders(state);
      expect(held).toHaveLength(2);
      expect(state.nodes.filter(({ proxy }, i) => !proxy && !held.includes(i))).toHaveLength(1);
      expect(pairCuts).toContain(state.network);
    }
  });
});
