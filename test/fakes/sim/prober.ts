import type { Power } from '../../../src/drill/options.ts';
import type { Instruments } from '../../../src/drill/instruments.ts';
import {
  readEvery,
  type ProbeConfig,
  type ProbeKind,
  type ProbeMessage,
  type ProbeOutcome,
  type ProbeSample,
} from '../../../src/drill/measure/probe.ts';
import { collector } from '../../../src/drill/prober/collector.ts';
import { dueEnd, dueMs } from '../../../src/drill/prober/schedule.ts';
import type { Neighbour } from '../../../src/drill/prober/client-view.ts';
import { nodeOf, type SimCluster } from './cluster.ts';
import { boot } from './faults.ts';
import { changed, Killed, type Run } from './host.ts';
import { apiServerReady, clientsReach } from './machine.ts';
import { powerOff, vipsOn, type SimNode } from './node.ts';
import { reaches } from './observation.ts';

const answerMs = 4;

/** What a drill measures with, in a simulated cluster: a client that asks it on virtual time. */
export function simInstruments(cluster: SimCluster): Instruments {
  return {
    clock: cluster.clock,
    startProber: async (config, { signal }) => {
      const collected = collector();
      const tell = (message: ProbeMessage): void => collected.take(JSON.stringify(message));
      const originMs = cluster.clock.monotonicMs() + 10;
      const probing = { on: true };
      const rates = ratesOf(config);
      const every = readEvery(config.ratePerSecond);
      const reads = (kind: ProbeKind, index: number): boolean =>
        config.reads !== undefined && kind === 'connect' && index % every === 0;
      const next = new Map<ProbeKind, number>();
      const acknowledged = { count: 0 };
      tell({ ready: true, monotonicOrigin: originMs });
      cluster.clock.onAdvance((nowMs) => {
        if (!probing.on || signal?.aborted === true) return;
        const { outcome, node, read } = answerOf(cluster, config.host);
        const samples = rates.flatMap(({ kind, ratePerSecond }) => {
          const first = next.get(kind) ?? 0;
          const end = dueEnd(originMs, ratePerSecond, first, nowMs);
          next.set(kind, end);
          if (kind === 'write' && outcome === 'ok') acknowledged.count += end - first;
          return Array.from({ length: end - first }, (_, i): ProbeSample => {
            const sentMs = dueMs(originMs, ratePerSecond, first + i);
            const doneMs = sentMs + (outcome === 'timeout' ? config.timeoutMs : answerMs);
            return {
              kind,
              index: first + i,
              sentMs,
              doneMs,
              outcome,
              latenessMs: 0,
              ...(outcome !== 'unreachable' && { tcpMs: sentMs + 1 }),
              ...(outcome === 'ok' && { tlsMs: sentMs + 2 }),
              ...(node !== undefined && { node }),
              ...(reads(kind, first + i) && { read: { doneMs, ...read } }),
            };
          });
        });
        if (samples.length > 0) tell({ samples });
      });
      return {
        ...collected.seen,
        originMs,
        stop: async () => {
          if (probing.on && signal?.aborted !== true) {
            if (config.writes) tell({ audit: { acknowledged: acknowledged.count, lost: [] } });
            const elapsedMs = cluster.clock.monotonicMs() - originMs;
            const sent = next.get('connect') ?? 0;
            const [read] = config.reads ?? [];
            tell({ summary: { sent, worstLatenessMs: 0, elapsedMs, cpuMs: 0, ...(read !== undefined && { read }) } });
          }
          probing.on = false;
          return collected.result('ended by SIGKILL');
        },
      };
    },
    watchClientView: (address) => {
      const seen: Neighbour[] = [];
      const watching = { on: true };
      cluster.clock.onAdvance((atMs) => {
        const mac = holderFor(cluster, address)?.mac;
        if (watching.on && mac !== undefined && mac !== seen.at(-1)?.mac) seen.push({ atMs, mac });
      });
      return { seen, stop: () => void (watching.on = false) };
    },
  };
}

function ratesOf({ ratePerSecond, keptAlivePerSecond, writes }: ProbeConfig) {
  const rates: { readonly kind: ProbeKind; readonly ratePerSecond: number | undefined }[] = [
    { kind: 'connect', ratePerSecond },
    { kind: 'request', ratePerSecond: keptAlivePerSecond },
    { kind: 'write', ratePerSecond: writes?.ratePerSecond },
  ];
  return rates.flatMap((one) =>
    one.ratePerSecond === undefined ? [] : [{ kind: one.kind, ratePerSecond: one.ratePerSecond }],
  );
}

/** The node that a client's packets to a VIP get to. Of two that hold it the one whose keepalived announces it. */
function holderFor({ nodes }: SimCluster, vip: string): SimNode | undefined {
  return nodes
    .filter((node) => node.up && clientsReach(node.machine) && vipsOn(node).has(vip))
    .toSorted((a, b) => a.machine.hung.size - b.machine.hung.size)[0];
}

interface Answer {
  readonly outcome: ProbeOutcome;
  readonly node?: string;
  /** What comes of a quorum read on it. */
  readonly read: { readonly outcome: ProbeOutcome; readonly etcd?: boolean };
}

function bad(outcome: ProbeOutcome): Answer {
  return { outcome, read: { outcome } };
}

/** What comes of a new connection to a VIP now, and who answers it. */
function answerOf(cluster: SimCluster, vip: string): Answer {
  const holder = holderFor(cluster, vip);
  if (!holder) return bad('unreachable');
  if (!holder.services.haproxy.active) return bad('refused');
  if (holder.machine.hung.has('haproxy') || holder.machine.full) return bad('timeout');
  const server = cluster.nodes.find(
    (node) => reaches(holder, node, cluster.cut) && node.apiReady && apiServerReady(node, cluster.nodes),
  );
  // Without etcd's quorum none is ready; those that serve are asked all the same.
  const read = server ? { outcome: 'ok' as const } : { outcome: 'http-5xx' as const, etcd: true };
  return { outcome: 'ok', node: (server ?? holder).name, read };
}

/** Takes and gives power from outside, as an operator's commands do. */
export function simPower(cluster: SimCluster, run: Run): Power {
  const command = (carryOut: (node: SimNode) => void) => async (name: string) => {
    if (run.dead) throw new Killed();
    await cluster.clock.sleep(40);
    carryOut(nodeOf(cluster, name));
    changed(run);
    return undefined;
  };
  return {
    off: command(powerOff),
    on: command((node) => boot(node, cluster.clock.monotonicMs())),
  };
}
