// The prober: a process of its own, so that nothing else that the operator's machine does for the drill delays a probe.
// One JSON line of configuration on stdin, JSON lines of samples on stdout; "stop", the end of stdin, or its duration ends it.
import { createInterface } from 'node:readline';
import {
  monotonicMs,
  readEvery,
  type ProbeConfig,
  type ProbeMessage,
  type ProbeSample,
  type WatchEvent,
} from '../measure/probe.ts';
import type { RegisterOp } from '../measure/register.ts';
import { apiClient } from './api-client.ts';
import { parseProbeConfig } from './config.ts';
import { startPace, type Pace } from './pace.ts';
import { startRegister } from './register.ts';
import { goAhead } from './priority.ts';
import { tlsProbe } from './tls-probe.ts';
import { followWatch } from './watch.ts';
import { createWriter } from './writes.ts';

const batchMs = 100;

function tell(message: ProbeMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The first path that is answered as a quorum read is; undefined where none is, or none is asked for. */
async function readable(config: ProbeConfig): Promise<string | undefined> {
  for (const path of config.reads ?? []) {
    const { read } = await tlsProbe(config, path)();
    if (read?.outcome === 'ok') return path;
  }
  return undefined;
}

/** Begins to probe; the returned function stops sending, waits for what is in flight, reads back, and tells the summary. */
function run(config: ProbeConfig, read: string | undefined, ended: () => void): () => void {
  const { ratePerSecond, timeoutMs, path, keptAlivePerSecond, writes } = config;
  const cpuBefore = process.cpuUsage();
  const originMs = monotonicMs() + 10;
  const client = apiClient(config);
  const watching = new AbortController();
  let samples: ProbeSample[] = [];
  let watch: WatchEvent[] = [];
  let operations: RegisterOp[] = [];

  const flush = (): void => {
    if (samples.length > 0) tell({ samples });
    if (watch.length > 0) tell({ watch });
    if (operations.length > 0) tell({ register: operations });
    samples = [];
    watch = [];
    operations = [];
  };
  const common = { originMs, timeoutMs, onSample: (sample: ProbeSample): void => void samples.push(sample) };
  const [connect, connectAndRead, every] = [tlsProbe(config), tlsProbe(config, read), readEvery(ratePerSecond)];
  const connects = startPace({
    ...common,
    kind: 'connect',
    ratePerSecond,
    probe: async (index) => (index % every === 0 ? connectAndRead : connect)(),
  });
  const writer = writes && createWriter(client, config, writes);
  const paces: readonly Pace[] = [
    connects,
    ...(keptAlivePerSecond === undefined
      ? []
      : [
          startPace({
            ...common,
            kind: 'request',
            ratePerSecond: keptAlivePerSecond,
            probe: async () => {
              const { body: _, ...answer } = await client.call({ method: 'GET', path });
              return answer;
            },
          }),
        ]),
    ...(writer && writes
      ? [
          startPace({
            ...common,
            kind: 'write',
            ratePerSecond: writes.ratePerSecond,
            probe: async (index) => writer.write(index),
          }),
        ]
      : []),
  ];
  const register = writes?.register === true && startRegister(config, writes, (one) => void operations.push(one));
  if (writes) void followWatch(client, writes, (event) => void watch.push(event), watching.signal);

  const finish = async (): Promise<void> => {
    await Promise.all(paces.map((pace) => pace.stop()));
    watching.abort();
    if (register) await register.stop();
    const elapsedMs = monotonicMs() - originMs;
    if (writer) tell({ audit: await writer.audit() });
    clearInterval(flusher);
    flush();
    client.close();
    const { user, system } = process.cpuUsage(cpuBefore);
    const worstLatenessMs = Math.max(...paces.map((pace) => pace.worstLatenessMs()));
    const cpuMs = (user + system) / 1000;
    tell({
      summary: { sent: connects.sent(), worstLatenessMs, elapsedMs, cpuMs, ...(read === undefined ? {} : { read }) },
    });
    ended();
  };
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    clearTimeout(cap);
    void finish();
  };

  const flusher = setInterval(flush, batchMs);
  const cap = config.durationMs === undefined ? undefined : setTimeout(stop, config.durationMs);
  tell({ ready: true, monotonicOrigin: originMs });
  return stop;
}

/** Leaves once everything that was told is written. */
function exit(code: number): void {
  process.stdout.write('', () => process.exit(code));
}

function fail(error: string): void {
  tell({ error });
  exit(2);
}

function main(): void {
  goAhead();
  // Nobody reads any more: nothing is left to do.
  process.stdout.on('error', () => process.exit(1));
  let stop: (() => void) | undefined;
  const begin = async (config: ProbeConfig): Promise<void> => {
    try {
      stop = run(config, await readable(config), () => exit(0));
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (stop) {
      if (line.trim() === 'stop') stop();
      return;
    }
    const config = parseProbeConfig(line);
    if (config.ok) void begin(config.value);
    else fail(config.error);
  });
  lines.on('close', () => (stop ? stop() : exit(2)));
}

main();
