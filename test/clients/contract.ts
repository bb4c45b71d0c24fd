import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  monotonicMs,
  type ProbeConfig,
  type ProbeOutcome,
  type ProbeSample,
  type WriteAudit,
} from '../../src/drill/measure/probe.ts';
import type { KeptClients } from '../e2e/support/kept-report.ts';
import type { Playing, Watching } from '../e2e/support/playing.ts';
import { startApiServer, startFailing, startProxy, type ApiServer } from './server.ts';

/** Clients of one make. */
export interface Clients {
  play(config: ProbeConfig, watching: Watching): Promise<Playing>;
  /** `many` connections that are in use. */
  keep(port: number): Promise<KeptClients>;
}

export const many = 10;
const rates = { connect: 40, request: 20, write: 10 } as const;
const timeoutMs = 1500;
const namespace = 'default';
const watching: Watching = { count: 10, path: `/api/v1/namespaces/${namespace}/configmaps?watch=1` };

/** What measurements rely on, whichever program plays the clients. */
export function clientsContract(name: string, start: (caFile: string) => Clients): void {
  describe(`the contract of clients: ${name}`, () => {
    let server: ApiServer;
    let playing: Playing | undefined;

    beforeEach(async () => {
      server = await startApiServer();
    });
    afterEach(async () => {
      await server.signal('SIGCONT');
      await playing?.stop();
      playing = undefined;
      await server.down();
    });

    async function play(port: number, kept: boolean): Promise<{ playing: Playing; kept: KeptClients | undefined }> {
      const clients = start(server.caFile);
      const config = {
        host: '127.0.0.1',
        port,
        servername: 'kubernetes',
        caPem: server.caPem,
        path: '/version',
        ratePerSecond: rates.connect,
        timeoutMs,
        keptAlivePerSecond: rates.request,
        writes: { ratePerSecond: rates.write, namespace, prefix: 'load' },
      };
      playing = await clients.play(config, watching);
      return { playing, kept: kept ? await clients.keep(port) : undefined };
    }

    /** With every client at work. */
    async function working(port = server.port): Promise<{ playing: Playing; kept: KeptClients }> {
      const { playing: begun, kept } = await play(port, true);
      if (!kept) throw new Error('there are no kept clients');
      await expect.poll(() => begun.watches(), { timeout: 20_000 }).toEqual({ open: watching.count, lost: 0 });
      kept.mark();
      return { playing: begun, kept };
    }

    it('lose nothing while nothing is done, and what is acknowledged is there', async () => {
      const { playing: load, kept } = await working();
      const fromMs = monotonicMs();
      await sleep(2000);
      const toMs = monotonicMs();
      const report = await kept.stop();
      expect(report).toMatchObject({ kept: many, hung: 0, ended: [] });
      expect(report.answered).toBeGreaterThan(many * 2 * 5);
      expect(report.longestStallMs).toBeGreaterThanOrEqual(report.medianStallMs);
      expect(report.medianStallMs).toBeGreaterThan(0);
      expect(load.watches()).toEqual({ open: watching.count, lost: 0 });
      const { samples, audit, summary } = await load.stop();
      expectAll(samples, fromMs, toMs, { connect: 'ok', request: 'ok', write: 'ok' });
      const { status, node, tcpMs = 0, tlsMs = 0, sentMs = 0, doneMs = 0 } = samples.find(isConnect) ?? {};
      expect({ status, node }).toEqual({ status: 200, node: 'cp1' });
      expect(sentMs < tcpMs && tcpMs < tlsMs && tlsMs < doneMs).toBe(true);
      expect(summary?.sent).toBe(samples.filter(isConnect).length);
      expectAudit(audit, samples);
    });

    it('tell an API server that was killed', async () => {
      const { playing: load, kept } = await working();
      await server.signal('SIGKILL');
      const fromMs = monotonicMs();
      await sleep(1000);
      const toMs = monotonicMs();
      const { ended, ...report } = await kept.stop();
      expect(report).toMatchObject({ kept: 0, hung: 0, longestStallMs: 0 });
      expect(ended.toSorted()).toEqual(
        Array.from({ length: many }, () => expect.stringMatching(/^(closed|ECONNRESET)$/)),
      );
      await expect.poll(() => load.watches()).toEqual({ open: 0, lost: watching.count });
      expectAll(load.samples, fromMs, toMs, { connect: 'refused', request: 'refused', write: 'refused' });
      await server.again();
      await expect
        .poll(() => load.watches(), { timeout: 10_000 })
        .toEqual({ open: watching.count, lost: watching.count });
      const { samples, audit } = await load.stop();
      expectAudit(audit, samples);
    });

    it('wait for an API server that hangs, as long as they may', async () => {
      const { playing: load, kept } = await working();
      await server.signal('SIGSTOP');
      const fromMs = monotonicMs();
      await sleep(1000);
      const toMs = monotonicMs();
      await sleep(1500);
      const report = await kept.stop();
      expect(report).toMatchObject({ kept: 0, hung: many, ended: [] });
      expect(report.medianStallMs).toBeGreaterThan(2500);
      expect(report.longestStallMs).toBeLessThan(6000);
      expect(load.watches()).toEqual({ open: watching.count, lost: 0 });
      await server.signal('SIGCONT');
      expectAll(load.samples, fromMs, toMs, { connect: 'timeout', request: 'timeout', write: 'timeout' });
      for (const { sentMs, doneMs } of load.samples.filter((one) => one.outcome === 'timeout'))
        expect(doneMs - sentMs).toBeGreaterThanOrEqual(timeoutMs - 5);
    });

    it('go on with an API server that hung for a moment, and have waited for it', async () => {
      const { playing: load, kept } = await working();
      await server.signal('SIGSTOP');
      const fromMs = monotonicMs();
      await sleep(600);
      await server.signal('SIGCONT');
      const toMs = monotonicMs();
      await sleep(1000);
      const report = await kept.stop();
      expect(report).toMatchObject({ kept: many, hung: 0, ended: [] });
      expect(report.medianStallMs).toBeGreaterThan(500);
      expect(report.longestStallMs).toBeLessThan(3000);
      const { samples, audit } = await load.stop();
      expectAll(samples, fromMs, toMs, { connect: 'ok', request: 'ok', write: 'ok' });
      expectAudit(audit, samples);
    });

    it('tell connections that were reset', async () => {
      const proxy = await startProxy(server.port);
      try {
        const { playing: load, kept } = await working(proxy.port);
        proxy.reset();
        const fromMs = monotonicMs() + 20;
        await sleep(1000);
        const toMs = monotonicMs();
        const report = await kept.stop();
        expect(report).toMatchObject({ kept: 0, hung: 0, ended: Array.from({ length: many }, () => 'ECONNRESET') });
        await expect.poll(() => load.watches()).toEqual({ open: 0, lost: watching.count });
        expectAll(load.samples, fromMs, toMs, { connect: 'reset', request: 'reset', write: 'reset' });
        proxy.pass();
        const { samples, audit } = await load.stop();
        expectAudit(audit, samples);
      } finally {
        proxy.down();
      }
    });

    it('tell answers of 500, which keep a connection', async () => {
      const failing = await startFailing(server);
      try {
        const { playing: load, kept } = await play(failing.port, true);
        const fromMs = monotonicMs();
        await sleep(1000);
        const toMs = monotonicMs();
        expect(await kept?.stop()).toMatchObject({ kept: many, hung: 0, ended: [] });
        expect(load.watches()).toEqual({ open: 0, lost: 0 });
        await sleep(200);
        expectAll(load.samples, fromMs, toMs, { connect: 'http-5xx', request: 'http-5xx', write: 'http-5xx' });
        failing.recover();
        const { audit } = await load.stop();
        expect(audit?.lost).toEqual([]);
      } finally {
        failing.down();
      }
    });

    it('tell acknowledged writes that are gone', async () => {
      const { playing: load } = await working();
      const acknowledged = (): number =>
        load.samples.filter(({ kind, status }) => kind === 'write' && status === 201).length;
      await expect.poll(acknowledged, { timeout: 10_000 }).toBeGreaterThan(5);
      server.forget();
      const before = acknowledged();
      await sleep(500);
      const { samples, audit } = await load.stop();
      const all = samples.filter(({ kind, status }) => kind === 'write' && status === 201).length;
      expect(audit?.acknowledged).toBe(all);
      expect(audit?.lost.length).toBeGreaterThanOrEqual(before);
      expect(audit?.lost.length).toBeLessThan(all);
      expect(audit?.lost).toContain('load-0');
    });

    it('tell writes that etcd does not take', async () => {
      const { playing: load } = await working();
      server.loseEtcd();
      await sleep(100);
      const fromMs = monotonicMs();
      await sleep(1000);
      const toMs = monotonicMs();
      await sleep(200);
      expectAll(load.samples, fromMs, toMs, { connect: 'ok', request: 'ok', write: 'http-5xx' });
      expect(load.watches().lost).toBeGreaterThanOrEqual(watching.count);
      await server.findEtcd();
      const { samples, audit } = await load.stop();
      expectAudit(audit, samples);
    });
  });
}

