import { expect, test } from 'vitest';
import { faults } from '../../../src/drill/faults/index.ts';
import { randomRounds, suitable, type Round } from '../../../src/drill/random/rounds.ts';

const power = { off: async () => undefined, on: async () => undefined };
const pool = suitable(faults, { power, rollOut: async () => [] });
const nodes = ['cp1', 'cp2', 'cp3'];

function first(count: number, seed: number): readonly Round[] {
  const rounds: Round[] = [];
  for (const round of randomRounds(seed, nodes, pool)) {
    rounds.push(round);
    if (rounds.length === count) break;
  }
  return rounds;
}

function told(rounds: readonly Round[]): readonly string[] {
  return rounds.map(({ faults, victim }) => `${faults.map(({ name }) => name).join('+')} ${victim}`);
}

const many = [1, 2, 3, 4, 5].flatMap((seed) => first(400, seed));

test('the same seed breaks the same things, another seed others', () => {
  expect(told(first(50, 7))).toEqual(told(first(50, 7)));
  expect(told(first(50, 7))).not.toEqual(told(first(50, 8)));
});

test('every suitable fault comes up, alone and with others, and so does every node', () => {
  expect(new Set(many.flatMap(({ faults }) => faults))).toEqual(new Set(pool));
  expect(new Set(many.map(({ faults }) => faults.length))).toEqual(new Set([1, 2, 3]));
  expect(new Set(many.map(({ victim }) => victim))).toEqual(new Set([undefined, ...nodes]));
});

test('one member of etcd at most is struck, and no part twice', () => {
  for (const { faults } of many) {
    const parts = faults.map(({ part }) => part);
    expect(new Set(parts).size).toBe(parts.length);
    expect(parts.filter((part) => ['etcd', 'network', 'node'].includes(part)).length).toBeLessThanOrEqual(1);
  }
});

test('what cuts the node off, takes its power or rolls out comes alone', () => {
  const lonely = many.filter(({ faults }) =>
    faults.some(({ part, severs, outside }) => part === 'node' || severs === true || outside !== undefined),
  );
  expect(new Set(lonely.map(({ faults }) => faults.length))).toEqual(new Set([1]));
});

test('an address is only taken from its holder', () => {
  const taken = many.filter(({ faults }) => faults.some(({ part }) => part === 'address'));
  expect(taken.length).toBeGreaterThan(0);
  expect(new Set(taken.map(({ victim }) => victim))).toEqual(new Set([undefined]));
});

test('what costs etcd its quorum, lasts for minutes, or cannot be done here is left out', () => {
  const long = faults.slice(0, 1).map((fault) => ({ ...fault, name: 'long', lastsMs: 60_000 }));
  const here = suitable([...long, ...faults], { power: undefined, rollOut: undefined });
  const names = here.map(({ name }) => name);
  for (const name of ['etcd-quorum-lost', 'long', 'node-lost', 'restarted']) expect(names).not.toContain(name);
  expect(pool.map(({ name }) => name)).toEqual(expect.arrayContaining([...names, 'node-lost', 'restarted']));
});

test('no fault, no round', () => {
  expect([...randomRounds(1, nodes, [])]).toEqual([]);
});
