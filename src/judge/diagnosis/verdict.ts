import type { ClusterSpec } from '../../cluster/spec.ts';
import type { JudgedAddress } from './addresses.ts';
import type { JudgedApi } from './api.ts';
import type { Cause, Diagnosis, Verdict } from './model.ts';
import { list } from './nodes.ts';

interface Judged {
  readonly addresses: readonly JudgedAddress[];
  readonly api: JudgedApi;
  readonly causes: readonly Cause[];
  /** Something that runs on the nodes is not as it should be. */
  readonly broken: boolean;
  readonly redundancy: Diagnosis['redundancy'];
}

export function verdictOf({ addresses, api, causes, broken, redundancy }: Judged): Verdict {
  if (addresses.some(({ served }) => served === 'no') || api.noWrites) return 'outage';
  if (addresses.some(({ served }) => served === 'unknown')) return 'unknown';
  return broken || redundancy.fit < redundancy.of || causes.some(({ severity }) => severity === 'error')
    ? 'degraded'
    : 'served';
}

/** The verdict in one line: what clients have, then the worst cause. */
export function sentenceOf(spec: ClusterSpec, verdict: Verdict, judged: Judged): string {
  const { addresses, api, causes, redundancy } = judged;
  const [worst] = causes;
  const what = worst?.what ?? '';
  const more = causes.length > 1 ? ` (and ${causes.length - 1} more)` : '';
  const by = servedBy(addresses);
  switch (verdict) {
    case 'served':
      return `${by}.${causes.length === 0 ? '' : ` ${counted(causes.length, 'warning')}.`}`;
    case 'degraded': {
      const few = redundancy.fit < redundancy.of ? `${redundancy.fit} of ${redundancy.of} nodes can serve it` : '';
      // A keepalived that was just started listens first: nothing is wrong with it.
      if (!worst) return `${by}; ${few} at this moment.`;
      return `${by}, but ${what}${few === '' ? '' : `: ${few}`}${more}.`;
    }
    case 'unknown':
      return `Whether the API is served is unknown: ${what}${more}.`;
    default:
  }
  const without = addresses.filter(({ served }) => served === 'no');
  if (without.some(({ holders }) => holders.length > 1)) return `Split brain: ${what}, and clients get either${more}.`;
  if (worst?.rule === 'connections-full') return `New connections to the API wait: ${what}${more}.`;
  if (api.noWrites) return `Writes to the API fail, reads are cached at best: ${what}${more}.`;
  const part = without.length < spec.endpoint.virtualIPs.length;
  return `${part ? `${list(without.map(({ address }) => address))} ${without.length === 1 ? 'is' : 'are'} not served` : 'The API is not served'}: ${what}${more}.`;
}

function servedBy(addresses: readonly JudgedAddress[]): string {
  const holders = [...new Set(addresses.flatMap((one) => one.holders))];
  return addresses.length === 1 || holders.length === 1
    ? `The API is served by ${list(holders)}`
    : `The API is served: ${list(addresses.map((one) => `${one.address} by ${list(one.holders)}`))}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
