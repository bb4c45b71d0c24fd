/**
 * Where one VIP can come to rest in a network, by the rules of `fencing.ts` alone: nodes have power and a working HAProxy, and the
 * roles of all of them are one number, so that thousands of networks can be looked at in every state. The rules are the same
 * functions' again, on bits; a test holds them against each other. Goodbyes are left out: from every state they lead to no other rest.
 */
import type { Network, Rule } from './fencing.ts';

/** A node's digit in the number of a state. */
const [backup, master, fault, refused] = [0, 1, 2, 3] as const;

/** What a node can be, and so the base of those numbers. */
export const roleCount = 4;

/** Every network in which each of the pairs hears, or does not. */
export function networksOf(count: number, kind: 'directed' | 'undirected'): Network[] {
  const pairs = Array.from({ length: count * count }, (_, at) => [Math.floor(at / count), at % count] as const).filter(
    ([i, j]) => (kind === 'directed' ? i !== j : i < j),
  );
  return Array.from({ length: 2 ** pairs.length }, (_, bits) => networkOf(count, kind, pairs, bits));
}

/** One network by the number that has a bit for each pair. */
function networkOf(
  count: number,
  kind: 'directed' | 'undirected',
  pairs: readonly (readonly [number, number])[],
  bits: number,
): Network {
  const hears = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => i === j));
  for (const [at, [i, j]] of pairs.entries()) {
    const on = Math.floor(bits / 2 ** at) % 2 === 1;
    (hears[i] ?? [])[j] = on;
    if (kind === 'undirected') (hears[j] ?? [])[i] = on;
  }
  return hears;
}

/** A directed network by chance. @param random from 0 up to 1 */
export function randomNetwork(count: number, random: () => number): Network {
  const cut = random();
  return Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => i === j || random() >= cut));
}

/** What the nodes' own steps lead to. */
export interface Outlook {
  /** The most holders that there can be once nothing happens any more. */
  readonly mostHolders: number;
  /** There can be none then, although a node is in the majority. */
  readonly nobody: boolean;
  /** From some state the nodes may never come to rest, whatever order their steps come in. */
  readonly restless: boolean;
}

/**
 * From every state (which is more than any order of faults leads to, so that each change of the network and each order of two
 * of them is in it) to every state in which the nodes can come to rest.
 */
export function outlookOf(network: Network, rule: Rule): Outlook {
  const count = network.length;
  const total = roleCount ** count;
  const next = nextOf(network, rule);
  const into: number[][] = Array.from({ length: total }, () => []);
  const rests: number[] = [];
  for (let state = 0; state < total; state += 1) {
    const after = next(state);
    if (after.length === 0) rests.push(state);
    for (const one of after) into[one]?.push(state);
  }
  const leads = new Uint8Array(total);
  for (const state of rests) leads[state] = 1;
  const open = [...rests];
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const before of into[state] ?? [])
      if (leads[before] === 0) {
        leads[before] = 1;
        open.push(before);
      }
  const holders = rests.map((state) => rolesOf(state, count).filter((role) => role === master).length);
  return {
    mostHolders: Math.max(0, ...holders),
    nobody: holders.includes(0) && network.some((_, i) => answering(network, i) >= Math.floor(count / 2) + 1),
    restless: leads.includes(0),
  };
}

export function rolesOf(state: number, count: number): readonly number[] {
  const known = roles.get(count) ?? Array.from({ length: roleCount ** count }, (_, number) => digitsOf(number, count));
  roles.set(count, known);
  return known[state] ?? digitsOf(state, count);
}

/** Of every state of so many nodes: each network asks for all of them again. */
const roles = new Map<number, readonly (readonly number[])[]>();

function digitsOf(state: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(state / roleCount ** i) % roleCount);
}

function hearsOf(network: Network, i: number): number {
  return (network[i] ?? []).reduce((bits, hears, j) => (hears && i !== j ? bits | (1 << j) : bits), 0);
}

/** Itself, and those with which a question and its answer arrive. */
function answering(network: Network, i: number): number {
  return 1 + network.filter((_, j) => i !== j && network[i]?.[j] === true && network[j]?.[i] === true).length;
}

/** The states that one step of one node leads to. */
export function nextOf(network: Network, rule: Rule): (state: number) => readonly number[] {
  const count = network.length;
  const majority = Math.floor(count / 2) + 1;
  const hears = network.map((_, i) => hearsOf(network, i));
  const asks = network.map((_, i) =>
    network.flatMap((__, j) => (i !== j && network[i]?.[j] === true && network[j]?.[i] === true ? [j] : [])),
  );
  /** Of whom a node can know that they hold the VIP: itself, and who asks it. */
  const knows = asks.map((peers, i) => peers.reduce((bits, j) => bits | (1 << j), 1 << i));
  /** Whether a node is refused, by the set of holders that are against it. */
  const refused = asks.map((peers) =>
    Array.from({ length: 2 ** count }, (_, against) => {
      const refusing = peers.filter((j) => (against & (knows[j] ?? 0)) !== 0).length;
      return refusing > 0 && 1 + peers.length - refusing < majority;
    }),
  );
  const nextRoleOf = (i: number, role: number, masters: number): number | undefined => {
    const heard = masters & (hears[i] ?? 0);
    // A master is opposed by better ones, who have the lower numbers; a candidate by any.
    const against = role === master ? masters & ((1 << i) - 1) : masters & ~(1 << i);
    return nextRole(role, {
      inMajority: rule === 'none' || 1 + (asks[i] ?? []).length >= majority,
      isRefused: rule === 'support' && refused[i]?.[against] === true,
      isAsked: (masters & (knows[i] ?? 0) & ~(1 << i)) !== 0,
      hearsMaster: heard !== 0,
      hearsBetter: (heard & ((1 << i) - 1)) !== 0,
    });
  };
  /** What a node's step adds to the number of the state, by its role and by who are masters: nothing else decides it. */
  const steps = network.map((_, i) =>
    Array.from({ length: roleCount }, (__, role) =>
      Array.from({ length: 2 ** count }, (___, masters) => {
        const to = nextRoleOf(i, role, masters);
        return to === undefined ? 0 : (to - role) * roleCount ** i;
      }),
    ),
  );
  return (state) => {
    const roles = rolesOf(state, count);
    const masters = roles.reduce((bits, role, i) => (role === master ? bits | (1 << i) : bits), 0);
    const after: number[] = [];
    for (const [i, ofRole] of steps.entries()) {
      const step = ofRole[roles[i] ?? 0]?.[masters] ?? 0;
      if (step !== 0) after.push(state + step);
    }
    return after;
  };
}

interface Seen {
  readonly inMajority: boolean;
  readonly isRefused: boolean;
  /** By a holder. */
  readonly isAsked: boolean;
  readonly hearsMaster: boolean;
  readonly hearsBetter: boolean;
}

function nextRole(role: number, seen: Seen): number | undefined {
  if (role === refused) {
    if (seen.isRefused && !seen.isAsked) return undefined;
    return seen.inMajority ? backup : fault;
  }
  if (role === fault) return seen.inMajority ? backup : undefined;
  if (!seen.inMajority) return fault;
  if (role === backup) return seen.hearsMaster ? undefined : master;
  if (seen.isRefused) return refused;
  return seen.hearsBetter ? backup : undefined;
}
