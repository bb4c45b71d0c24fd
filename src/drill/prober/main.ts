// The prober: a process of its own, so that nothing else that the operator's machine does for the drill delays a probe.
// One JSON line of configuration on stdin, JSON lines of samples on stdout; "stop", the end of stdin, or its duration ends it.
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { monotonicMs, type ProbeConfig, type ProbeMessage, type ProbeSample } from '../probe.ts';
import { parseProbeConfig } from './config.ts';
import { dueEnd, dueMs, mostInFlight } from './schedule.ts';
import { tlsProbe } from './tls-probe.ts';

const batchMs = 100;

const tell = (message: ProbeMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

/** Begins to probe; the returned function stops sending, waits for what is in flight, and tells the summary. */
const run = (config: ProbeConfig, ended: () => void): (() => void) => {
  const probe = tlsProbe(config);
  const { ratePerSecond, timeoutMs } = config;
  const limit = mostInFlight(ratePerSecond, timeoutMs);
  const cpuBefore = process.cpuUsage();
  const originMs = monotonicMs() + 10;
  let next = 0;
  let inFlight = 0;
  let worstLatenessMs = 0;
  let stopping = false;
  let batch: ProbeSample[] = [];

  const flush = (): void => {
    if (batch.length > 0) tell({ samples: batch });
    batch = [];
  };
  const send = (index: number): void => {
    const nowMs = monotonicMs();
    const latenessMs = nowMs - dueMs(originMs, ratePerSecond, index);
    worstLatenessMs = Math.max(worstLatenessMs, latenessMs);
    if (inFlight >= limit) {
      batch.push({ index, sentMs: nowMs, doneMs: nowMs, outcome: 'local', latenessMs });
      return;
    }
    inFlight += 1;
    void probe().then((answer) => {
      inFlight -= 1;
      batch.push({ index, ...answer, latenessMs });
      if (stopping && inFlight === 0) finish();
    });
  };
  const tick = (): void => {
    const end = dueEnd(originMs, ratePerSecond, next, monotonicMs());
    while (next < end) send(next++);
    timer = setTimeout(tick, Math.max(0, Math.ceil(dueMs(originMs, ratePerSecond, next) - monotonicMs())));
  };
  const finish = (): void => {
    clearInterval(flusher);
    flush();
    const { user, system } = process.cpuUsage(cpuBefore);
    tell({
      summary: { sent: next, worstLatenessMs, elapsedMs: monotonicMs() - originMs, cpuMs: (user + system) / 1000 },
    });
    ended();
  };
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    clearTimeout(timer);
    clearTimeout(cap);
    if (inFlight === 0) finish();
  };

  const flusher = setInterval(flush, batchMs);
  let timer = setTimeout(tick, 0);
  const cap = config.durationMs === undefined ? undefined : setTimeout(stop, config.durationMs);
  tell({ ready: true, monotonicOrigin: originMs });
  return stop;
};

/** Leaves once everything that was told is written. */
const exit = (code: number): void => {
  process.stdout.write('', () => process.exit(code));
};

const main = (): void => {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Only root may; the samples' lateness says whether it mattered.
  }
  // Nobody reads any more: nothing is left to do.
  process.stdout.on('error', () => process.exit(1));
  let stop: (() => void) | undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (stop) {
      if (line.trim() === 'stop') stop();
      return;
    }
    const config = parseProbeConfig(line);
    if (config.ok) {
      try {
        stop = run(config.value, () => exit(0));
        return;
      } catch (error) {
        tell({ error: error instanceof Error ? error.message : String(error) });
      }
    } else tell({ error: config.error });
    exit(2);
  });
  lines.on('close', () => (stop ? stop() : exit(2)));
};

main();
