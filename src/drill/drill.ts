import { ofReads } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { hostPort } from '../core/ip.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  bootedGate,
  electionGate,
  holderGate,
  reachedGate,
  serversGate,
  waitForGates,
  type Gate,
  type GateResult,
} from '../judge/gate.ts';
import { observe } from '../observe/once/observe.ts';
import { leaseMoves, readLeases, settledLeases } from './measure/leases.ts';
import { clientViewOf, failuresOf, holdersFrom, lossesOf, type Times } from './measure/measure.ts';
import { outage } from './measure/outage.ts';
import type { Fault } from './fault.ts';
import type { DrillOptions } from './options.ts';
import { instruments as real } from './instruments.ts';
import type { ProbeConfig } from './measure/probe.ts';
import { needsCredentials, nodeVouches, probeConfig } from './measure/probe-config.ts';
import type { Prober } from './prober/start.ts';
import { collect, endRecords, record, type Recordings } from './measure/records.ts';
import type { Measured } from './result.ts';
import { heal, strike } from './strike.ts';
import { notRun, type DrillPlan } from './target.ts';
import { besideLate, lostMs, twoHoldersVerdictOf, verdictOfFelt } from './verdict.ts';

const beforeMs = 700;

/** Observed at least this long after the injection, and this long past the predicted end. */
const watchedMs = 1800;
const pastPredictionMs = 1500;
const afterMs = 500;
const healedTimeoutMs = 60_000;
const keptAlivePerSecond = 20;

/** Injects while a client probes, heals, waits until all is well, and holds the loss against the prediction. */
export async function runDrill(
  spec: ClusterSpec,
  plan: DrillPlan,
  state: ClusterState,
  options: DrillOptions,
): Promise<Result<Measured, readonly Finding[]>> {
  const { vip, prediction, name } = plan;
  const { ratePerSecond, writes, hosts, instruments = real } = options;
  const { clock } = instruments;
  const step = (what: string): void => options.onEvent({ kind: 'step', what });
  const impossible = impossibleHere(plan, options);
  if (impossible) return err([impossible]);
  const config = await proberConfig(spec, plan, options);
  if (!config.ok) return config;

  const leasesBefore = readLeases(spec, hosts);
  const watchMs = watchTimeMs(plan);
  const view = instruments.watchClientView(vip.address);
  let prober: Prober | undefined;
  let recordings: Recordings | undefined;
  try {
    prober = await instruments.startProber(config.value, {
      signal: options.signal,
      ...(options.wrap ? { wrap: options.wrap } : {}),
    });
    recordings = await record(hosts, vip.address, Math.ceil((watchMs + healedTimeoutMs) / 1000) + 60, clock);
    step(`probing ${hostPort(vip.address, spec.endpoint.port)} with ${ratePerSecond} new TLS connections a second`);
    const [leases = []] = await Promise.all([leasesBefore, clock.sleep(beforeMs)]);
    const connects = prober.samples.filter(({ kind }) => kind === 'connect');
    const before = outage(connects, { ratePerSecond });
    if (before.failed > 0 || before.probes === 0)
      return err([notRun(name, unwell(before), needsCredentials(connects))]);

    const startedAt = new Date(clock.epochMs()).toISOString();
    const injectedAtMs = clock.epochMs();
    const injectedMs = clock.monotonicMs();
    const struck = await strike(plan, watchMs, options);
    if (struck) return err([struck]);
    await clock.sleep(watchMs);
    const healedMs = clock.monotonicMs();
    const healedBy = await heal(plan, options);
    const { gates, reachedMs } = await well(spec, plan, options);
    const wellMs = clock.monotonicMs();
    const times: Times = { beganMs: injectedMs - beforeMs, injectedMs, healedMs, reachedMs, wellMs };
    const probed = await prober.stop();
    if (probed.failure !== undefined) return err([notRun(name, probed.failure)]);
    const { records, unknown } = await collect(hosts, plan, recordings, injectedMs, clock);
    recordings = undefined;
    const leasesAfter = leases.length === 0 ? [] : await settledLeases(spec, hosts, leases, clock);
    const losses = lossesOf(probed, times, ratePerSecond);
    const judged = losses.usable ? ofReads(prediction) : prediction;
    const lost = losses.usable?.outage ?? losses.outage;
    const holders = holdersFrom(records, unknown, times);
    return ok({
      fault: name,
      summary: plan.strikes.map(({ fault }) => fault.summary).join(', and '),
      nodes: [...new Set(plan.strikes.flatMap(({ targets }) => targets.map(({ node }) => node.name)))],
      vip: vip.address,
      startedAt,
      ratePerSecond,
      prediction,
      ...losses,
      lostMs: lostMs(lost, judged.impact),
      verdict: besideLate(
        verdictOfFelt(losses, prediction, ratePerSecond),
        verdictOfFelt(failuresOf(probed, times, ratePerSecond), prediction, ratePerSecond),
        losses.lateBefore?.late ?? 0,
      ),
      writesNote: typeof writes === 'string' ? writes : undefined,
      holders,
      twoHoldersVerdict: twoHoldersVerdictOf(holders, prediction),
      clientView: clientViewOf(view.seen, state, times),
      healedBy,
      gates,
      leases: leaseMoves(leases, leasesAfter, injectedAtMs),
    });
  } finally {
    view.stop();
    await prober?.stop();
    if (recordings) await endRecords(hosts, recordings);
  }
}

