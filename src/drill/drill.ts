import { setTimeout as sleep } from 'node:timers/promises';
import type { Prediction } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { Timers } from '../cluster/timers.ts';
import { script, succeeded } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Host } from '../host/host.ts';
import { electionGate, holderGate, waitForGates, type Gate, type GateResult } from '../observe/gate.ts';
import { healthFindings } from '../observe/health.ts';
import { observe } from '../observe/observe.ts';
import { predict } from '../predict/predict.ts';
import { availableCommand, healCommand, injectCommand, type Fault, type FaultTarget } from './fault.ts';
import { outage as measure, type Outage } from './outage.ts';
import { monotonicMs } from './probe.ts';
import { startProber } from './prober/start.ts';

/** Takes a node's power and gives it back, from outside: a power switch, a hypervisor, or the lab. */
export interface Power {
  off(node: string): Promise<Finding | undefined>;
  on(node: string): Promise<Finding | undefined>;
}

export interface DrillOptions {
  readonly hosts: readonly Host[];
  readonly timers: Timers;
  readonly power: Power | undefined;
  /** New TLS connections a second, 1–200. */
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: DrillEvent) => void;
}

export interface DrillEvent {
  readonly kind: 'step' | 'gate-passed' | 'gate-failed';
  readonly what: string;
  readonly detail?: string;
}

/** What one fault cost, next to what was predicted. */
export interface DrillResult {
  readonly fault: string;
  readonly summary: string;
  readonly node: string;
  readonly vip: string;
  readonly prediction: Prediction;
  /** From the injection to the healing. */
  readonly outage: Outage;
  /** From the healing until the cluster was healthy again: a returning node must cost nothing. */
  readonly afterHeal: Outage;
  readonly verdict: 'within' | 'above' | 'below' | 'invalid';
  readonly holdersAfter: readonly string[];
  readonly gates: readonly GateResult[];
}

const beforeMs = 1000;
/** Observed at least this long after the injection, and this long past the predicted end. */
const watchedMs = 2500;
const pastPredictionMs = 1500;
const healedTimeoutMs = 45_000;

/** What a drill is about to do, before it does it. */
export interface DrillPlan {
  readonly fault: Fault;
  readonly target: FaultTarget;
  readonly prediction: Prediction;
}

/** Refuses a cluster that is not healthy: a drill that begins in an outage measures nothing. */
export const planDrill = (
  spec: ClusterSpec,
  state: ClusterState,
  timers: Timers,
  fault: Fault,
): Result<DrillPlan, readonly Finding[]> => {
  const sick = healthFindings(spec, state).filter(
    ({ severity, rule }) => severity === 'error' || rule === 'drained' || rule === 'api-server-down',
  );
  const [vip] = spec.endpoint.virtualIPs;
  const holder = vip && holdersOf(state, vip.address)[0];
  const node = spec.nodes.find(({ name }) => name === holder);
  const prediction = predict(spec, timers).find(({ disruption }) => disruption === fault.disruption);
  if (sick.length > 0 || !vip || !node || !prediction)
    return err([
      {
        rule: 'not-healthy',
        severity: 'error',
        message: 'the cluster is not healthy, so nothing is broken on purpose',
        suggestion: 'Mend what follows first.',
      },
      ...sick,
    ]);
  return ok({ fault, target: { spec, node, vip }, prediction });
};

