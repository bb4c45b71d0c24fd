import type { ClusterSpec } from '../../index.ts';
import { parseDuration } from '../../core/duration.ts';
import { between } from './numbers.ts';
import { UsageError } from './usage.ts';

/** What `drill` needs to know before it reads more: a choice of faults, by name, all of them, or by chance. */
export interface DrillChoice {
  readonly all: boolean;
  readonly random: boolean;
  readonly for: string;
  readonly seed?: number;
}

const mostSeed = 2 ** 32 - 1;

/** Reads a seed. */
export const seedOption = between(0, mostSeed);

/** For how long rounds begin, and by which numbers. */
export function randomChoice(
  names: readonly string[],
  { all, for: text, seed = Math.floor(Math.random() * mostSeed) }: DrillChoice,
): { readonly seed: number; readonly forMs: number } {
  if (all || names.length > 0)
    throw new UsageError('--random chooses the faults itself', 'Name no fault, and leave --all out.');
  const forMs = parseDuration(text);
  if (!forMs.ok || forMs.value <= 0 || forMs.value > longestMs)
    throw new UsageError(`--for ${text} is no duration up to a day`, 'Write it as 30m or 2h.');
  return { seed, forMs: forMs.value };
}

const longestMs = 24 * 3_600_000;

/** The VIP that `--vip` names. */
export function chosenVip(
  { endpoint: { virtualIPs } }: ClusterSpec,
  wanted: string | undefined,
): ClusterSpec['endpoint']['virtualIPs'][number] | undefined {
  const vip = virtualIPs.find(({ address }) => address === wanted);
  if (wanted !== undefined && !vip)
    throw new UsageError(
      `${wanted} is none of the cluster's VIPs`,
      `They are: ${virtualIPs.map(({ address }) => address).join(', ')}.`,
    );
  return vip;
}

/** The node that `--on` names. */
export function chosenNode({ nodes }: ClusterSpec, wanted: string | undefined): string | undefined {
  if (wanted !== undefined && !nodes.some(({ name }) => name === wanted))
    throw new UsageError(
      `${wanted} is none of the cluster's nodes`,
      `They are: ${nodes.map(({ name }) => name).join(', ')}.`,
    );
  return wanted;
}