function unwell({ probes, failed, outcomes }: ReturnType<typeof outage>): string {
  return probes === 0
    ? 'the prober got no answer'
    : `${failed} of ${probes} probes failed before anything was broken: ${Object.keys(outcomes).join(', ')}`;
}

function impossibleHere({ name, strikes }: DrillPlan, { power, rollOut }: DrillOptions): Finding | undefined {
  const needs = (outside: 'power' | 'rollout'): boolean => strikes.some(({ fault }) => fault.outside === outside);
  if (needs('power') && !power)
    return notRun(
      name,
      'nothing here can take and give the power of a node',
      'Say how: --power-off CMD --power-on CMD.',
    );
  return needs('rollout') && !rollOut ? notRun(name, 'nothing here can roll out') : undefined;
}

/** The fault is watched until what was predicted has happened, and a little longer. */
function watchTimeMs({ strikes, prediction: { upperMs, twoHoldersUpperMs, reads } }: DrillPlan): number {
  const bounds = [upperMs, twoHoldersUpperMs, reads?.upperMs ?? 0].filter((ms) => Number.isFinite(ms));
  const lasts = strikes.map(({ fault }) => (fault.lastsMs ?? 0) + afterMs);
  return Math.max(watchedMs, ...lasts, ...bounds.map((ms) => ms + pastPredictionMs));
}

/** The probes, and what else is done meanwhile. */
async function proberConfig(
  spec: ClusterSpec,
  { strikes, vip }: DrillPlan,
  { hosts, ratePerSecond, writes, credentials, caPem, onEvent, instruments: { clock } = real }: DrillOptions,
): Promise<Result<ProbeConfig, readonly Finding[]>> {
  const node = strikes[0]?.targets[0]?.node.name;
  const host = hosts.find(({ name }) => name === node) ?? hosts[0];
  const basic = await probeConfig(spec, host, { ratePerSecond, vip, caPem, credentials });
  if (!basic.ok) return basic;
  if (caPem === undefined && host) onEvent({ kind: 'step', what: nodeVouches(host.name) });
  const prefix = `k8s-ha-drill-${clock.epochMs().toString(36)}`;
  return ok({
    ...basic.value,
    keptAlivePerSecond,
    reads: quorumReads(writes, credentials !== undefined),
    ...(typeof writes === 'string' ? {} : { writes: { ...writes, prefix } }),
  });
}

/** An object that every namespace of Kubernetes has, read from etcd itself where no resourceVersion is given; else a check of etcd. */
function quorumReads(writes: DrillOptions['writes'], login: boolean): readonly string[] {
  const known = typeof writes === 'string' || !login ? undefined : writes.namespace;
  return [
    ...(known === undefined ? [] : [`/api/v1/namespaces/${known}/configmaps/kube-root-ca.crt`]),
    // Serves on while it shuts down.
    '/readyz?exclude=shutdown',
  ];
}

/** Waits until all is as it was. @returns also when the nodes that were away could be reached again */
async function well(
  spec: ClusterSpec,
  { strikes }: DrillPlan,
  { hosts, lockToken, onEvent, instruments: { clock } = real }: DrillOptions,
): Promise<{ readonly gates: readonly GateResult[]; readonly reachedMs: number }> {
  const nodesOf = (which: (fault: Fault) => boolean): readonly string[] =>
    strikes.flatMap(({ fault, targets }) => (which(fault) ? targets.map(({ node }) => node.name) : []));
  const booted = nodesOf(({ forgets }) => forgets === true).map((node) => bootedGate(node, lockToken));
  const reached = nodesOf(({ part, severs }) => part === 'node' || severs === true).map(reachedGate);
  const others: readonly Gate[] = [
    ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
    ...spec.nodes.map(({ name }) => electionGate(spec, name)),
    ...spec.nodes.map(({ name }) => serversGate(spec, name)),
  ];
  const first = [...booted, ...reached];
  const startedMs = clock.monotonicMs();
  const look = async (): Promise<ClusterState> => observe(spec, hosts);
  const results = await waitForGates([...first, ...others], look, { timeoutMs: healedTimeoutMs, clock });
  const reachedMs = startedMs + Math.max(0, ...results.slice(0, first.length).map(({ tookMs }) => tookMs));
  // That a node can be reached is in every other sentence.
  const gates = [...results.slice(0, booted.length), ...results.slice(first.length)];
  for (const { sentence, passed, lastError } of gates)
    if (!passed)
      onEvent({ kind: 'gate-failed', what: sentence, ...(lastError !== undefined && { detail: lastError }) });
  return { gates, reachedMs };
}