/** Injects one fault while a client probes, heals it, waits until all is well, and holds the loss against the prediction. */
export const runDrill = async (
  { fault, target, prediction }: DrillPlan,
  options: DrillOptions,
): Promise<Result<DrillResult, readonly Finding[]>> => {
  const { spec, node, vip } = target;
  const host = options.hosts.find(({ name }) => name === node.name);
  if (!host) throw new Error(`no host for ${node.name}`);
  const step = (what: string): void => options.onEvent({ kind: 'step', what });

  if (fault.inject === undefined && options.power === undefined)
    return err([
      unavailable(
        fault,
        'nothing here can take and give the power of a node',
        'Say how: --power-off CMD --power-on CMD.',
      ),
    ]);
  const available = await host.run(availableCommand(fault, target));
  if (!succeeded(available))
    return err([
      unavailable(fault, available.failure?.message ?? (available.stdout.trim() || available.stderr.trim())),
    ]);
  const ca = await host.run(script('read the CA', `cat ${spec.apiServer.caFile}`));
  if (!succeeded(ca))
    return err([unavailable(fault, `the CA cannot be read: ${ca.failure?.message ?? ca.stderr.trim()}`)]);

  const prober = await startProber(
    {
      host: vip.address,
      port: spec.endpoint.port,
      servername: 'kubernetes',
      caPem: ca.stdout,
      path: '/version',
      ratePerSecond: options.ratePerSecond,
      timeoutMs: 3000,
    },
    { signal: options.signal },
  );
  try {
    step(`probing ${vip.address}:${spec.endpoint.port} with ${options.ratePerSecond} new TLS connections a second`);
    await sleep(beforeMs);
    const { ratePerSecond } = options;
    const before = measure(prober.samples, { ratePerSecond });
    if (before.failed > 0 || before.probes === 0)
      return err([
        unavailable(
          fault,
          before.probes === 0
            ? 'the prober got no answer'
            : `${before.failed} of ${before.probes} probes failed before anything was broken: ${Object.keys(before.outcomes).join(', ')}`,
        ),
      ]);

    const watchMs = Math.max(
      watchedMs,
      (Number.isFinite(prediction.upperMs) ? prediction.upperMs : 0) + pastPredictionMs,
    );
    step(`${fault.name} on ${node.name}: ${fault.summary}`);
    const injectedMs = monotonicMs();
    const broken =
      fault.inject === undefined ? await options.power?.off(node.name) : await injected(host, fault, target, watchMs);
    if (broken) return err([broken]);
    await sleep(watchMs);
    const healedMs = monotonicMs();
    step(`healing ${node.name}`);
    await mend(host, fault, target, options);
    const gates = await healthy(spec, options);
    const { samples, failure } = await prober.stop();
    const outage = measure(samples, { ratePerSecond, fromMs: injectedMs - beforeMs, toMs: healedMs });
    const afterHeal = measure(samples, { ratePerSecond, fromMs: healedMs });
    if (failure !== undefined) return err([unavailable(fault, failure)]);
    const state = await observe(spec, options.hosts);
    return ok({
      fault: fault.name,
      summary: fault.summary,
      node: node.name,
      vip: vip.address,
      prediction,
      outage,
      afterHeal,
      verdict: verdictOf(outage, prediction),
      holdersAfter: holdersOf(state, vip.address),
      gates,
    });
  } finally {
    await prober.stop();
  }
};

const unavailable = (fault: Fault, message: string, suggestion?: string): Finding => ({
  rule: 'drill-not-run',
  severity: 'error',
  message: `${fault.name} was not run: ${message}`,
  ...(suggestion !== undefined && { suggestion }),
});

/** The node heals itself a little after the operator's side should have. */
const selfHealMarginMs = 10_000;

const injected = async (
  host: Host,
  fault: Fault,
  target: FaultTarget,
  watchMs: number,
): Promise<Finding | undefined> => {
  const result = await host.run(injectCommand(fault, target, watchMs + selfHealMarginMs));
  if (succeeded(result)) return undefined;
  await host.run(healCommand(fault, target));
  return unavailable(fault, result.failure?.message ?? result.stderr.trim());
};

const mend = async (host: Host, fault: Fault, target: FaultTarget, { power, onEvent }: DrillOptions): Promise<void> => {
  const failed = fault.inject === undefined ? await power?.on(target.node.name) : undefined;
  if (failed) onEvent({ kind: 'gate-failed', what: failed.message });
  const result = await host.run(healCommand(fault, target));
  if (!succeeded(result))
    onEvent({
      kind: 'gate-failed',
      what: `healing ${fault.name} on ${target.node.name} failed; the node's own timer will do it`,
      detail: result.failure?.message ?? result.stderr.trim(),
    });
};

const healthy = async (spec: ClusterSpec, { hosts, onEvent }: DrillOptions): Promise<readonly GateResult[]> => {
  const gates: readonly Gate[] = [
    ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
    ...spec.nodes.map(({ name }) => electionGate(spec, name)),
    {
      sentence: 'every API server is ready for every HAProxy',
      check: (state) => healthFindings(spec, state).find(({ rule }) => rule === 'api-server-down')?.message,
    },
  ];
  const look = async (): Promise<ClusterState> => observe(spec, hosts);
  const results = await waitForGates(gates, look, { timeoutMs: healedTimeoutMs, now: monotonicMs, sleep });
  for (const { sentence, passed, lastError } of results)
    if (!passed)
      onEvent({ kind: 'gate-failed', what: sentence, ...(lastError !== undefined && { detail: lastError }) });
  return results;
};

/** Where the measurement fell. A partial or in-flight loss has no window to compare below. */
export const verdictOf = (outage: Outage, { lowerMs, upperMs, impact }: Prediction): DrillResult['verdict'] => {
  if (!outage.valid) return 'invalid';
  if (outage.outageMs > upperMs) return 'above';
  return impact === 'outage' && outage.outageMs < lowerMs ? 'below' : 'within';
};
