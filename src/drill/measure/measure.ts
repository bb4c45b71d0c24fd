import { defaultPromptMs } from '../../cluster/disruption.ts';
import type { ClusterState } from '../../cluster/state.ts';
import type { HolderTimeline, NodeRecord } from './holders.ts';
import { timelineOf } from './holders.ts';
import { requestLoss, watchLoss, writeLoss, type RequestLoss } from './loss.ts';
import { outage } from './outage.ts';
import type { ProbeSample } from './probe.ts';
import { auditRegister } from './register.ts';
import type { Neighbour } from '../prober/client-view.ts';
import type { ProbeResult } from '../prober/collector.ts';
import { readsOf, usableOf } from './usable.ts';
import type { DrillResult, SamplePoint } from '../result.ts';

/** When things happened, on the monotonic clock. */
export interface Times {
  readonly beganMs: number;
  readonly injectedMs: number;
  readonly healedMs: number;
  /** When every node could be reached again: one whose power came back has to boot first. */
  readonly reachedMs: number;
  readonly wellMs: number;
}

export type Losses = Pick<
  DrillResult,
  | 'usable'
  | 'outage'
  | 'lateBefore'
  | 'afterHeal'
  | 'backMs'
  | 'requests'
  | 'watch'
  | 'writes'
  | 'register'
  | 'samples'
  | 'healedMs'
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
  const { injectedMs, healedMs, wellMs } = times;
  const connects = ofKind(samples, 'connect');
  const requests = ofKind(samples, 'request');
  const writes = ofKind(samples, 'write');
  return {
    ...feltOf(connects, summary?.read, times, ratePerSecond),
    ...lateBefore(connects, times, ratePerSecond),
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

/** What clients felt of the fault, with late answers taken for good ones. */
export function failuresOf(
  { samples, summary }: Pick<ProbeResult, 'samples' | 'summary'>,
  times: Times,
  ratePerSecond: number,
): Pick<DrillResult, 'usable' | 'outage'> {
  return feltOf(ofKind(samples, 'connect'), summary?.read, times, ratePerSecond, Infinity);
}

function feltOf(
  connects: readonly ProbeSample[],
  read: string | undefined,
  times: Times,
  ratePerSecond: number,
  promptMs = defaultPromptMs,
): Pick<DrillResult, 'usable' | 'outage'> {
  const { injectedMs, healedMs } = times;
  return {
    usable: usableOf(connects, read, times, ratePerSecond, promptMs),
    outage: outage(connects, { ratePerSecond, injectedMs, toMs: healedMs, promptMs }),
  };
}

function lateBefore(
  connects: readonly ProbeSample[],
  { injectedMs }: Times,
  ratePerSecond: number,
): Pick<DrillResult, 'lateBefore'> {
  const answers = [...connects, ...readsOf(connects)].filter(({ doneMs }) => doneMs < injectedMs);
  const { slow, probes, maxMs = 0 } = outage(answers, { ratePerSecond });
  return slow === 0 ? {} : { lateBefore: { late: slow, answers: probes, worstMs: round(maxMs) } };
}

/** Single late answers are a busy machine's: those count that follow each other for longer than a prompt one may take. */
function backMs(connects: readonly ProbeSample[], { reachedMs, wellMs }: Times, ratePerSecond: number): number {
  const answers = connects.flatMap((sample) => [sample, ...(sample.read ? [{ ...sample, ...sample.read }] : [])]);
  const last = outage(answers, { ratePerSecond, fromMs: reachedMs, toMs: wellMs }).windows.findLast(
    ({ startMs, endMs, failed }) => failed > 0 || endMs - startMs > defaultPromptMs,
  );
  return last === undefined ? 0 : round(last.endMs - reachedMs);
}

/** Writes may fail for longer than the fault lasts, until etcd has a majority and the API servers are ready again. */
function writesLost(
  writes: readonly ProbeSample[],
  { injectedMs, healedMs, wellMs }: Omit<Times, 'beganMs' | 'reachedMs'>,
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
