import { setTimeout as sleep } from 'node:timers/promises';
import { script, succeeded, type Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Host } from '../../host/host.ts';
import { withLock } from '../../lock/lock.ts';
import { brief } from '../../core/printable.ts';
import { units } from '../../node/paths.ts';
import { wholeNumber } from '../../node/said.ts';
import { outage, type Outage } from './outage.ts';
import type { ProbeConfig } from './probe.ts';
import { needsCredentials } from './probe-config.ts';
import { startProber } from '../prober/start.ts';

export interface SoakOptions {
  readonly hosts: readonly Host[];
  readonly seconds: number;
  /** Also keeps every processor of every node busy. */
  readonly busy: boolean;
  readonly ratePerSecond: number;
  readonly breakLock: boolean;
  readonly signal: AbortSignal;
  readonly wrap?: readonly string[];
  readonly onEvent: (text: string) => void;
}

/** How a node did under load. */
export interface NodeSoak {
  readonly node: string;
  /**
   * The longest time for which a real-time task of the node, as keepalived is one, was kept waiting. Absent where cyclictest is
   * not installed: nothing measured it.
   */
  readonly stallMs?: number;
  /** State changes of keepalived: each one without a fault is a false failover. */
  readonly transitions: number;
  /** Those of them with which the node gave its VIPs up, or its place as a backup: it took itself for cut off, or HAProxy for dead. */
  readonly gaveUp: number;
}

export interface SoakResult {
  readonly seconds: number;
  readonly busy: boolean;
  readonly nodes: readonly NodeSoak[];
  /** What a client saw meanwhile. */
  readonly outage: Outage;
}

const stallUnit = 'k8s-ha-soak-stall';
const busyUnit = 'k8s-ha-soak-busy';
const marginS = 30;

/** Starts the measurement on one node. All of it ends by itself, whatever becomes of the operator's side. */
function beginCommand(seconds: number, busy: boolean): Command {
  return script(
    'begin the soak',
    `systemctl stop ${stallUnit} ${busyUnit} 2>/dev/null
systemctl reset-failed ${stallUnit} ${busyUnit} 2>/dev/null
date +%s
! command -v cyclictest >/dev/null || systemd-run --quiet --collect --unit=${stallUnit} --property=RuntimeMaxSec=${seconds + marginS} \\
    cyclictest --quiet --mlockall --threads=1 --priority=50 --interval=10000 --duration=${seconds} || exit 1
${busy ? `systemd-run --quiet --collect --unit=${busyUnit} --property=RuntimeMaxSec=${seconds} sh -c 'for i in $(seq $(nproc)); do while :; do :; done & done; wait'` : ''}`,
  );
}

/** Ends it and prints cyclictest's last line, how often keepalived changed its state, and how often to FAULT. */
function endCommand(since: number): Command {
  return script(
    'end the soak',
    `systemctl stop ${busyUnit} 2>/dev/null
command -v cyclictest >/dev/null || echo '${noCyclictest}'
for i in $(seq 100); do systemctl -q is-active ${stallUnit} || break; sleep 0.1; done
journalctl -u ${stallUnit} --since=@${since} -o cat --no-pager --quiet | grep -o 'Max: *[0-9]*' | tail -n 1
for state in 'transitions:(MASTER|BACKUP|FAULT)' gave-up:FAULT; do
    printf '%s: ' "\${state%%:*}"
    journalctl -u ${units.keepalived} --since=@${since} -o cat --no-pager --quiet | grep -cE "Entering \${state#*:} STATE"
done
exit 0`,
  );
}

const noCyclictest = 'cyclictest: not installed';

/** cyclictest prints microseconds. Undefined where figures are missing that should be there. */
export function parseSoak(output: string, node: string): NodeSoak | undefined {
  const max = /Max: {0,20}(\d{1,12})/.exec(output)?.[1];
  const transitions = /transitions: (\d{1,9})/.exec(output)?.[1];
  const gaveUp = /gave-up: (\d{1,9})/.exec(output)?.[1];
  if (transitions === undefined || gaveUp === undefined) return undefined;
  const changes = { transitions: Number(transitions), gaveUp: Number(gaveUp) };
  if (max !== undefined) return { node, stallMs: Number(max) / 1000, ...changes };
  return output.includes(noCyclictest) ? { node, ...changes } : undefined;
}

/** Loads every node for a while and measures how long it stands still, and whether the VIP moves although nothing failed. */
export async function soak(config: ProbeConfig, options: SoakOptions): Promise<Result<SoakResult, readonly Finding[]>> {
  const result = await withLock(options.hosts, { verb: 'soak' }, options, async () => soakLocked(config, options));
  return result.ok ? result.value : result;
}

async function soakLocked(config: ProbeConfig, options: SoakOptions): Promise<Result<SoakResult, readonly Finding[]>> {
  const { hosts, seconds, busy, ratePerSecond, onEvent } = options;
  const begun = await Promise.all(hosts.map(async (host) => host.run(beginCommand(seconds, busy))));
  // Seconds since 1970: a node that says something else has not begun.
  const began = begun.map(({ stdout }) => wholeNumber(stdout));
  const failed = begun.flatMap((result, i) =>
    succeeded(result) && began[i] !== undefined ? [] : [notBegun(hosts[i]?.name ?? '', result)],
  );
  if (failed.length > 0) return err(failed);
  const prober = await startProber(config, {
    signal: options.signal,
    ...(options.wrap ? { wrap: options.wrap } : {}),
  });
  onEvent(`${seconds} s with ${ratePerSecond} new TLS connections a second${busy ? ' and every processor busy' : ''}`);
  await sleep(seconds * 1000, undefined, { signal: options.signal }).catch(() => undefined);
  const { samples } = await prober.stop();
  const login = needsCredentials(samples);
  const ended = await Promise.all(
    hosts.map(async (host, i) => ({ host, result: await host.run(endCommand(began[i] ?? 0)) })),
  );
  const nodes = ended.flatMap(({ host, result }) => parseSoak(result.stdout, host.name) ?? []);
  const silent = ended.filter(({ host }) => !nodes.some(({ node }) => node === host.name));
  if (silent.length > 0)
    return err(
      silent.map(({ host, result }) => ({
        rule: 'soak-failed',
        severity: 'error',
        node: host.name,
        message: `it told no figures: ${result.failure?.message ?? brief(result.stderr || result.stdout)}`,
      })),
    );
  if (login !== undefined)
    return err([
      {
        rule: 'soak-failed',
        severity: 'error',
        message: 'the API did not let the probes in, so nothing was measured of what clients see',
        suggestion: login,
      },
    ]);
  return ok({ seconds, busy, nodes, outage: outage(samples, { ratePerSecond }) });
}

function notBegun(node: string, result: Awaited<ReturnType<Host['run']>>): Finding {
  return {
    rule: 'soak-failed',
    severity: 'error',
    node,
    message: `the soak could not begin: ${result.failure?.message ?? brief(result.stderr || result.stdout)}`,
  };
}