function isConnect({ kind }: ProbeSample): boolean {
  return kind === 'connect';
}

/** As many of each kind were sent as were due in that time, and each ended so. */
function expectAll(
  samples: readonly ProbeSample[],
  fromMs: number,
  toMs: number,
  outcomes: Readonly<Record<ProbeSample['kind'], ProbeOutcome>>,
): void {
  for (const kind of ['connect', 'request', 'write'] as const) {
    const sent = samples.filter((one) => one.kind === kind && one.sentMs > fromMs && one.sentMs < toMs);
    expect(new Set(sent.map(({ outcome }) => outcome)), kind).toEqual(new Set([outcomes[kind]]));
    expect(sent.length, kind).toBeGreaterThan(3);
    const indexes = sent.map(({ index }) => index).toSorted((a, b) => a - b);
    expect(indexes, kind).toEqual(indexes.map((_, i) => (indexes[0] ?? 0) + i));
    // However late one was sent, it was due at its place in the schedule.
    const origins = sent.map(({ index, sentMs, latenessMs }) => sentMs - latenessMs - (index * 1000) / rates[kind]);
    expect(Math.max(...origins) - Math.min(...origins), kind).toBeLessThan(20);
  }
}

/** Every write that was acknowledged was read back. */
function expectAudit(audit: WriteAudit | undefined, samples: readonly ProbeSample[]): void {
  const acknowledged = samples.filter(({ kind, status }) => kind === 'write' && status === 201).length;
  expect(acknowledged).toBeGreaterThan(3);
  expect(audit).toEqual({ acknowledged, lost: [] });
}
