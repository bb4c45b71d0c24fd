import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outage } from '../../src/drill/measure/outage.ts';
import { createAppliedBench, probesPerSecond, type Bench } from './support/bench.ts';
import { good } from './support/killed.ts';

const vip = '172.16.100.100';

describe('a drain for maintenance', () => {
  let bench: Bench;
  let tutorial: string;

  beforeAll(async () => {
    const applied = await createAppliedBench('drain');
    [bench, tutorial] = [applied, applied.tutorial];
  });
  afterAll(async () => bench.down());

  const holder = (): string =>
    ['cp1', 'cp2', 'cp3'].find((node) => bench.on(node, `ip -o address show to ${vip}`) !== '') ?? 'nobody';

  it('moves the VIPs away in one handover, stays over a reboot, is shown, and ends when told', async () => {
    const node = holder();
    const prober = await bench.startProber();
    const holders = bench.watchHolders(vip);
    const drained = await bench.cli(['drain', tutorial, node, '--reason', 'new disk', '--sessions', '3']);
    expect(drained.rc, drained.stderr).toBe(0);
    expect(holder()).not.toBe(node);
    expect(await holders.stop()).toMatchObject({ moves: 1 });

    bench.on(node, 'systemctl --no-block reboot');
    await expect
      .poll(
        () =>
          bench
            .on(
              node,
              'systemctl is-active k8s-ha-keepalived 2>/dev/null; cut -d. -f1 /proc/uptime; cat /run/k8s-ha/drain',
            )
            .split('\n')[0],
        { timeout: 60_000, interval: 1000 },
      )
      .toBe('active');
    const { samples } = await prober.stop();
    // A handover and a reboot of a node that holds nothing.
    const loss = outage(samples, { ratePerSecond: probesPerSecond });
    expect(loss.outageMs, JSON.stringify(loss)).toBeLessThan(1000);
    expect(holder()).not.toBe(node);
    const status = await bench.cli(['status', tutorial]);
    expect(status.rc).toBe(1);
    expect(status.stdout).toMatch(/drained[^]*new disk[^]*k8s-ha undrain/);

    const ended = await bench.cli(['undrain', tutorial, node]);
    expect(ended.rc, ended.stderr).toBe(0);
    expect((await bench.cli(['status', tutorial])).rc).toBe(0);
  });

  it('leaves VIPs where they went, until they are spread again: one planned handover each, and nothing to do twice', async () => {
    if (holder() === 'cp1') {
      await good(bench, ['drain', tutorial, 'cp1', '--sessions', '0']);
      await good(bench, ['undrain', tutorial, 'cp1']);
    }
    expect(holder()).not.toBe('cp1');
    const prober = await bench.startProber();
    const ran = await bench.cli(['spread', tutorial, '--yes', '-o', 'json']);
    expect(ran.rc, ran.stderr).toBe(0);
    const moved = z
      .object({ outcome: z.string(), moves: z.array(z.object({ vip: z.string(), to: z.string() })) })
      .parse(JSON.parse(ran.stdout));
    expect(moved.outcome).toBe('applied');
    // The other VIP moves too where it is not on cp2.
    expect(moved.moves).toContainEqual({ vip, to: 'cp1' });
    const { samples } = await prober.stop();
    const loss = outage(samples, { ratePerSecond: probesPerSecond });
    expect(loss.outageMs, JSON.stringify(loss)).toBeLessThan(1000);
    expect(holder()).toBe('cp1');
    const again = await bench.cli(['spread', tutorial, '--yes', '-o', 'json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'unchanged' });
  });

  it('is refused where no other node could take the VIPs over', async () => {
    const node = holder();
    const others = ['cp1', 'cp2', 'cp3'].filter((name) => name !== node);
    for (const other of others) bench.on(other, 'systemctl stop k8s-ha-keepalived');
    const refused = await bench.cli(['drain', tutorial, node]);
    for (const other of others) bench.on(other, 'systemctl start k8s-ha-keepalived');
    expect(refused.rc).toBe(1);
    expect(refused.stderr).toContain('no other node could take the VIPs over');
    expect(holder()).toBe(node);
  });
});
