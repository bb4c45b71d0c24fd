import type { Fault } from '../fault.ts';
import type { DrillOptions } from '../options.ts';

/** What is broken at once, and where. */
export interface Round {
  readonly faults: readonly Fault[];
  /** The node that is struck; the VIP's holder when absent. */
  readonly victim: string | undefined;
}

/** Faults that take longer than this leave no time for others. */
const longestMs = 15_000;

/** Those that a random schedule may use here: all that leave etcd its quorum, start nobody's jobs, end soon and can be brought about. */
export function suitable(
  faults: readonly Fault[],
  { power, rollOut }: Pick<DrillOptions, 'power' | 'rollOut'>,
): readonly Fault[] {
  const here = { power: power !== undefined, rollout: rollOut !== undefined };
  return faults.filter(
    ({ losesQuorum, startsJobs, outside, lastsMs = 0 }) =>
      losesQuorum !== true && startsJobs !== true && lastsMs <= longestMs && (outside === undefined || here[outside]),
  );
}

/**
 * One to three faults at once, on one node, again and again; the same ones for the same seed, nodes and faults. Most often the
 * holder is struck, because it hurts most.
 * @param seed any integer
 */
export function* randomRounds(seed: number, nodes: readonly string[], faults: readonly Fault[]): Generator<Round> {
  const random = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  while (faults.length > 0) {
    const size = pick(sizes) ?? 1;
    const chosen: Fault[] = [];
    for (let left: readonly Fault[] = faults; chosen.length < size;) {
      const next = pick(left);
      if (!next) break;
      chosen.push(next);
      left = left.filter((fault) => chosen.every((other) => atOnce(fault, other)));
    }
    const strikesHolder = random() < holderShare || chosen.some(({ part }) => part === 'address');
    yield { faults: chosen, victim: strikesHolder ? undefined : pick(nodes) };
  }
}

const sizes = [1, 1, 1, 2, 2, 3] as const;
const holderShare = 0.6;

/** Whether both can strike at once, so that etcd keeps its quorum and the node can still be told to heal. */
function atOnce(a: Fault, b: Fault): boolean {
  return a.part !== b.part && !comesAlone(a) && !comesAlone(b) && !(takesMember(a) && takesMember(b));
}

function comesAlone({ part, severs, outside, everywhere }: Fault): boolean {
  return part === 'node' || severs === true || outside !== undefined || everywhere === true;
}

function takesMember({ part }: Fault): boolean {
  return part === 'etcd' || part === 'network';
}

/** A generator of 32 bits, by Tommy Ettinger (public domain): the same numbers everywhere for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
