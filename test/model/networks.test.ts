import { describe, expect, test } from 'vitest';
import { majorityOf, roleSteps, seesMajority, type Role, type Rule, type State } from './fencing.ts';
import { networksOf, nextOf, outlookOf, randomNetwork, roleCount, rolesOf, type Outlook } from './networks.ts';

/** mulberry32: the same every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const directed3 = networksOf(3, 'directed');
const undirected5 = networksOf(5, 'undirected');
const random = seeded(20_261_128);
const directed5 = Array.from({ length: 800 }, () => randomNetwork(5, random));

interface Tally {
  readonly networks: number;
  readonly twoHolders: number;
  readonly most: number;
  readonly nobody: number;
  readonly restless: number;
}

function tally(outlooks: readonly Outlook[]): Tally {
  return {
    networks: outlooks.length,
    twoHolders: outlooks.filter(({ mostHolders }) => mostHolders > 1).length,
    most: Math.max(...outlooks.map(({ mostHolders }) => mostHolders)),
    nobody: outlooks.filter(({ nobody }) => nobody).length,
    restless: outlooks.filter(({ restless }) => restless).length,
  };
}

function told(networks: typeof directed3, rule: Rule): Tally {
  return tally(networks.map((network) => outlookOf(network, rule)));
}

describe('where one VIP comes to rest, from every state, in every network', () => {
  test('are all looked at', () => {
    expect([directed3.length, undirected5.length]).toEqual([64, 1024]);
    expect(new Set(directed5.map((network) => JSON.stringify(network))).size).toBeGreaterThan(600);
  });

  test('by the majority alone, two holders are left where nodes do not hear each other and others hear both', () => {
    expect(told(directed3, 'majority')).toEqual({ networks: 64, twoHolders: 6, most: 2, nobody: 0, restless: 0 });
    expect(told(undirected5, 'majority')).toEqual({ networks: 1024, twoHolders: 597, most: 3, nobody: 0, restless: 0 });
  });

  test('by support, which is rendered, at most one in each directed network of three nodes, and one where a node is fit', () => {
    expect(told(directed3, 'support')).toEqual({ networks: 64, twoHolders: 0, most: 1, nobody: 0, restless: 0 });
  });

  test('by support, the same in each undirected network of five nodes', () => {
    expect(told(undirected5, 'support')).toEqual({ networks: 1024, twoHolders: 0, most: 1, nobody: 0, restless: 0 });
  });

  test('by support, at most one in a sample of the directed networks of five nodes', () => {
    expect(told(directed5, 'support')).toEqual({ networks: 800, twoHolders: 0, most: 1, nobody: 0, restless: 0 });
    expect(told(directed5, 'majority').twoHolders).toBeGreaterThan(100);
  });
});

const names: readonly Role[] = ['backup', 'master', 'fault', 'refused'];

/** The same state in the model of everything else that can break. */
function stateOf(network: State['network'], number: number): State {
  const nodes = rolesOf(number, network.length).map((digit) => ({
    power: true,
    proxy: true,
    role: names[digit] ?? 'off',
  }));
  return { network, nodes };
}

describe('both models', () => {
  const sample = [...directed3, ...directed5.slice(0, 20)];

  test.each(['none', 'majority', 'support'] as const)('take the same steps by the rule "%s"', (rule) => {
    for (const network of sample) {
      const next = nextOf(network, rule);
      for (let number = 0; number < roleCount ** network.length; number += network.length === 3 ? 1 : 7) {
        const there = next(number).map((after) => JSON.stringify(stateOf(network, after).nodes));
        const here = roleSteps(stateOf(network, number), rule).map(({ nodes }) => JSON.stringify(nodes));
        expect(there.toSorted()).toEqual(here.toSorted());
      }
    }
  });

  test('call the same nodes fit', () => {
    for (const network of sample) {
      const fit = network.some((_, i) => seesMajority(stateOf(network, 0), i));
      const alone = network.reduce((number, _, i) => number + names.indexOf('fault') * roleCount ** i, 0);
      // In a network without a majority everybody stays in FAULT.
      expect(nextOf(network, 'majority')(alone).length > 0).toBe(fit);
      expect(majorityOf(network.length)).toBe(network.length === 3 ? 2 : 3);
    }
  });
});
