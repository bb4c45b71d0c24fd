import type { ClusterState } from '../../cluster/state.ts';
import type { HolderTimeline, NodeRecord } from './holders.ts';
import { timelineOf } from './holders.ts';
import { requestLoss, watchLoss, writeLoss, type RequestLoss } from './loss.ts';
import { outage } from './outage.ts';
import type { ProbeSample } from './probe.ts';
import { auditRegister } from './register.ts';
import type { Neighbour } from '../prober/client-view.ts';
import type { ProbeResult } from '../prober/collector.ts';
import { usableOf } from './usable.ts';
import type { DrillResult, SamplePoint } from '../result.ts';

/** When things happened, on the monotonic clock. */
export interface Times {
  readonly beganMs: number;
  readonly injectedMs: number;
  readonly healedMs: number;
  readonly wellMs: number;
}

export type Losses = Pick<
  DrillResult,
  'usable' | 'outage' | 'afterHeal' | 'backMs' | 'requests' | 'watch' | 'writes' | 'register' | 'samples' | 'healedMs'
>;

function ofKind(samples: readonly ProbeSample[], kind: ProbeSample['kind']): readonly ProbeSample[] {
  return samples.filter((sample) => sample.kind === kind);
}

/** Turns what the prober saw into what was lost. */
export function lossesOf(
  { samples, watch, register, audit, summary }: ProbeResult,
  times: Times,
  ratePerSecond: number,
): Losses {
  const { beganMs, injectedMs, healedMs, wellMs } = times;
  const connects = ofKind(samples, 'connect');
  const requests = ofKind(samples, 'request');
  const writes = ofKind(samples, 'write');
  return {
    usable: usableOf(connects, summary?.read, times, ratePerSecond),
    outage: outage(connects, { ratePerSecond, fromMs: beganMs, toMs: healedMs }),
    afterHeal: outage(connects, { ratePerSecond, fromMs: healedMs, toMs: wellMs }),
    backMs: backMs(connects, times, ratePerSecond),
    requests: requests.length === 0 ? undefined : requestLoss(requests, injectedMs, healedMs),
    watch: watchLoss(watch, injectedMs, wellMs),
    writes: audit && writeLoss(writesLost(writes, { injectedMs, healedMs, wellMs }), audit),
    register: register.length === 0 ? undefined : auditRegister(register),
    healedMs: round(healedMs - injectedMs),
    samples: connects
      .toSorted((a, b) => a.sentMs - b.sentMs)
      .map(({ sentMs, doneMs, outcome }): SamplePoint => [round(sentMs - injectedMs), round(doneMs - sentMs), outcome]),
  };
}

function backMs(connects: readonly ProbeSample[], { healedMs, wellMs }: Times, ratePerSecond: number): number {
  const answers = connects.flatMap((sample) => [sample, ...(sample.read ? [{ ...sample, ...sample.read }] : [])]);
  const last = outage(answers, { ratePerSecond, fromMs: healedMs, toMs: wellMs }).windows.at(-1);
  return last === undefined ? 0 : round(last.endMs - healedMs);
}

/** Writes may fail for longer than the fault lasts, until etcd has a majority and the API servers are ready again. */
function writesLost(
  writes: readonly ProbeSample[],
  { injectedMs, healedMs, wellMs }: Omit<Times, 'beganMs'>,
): RequestLoss {
  const { stallMs } = requestLoss(writes, injectedMs, wellMs);
  return { ...requestLoss(writes, injectedMs, healedMs), stallMs };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** The VIP's holders, counted from the injection. */
export function holdersFrom(
  records: readonly NodeRecord[],
  unknown: Readonly<Record<string, string>>,
  { beganMs, injectedMs, wellMs }: Times,
): HolderTimeline {
  const timeline = timelineOf(records, unknown, beganMs, wellMs);
  return {
    ...timeline,
    twoMs: round(timeline.twoMs),
    noneMs: round(timeline.noneMs),
    errorMs: round(timeline.errorMs),
    spans: timeline.spans.map(({ fromMs, toMs, holders }) => ({
      fromMs: round(fromMs - injectedMs),
      toMs: round(toMs - injectedMs),
      holders,
    })),
  };
}

/** Node names for link-layer addresses; one that is no node's is shown as it is. */
export function clientViewOf(
  seen: readonly Neighbour[],
  state: ClusterState,
  { injectedMs }: Times,
): DrillResult['clientView'] {
  if (seen.length === 0) return undefined;
  const nodeOf = (mac: string): string =>
    state.nodes.find(
      (node) =>
        node.seen.known &&
        node.seen.value.addresses.known &&
        node.seen.value.addresses.value.some((address) => address.mac === mac),
    )?.node ?? mac;
  return seen.map(({ atMs, mac }) => ({ atMs: round(atMs - injectedMs), node: nodeOf(mac) }));
}
