import { holdersOf, type Holder } from '../cost.ts';
import { apiElections, type Election } from '../election/election.ts';
import { trackingOf, type Held, type Tracked } from '../election/member.ts';
import { onlyNode, type Setup } from '../setup.ts';
import type { Word } from '../word.ts';
import type { Said } from './defect.ts';

/** Asks of every API instance on every node. */
export function perInstance(setup: Setup, say: (held: Held, election: Election) => readonly Said[]): Said[] {
  return apiElections(setup).flatMap((election) => election.members.flatMap((held) => say(held, election)));
}

/** Asks of every node that may hold the VIP. */
export function perHolder(setup: Setup, say: (holder: Holder, election: Election) => readonly Said[]): Said[] {
  return apiElections(setup).flatMap((election) => holdersOf(election).flatMap((holder) => say(holder, election)));
}

/** Asks of every script that counts, by name, on every node that may hold the VIP. */
export function perCheck(
  setup: Setup,
  say: (tracked: Tracked, holder: Holder, election: Election) => readonly Said[],
): Said[] {
  return perHolder(setup, (holder, election) =>
    trackingOf(holder.held).counts.flatMap((tracked) => say(tracked, holder, election)),
  );
}

/** The scripts that count in an election, by name, each with what it is on a node. */
export function checksOf({ members }: Election): Map<string, (held: Held) => Tracked | undefined> {
  const names = new Set(members.flatMap((held) => trackingOf(held).counts.map(({ script }) => script.name.text)));
  return new Map(
    [...names].map((name) => [name, (held) => trackingOf(held).counts.find(({ script }) => script.name.text === name)]),
  );
}

/** Whose an instance is, for a sentence: the node's name, or its address where it has none. */
export function nodeOf({ node, instance }: Held): string {
  return node.name === onlyNode ? (instance.source?.value ?? 'this node') : node.name;
}

/** The first place that says something, otherwise the instance's name. */
export function placeIn({ instance }: Held, ...said: readonly ({ readonly at: Word } | undefined)[]): Word {
  return said.find((value) => value !== undefined)?.at ?? instance.name;
}

/** "while cp1 holds the VIP", with who must be down for it. */
export function whileHeld({ held, usual }: Holder): string {
  return `while ${nodeOf(held)} holds the VIP${usual ? '' : ' (every node above it is down)'}`;
}

/** Holders for which the same is true. */
export interface Alike<T> {
  readonly holders: readonly [Holder, ...Holder[]];
  readonly value: T;
  readonly election: Election;
}

/** Puts together for which holders of an election the same is true; holders without a value are left out. */
export function alike<T>(
  election: Election,
  valueOf: (holder: Holder) => T | undefined,
  keyOf: (value: T) => string,
): Alike<T>[] {
  const groups = new Map<string, { holders: [Holder, ...Holder[]]; value: T; election: Election }>();
  for (const holder of holdersOf(election)) {
    const value = valueOf(holder);
    if (value === undefined) continue;
    const group = groups.get(keyOf(value));
    if (group) group.holders.push(holder);
    else groups.set(keyOf(value), { holders: [holder], value, election });
  }
  return [...groups.values()];
}

/** "whoever holds the VIP", or while who does. The last of all has nobody to give it to. */
export function whoHolds({ holders, election }: Alike<unknown>): string {
  if (election.members.length === 1) return whileHeld(holders[0]);
  const able = holdersOf(election).filter(({ others }) => others.length > 0).length;
  if (holders.length >= able && holders.length > 1) return 'whoever holds the VIP';
  return holders.length === 1
    ? whileHeld(holders[0])
    : `while ${holders.map(({ held }) => nodeOf(held)).join(' or ')} holds the VIP`;
}

/** Whether there is a HAProxy at all: some set-ups have only the address. */
export function served({ nodes }: Setup): boolean {
  return nodes.some(({ haproxy }) => haproxy !== undefined);
}
