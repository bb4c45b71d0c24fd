import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createBench, type Bench, type Ran } from './support/bench.ts';
import { startFormer } from './support/former.ts';
import { startLoad, type Load } from './support/load.ts';

const vip = '172.16.100.100';
const fixture = new URL('../fixtures/import/tutorial', import.meta.url).pathname;

const planJson = z.object({
  hash: z.string(),
  handovers: z.number(),
  steps: z.array(z.object({ node: z.string(), effect: z.string() })),
});

/** Rules that say the tutorial's seventeen defects (test/adopt/tutorial.test.ts has their places). */
const defects =
  `duplicate-server no-keepalived same-priority default-router-id haproxy-death-slow check-blind-to-hang script-security
  password-in-arguments peer-is-itself preempts tcp-check no-redispatch idle-cut few-connections sessions-stay
  vips-in-one-instance unset-variable old-image vip-left-behind certificate-names`.split(/\s+/);

function good(ran: Ran): void {
  return expect(ran.rc, `${ran.stderr}\n${ran.stdout}`).toBe(0);
}

describe("the tutorial's set-up, in use, becomes ours and is given back", () => {
  let bench: Bench;
  let load: Load;
  let file: string;
  const names = (): readonly string[] => bench.state.nodes.map(({ name }) => name);
  const active = (unit: string): readonly string[] =>
    names().filter((node) => bench.on(node, `systemctl is-active ${unit} || :`) === 'active');
  const enabled = (unit: string): readonly string[] =>
    names().filter((node) => bench.on(node, `systemctl is-enabled ${unit} 2>/dev/null || :`) === 'enabled');
  const holders = (): readonly string[] =>
    names().filter((node) => bench.on(node, `ip -o address show to ${vip}`) !== '');

  /** Carries a plan out under load: nobody loses more than it says. */
  const underLoad = async (flags: readonly string[]): Promise<void> => {
    const dry = await bench.cli(['migrate', file, '--dry-run', '-o', 'json', ...flags]);
    good(dry);
    const plan = planJson.parse(JSON.parse(dry.stdout));
    expect(plan.handovers).toBe(0);
    await load.settled();
    const watch = bench.watchHolders(vip);
    const mark = load.mark();
    const ran = await bench.cli(['migrate', file, '--plan', plan.hash, ...flags]);
    good(ran);
    const lost = await load.lostSince(mark);
    const seen = await watch.stop();
    const told = JSON.stringify({ ...lost, ...seen, tookMs: Math.round(ran.tookMs) });
    if (process.env['SHOW'] !== undefined) process.stderr.write(`${told}\n`);
    expect(lost.probes, told).toBeGreaterThan(100);
    // No handover was announced. Watches are left out: the tutorial's HAProxy cuts idle ones after 50 s (import-idle-cut).
    expect(lost, told).toMatchObject({ connects: 0, requests: 0, writes: 0 });
    expect(seen.moves, told).toBe(0);
    expect(seen.twoMs, told).toBe(0);
    expect(seen.longestNoneMs, told).toBeLessThan(50);
  };

  beforeAll(async () => {
    bench = await createBench('migrate');
    await startFormer(bench);
    await vi.waitUntil(() => holders().length === 1, { timeout: 40_000, interval: 500 });
    load = await startLoad(bench, vip);
  }, 240_000);
  afterAll(async () => bench.down());

  it('is imported: a cluster file, and all that is wrong with it', async () => {
    file = `${bench.folder}/imported.yaml`;
    const ran = await bench.cli(['import', fixture, '--name', 'imported', '--out', file]);
    for (const defect of defects) expect(ran.stderr).toContain(`[import-${defect}]`);
    const live = await bench.cli(['import', '--from', 'ssh://root@cp1,cp2,cp3', '-o', 'json']);
    good(live);
    expect(live.stdout).toContain('import-check-blind-to-hang');
  });

  it('is refused by apply, which would have to stop it first', async () => {
    const refused = await bench.cli(['plan', file]);
    expect(refused.stderr).toContain('port 7443 is taken');
  });

  it('becomes ours under load: the VIP does not move, and nothing fails', async () => {
    await underLoad([]);
    expect(active('k8s-ha-keepalived')).toHaveLength(3);
    expect([active('keepalived'), enabled('keepalived'), enabled('haproxy')]).toEqual([[], [], []]);
    good(await bench.cli(['plan', file, '--exit-code']));
    const status = await bench.cli(['status', file]);
    good(status);
    const again = await bench.cli(['migrate', file, '--yes']);
    expect(again.stdout).toContain('nothing to do');
  });

  it('is given back under load, the same way', async () => {
    await underLoad(['--back']);
    for (const unit of ['keepalived', 'haproxy']) {
      expect(active(unit)).toHaveLength(3);
      expect(enabled(unit)).toHaveLength(3);
    }
    for (const node of names())
      expect(bench.on(node, 'ls -d /etc/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-* 2>/dev/null; :')).toBe('');
    expect(holders()).toHaveLength(1);
  });

  it('lost no acknowledged write in all of this', async () => {
    const audit = await load.stop();
    expect(audit).toMatchObject({ lost: [] });
  });
});
