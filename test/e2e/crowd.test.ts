import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import { createAppliedBench, type Bench } from './support/bench.ts';
import { limitOf, runCrowd, sourceAddresses, withSources, type Crowd } from './support/crowd.ts';

const vip = '172.16.100.100';
const sources = sourceAddresses(4);
/** How long each of them lasts, in seconds. */
const lasts = Number(process.env['CROWD_SECONDS'] ?? 9);

describe('clients without credentials', () => {
  let bench: Bench;
  let file: string;
  let limit = 0;

  beforeAll(async () => {
    // So few that rates which two cores carry beside three API servers fill it in seconds.
    const applied = await createAppliedBench('crowd', (text) => `${text}haproxy: { maxConnections: 900 }\n`);
    [bench, file] = [applied, applied.tutorial];
    withSources(bench, 'add', sources);
    limit = limitOf(bench, 'cp1');
  });
  afterAll(async () => {
    withSources(bench, 'del', sources);
    await bench.down();
  });

  /** Whether the VIP stays and `status` tells so, with this crowd about; what an honest client sees meanwhile. */
  const meanwhile = async (one: Crowd) => {
    const prober = await bench.startProber(20);
    const holders = bench.watchHolders(vip);
    const [seen, status] = await Promise.all([
      runCrowd(bench, vip, lasts, one),
      new Promise((resolve) => setTimeout(resolve, (lasts * 1000) / 2)).then(async () => bench.cli(['status', file])),
    ]);
    const loss = outage((await prober.stop()).samples, { ratePerSecond: 20 });
    const moved = await holders.stop();
    process.stdout.write(
      `${JSON.stringify({ ...one, ...seen, limit, probes: loss.probes, failed: loss.failed, outageMs: loss.outageMs })}\n`,
    );
    expect(moved).toMatchObject({ moves: 0, twoMs: 0, longestNoneMs: 0 });
    expect(status.stdout, status.stderr).toMatch(/172\.16\.100\.100 +cp1/);
    expect(seen.opened).toBeGreaterThan(100);
    return { seen, loss, status };
  };

  it('that say nothing are closed after 5 s, and honest clients do not notice them', async () => {
    const { loss, seen } = await meanwhile({ kind: 'silent', rate: 150, most: limit, from: sources });
    expect(seen.closed).toBeGreaterThan(400);
    expect(loss.failed / loss.probes).toBeLessThanOrEqual(0.01);
  });

  it('that begin TLS handshakes and end none of them', async () => {
    const { loss } = await meanwhile({ kind: 'partial', rate: 150, most: limit, from: sources });
    expect(loss.failed / loss.probes).toBeLessThanOrEqual(0.01);
  });

  it('of one address get half of the connections at most, and the others are served', async () => {
    const { loss, seen } = await meanwhile({
      kind: 'hello',
      rate: 200,
      most: Math.ceil(limit * 1.2),
      from: sources.slice(0, 1),
    });
    expect(seen.peak).toBeLessThanOrEqual(Math.ceil(limit * 0.55));
    expect(loss.failed / loss.probes).toBeLessThanOrEqual(0.01);
  });

  it('of many addresses can fill it, a fifth beyond what it takes: the VIP stays, and status says that it is full', async () => {
    const { status } = await meanwhile({ kind: 'hello', rate: 200, most: Math.ceil(limit * 1.2), from: sources });
    expect(status.stdout + status.stderr).toContain('connections-full');
  });

  it('that connect again and again, as after an outage, keep nobody out for long', async () => {
    const { loss } = await meanwhile({ kind: 'storm', rate: 300, most: 300, from: sources });
    expect(loss.failed / loss.probes).toBeLessThanOrEqual(0.01);
  });
});
