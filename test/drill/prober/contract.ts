import { describe, expect, test } from 'vitest';
import { outage } from '../../../src/drill/measure/outage.ts';
import { readEvery, type ProbeConfig } from '../../../src/drill/measure/probe.ts';
import { dueMs } from '../../../src/drill/prober/schedule.ts';
import type { Prober } from '../../../src/drill/prober/start.ts';

/** A prober, a server that it can ask, and its time. */
export interface ProberBench {
  readonly config: ProbeConfig;
  readonly start: (config: ProbeConfig, signal?: AbortSignal) => Promise<Prober>;
  readonly pass: (ms: number) => Promise<void>;
}

/** What a drill relies on, whoever probes: the process, or the simulation. */
export function proberContract(name: string, open: () => Promise<ProberBench>): void {
  describe(`the contract of a prober: ${name}`, () => {
    test('asks on an absolute schedule, leaves none out, and counts them', async () => {
      const { config, start, pass } = await open();
      const prober = await start(config);
      await pass(500);
      const { samples, watch, audit, summary, failure } = await prober.stop();
      expect(failure).toBeUndefined();
      expect(audit).toBeUndefined();
      expect(watch).toEqual([]);
      expect(samples.length).toBeGreaterThan(10);
      const ordered = samples.toSorted((a, b) => a.index - b.index);
      expect(ordered.map(({ index }) => index)).toEqual(ordered.map((_, index) => index));
      for (const { index, sentMs, doneMs, kind, outcome, latenessMs } of ordered) {
        const due = dueMs(prober.originMs, config.ratePerSecond, index);
        expect(sentMs).toBeGreaterThanOrEqual(due - 0.001);
        expect(sentMs - due - latenessMs).toBeLessThan(5);
        expect(doneMs).toBeGreaterThanOrEqual(sentMs);
        expect({ kind, outcome }).toEqual({ kind: 'connect', outcome: 'ok' });
      }
      expect(summary?.sent).toBe(samples.length);
      expect(outage(samples, config).failed).toBe(0);
    });

    test('asks on kept connections too where it is told', async () => {
      const { config, start, pass } = await open();
      const prober = await start({ ...config, keptAlivePerSecond: 20 });
      await pass(500);
      const { samples } = await prober.stop();
      expect(samples.filter(({ kind }) => kind === 'request').length).toBeGreaterThan(4);
    });

    test('reads on the connections that it is told to, on no other, and says what', async () => {
      const { config, start, pass } = await open();
      const prober = await start({ ...config, reads: ['/readyz'] });
      await pass(300);
      const { samples, summary } = await prober.stop();
      expect(summary?.read).toBe('/readyz');
      expect(samples.length).toBeGreaterThan(5);
      const every = readEvery(config.ratePerSecond);
      expect(every).toBeGreaterThan(1);
      for (const { index, read } of samples) expect(read?.outcome).toBe(index % every === 0 ? 'ok' : undefined);
    });

    test('shows what it found while it goes on, and stops once', async () => {
      const { config, start, pass } = await open();
      const prober = await start(config);
      await pass(400);
      expect(prober.samples.length).toBeGreaterThan(0);
      const result = await prober.stop();
      expect(prober.samples).toEqual(result.samples);
      await pass(300);
      expect(await prober.stop()).toEqual(result);
    });

    test('has no summary where it was killed, and says so', async () => {
      const { config, start, pass } = await open();
      const kill = new AbortController();
      const prober = await start(config, kill.signal);
      await pass(200);
      kill.abort();
      const { summary, failure } = await prober.stop();
      expect(summary).toBeUndefined();
      expect(failure).toBe('the prober stopped: ended by SIGKILL');
    });
  });
}
