import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import type { Prober } from '../../src/drill/prober/start.ts';
import { createBench, type Bench, type HolderWatch } from './support/bench.ts';
import { everyStep, good, killedAt } from './support/killed.ts';
import { bump } from './support/packages.ts';

const vip = '172.16.100.100';
const nodes = ['cp1', 'cp2', 'cp3'] as const;

/** Which steps: all of them, or some that are spread over what a command does. */
function steps(...some: readonly number[]): readonly number[] {
  return everyStep ? Array.from({ length: 100 }, (_, index) => index + 1) : some;
}

describe('drain, undrain, rollback and upgrade, killed with SIGKILL', () => {
  let bench: Bench;
  let file: string;
  let slow: string;
  let prober: Prober;
  let watch: HolderWatch;
  const holder = (): string =>
    nodes.find((node) => bench.on(node, `ip -o address show to ${vip}`) !== '') ?? 'no holder';

  beforeAll(async () => {
    bench = await createBench('verbs-killed');
    file = bench.clusterFile('tutorial.yaml');
    slow = bench.clusterFile('slow.yaml', (text) => text.replace('target: 500ms', 'target: 2s'));
    await good(bench, ['apply', file, '--yes']);
    prober = await bench.startProber(50);
    watch = bench.watchHolders(vip);
  });
  afterAll(async () => bench.down());

  it('a drain and its end are finished by the next run', async () => {
    const reached: string[] = [];
    for (const nth of steps(1, 2, 4)) {
      const node = holder();
      const drain = ['drain', file, node, '--sessions', '0'];
      const ended = [await killedAt(bench, drain, nth)];
      await good(bench, drain, `after a kill at step ${nth} (${ended[0]}):\n`);
      expect(bench.on(node, 'cut -c1 /run/k8s-ha/drain /var/lib/k8s-ha/drain')).toBe('1\n1');
      expect(nodes.filter((name) => name !== node)).toContain(holder());
      ended.push(await killedAt(bench, ['undrain', file, node], nth));
      await good(bench, ['undrain', file, node], `after a kill at step ${nth} (${ended[1]}):\n`);
      await good(bench, ['status', file]);
      reached.push(...ended.filter((step) => step !== undefined));
      if (ended.every((step) => step === undefined)) break;
    }
    expect(new Set(reached).size).toBeGreaterThanOrEqual(5);
  }, 600_000);

  it('a rollback goes on to where the killed one was going, not back to where that one had begun', async () => {
    const reached: string[] = [];
    for (const nth of steps(2, 7, 10)) {
      await good(bench, ['apply', slow, '--yes']);
      const step = await killedAt(bench, ['rollback', slow, '--yes'], nth);
      if (step === undefined) break;
      reached.push(step);
      await good(bench, ['rollback', slow, '--yes'], `after a kill at step ${nth} (${step}):\n`);
      await good(bench, ['plan', file, '--exit-code'], `after a kill at step ${nth} (${step}):\n`);
    }
    await good(bench, ['apply', file, '--yes']);
    expect(reached.length).toBeGreaterThanOrEqual(3);
  }, 1_200_000);

  it('an upgrade is finished by the next one', async () => {
    const reached: string[] = [];
    for (const nth of steps(1, 3, 8)) {
      const suffix = `+k8sha${nth}`;
      for (const node of nodes) for (const name of ['haproxy', 'keepalived']) bench.on(node, bump(name, suffix));
      const step = await killedAt(bench, ['upgrade', file, '--yes'], nth);
      if (step !== undefined) {
        reached.push(step);
        await good(bench, ['upgrade', file, '--yes'], `after a kill at step ${nth} (${step}):\n`);
      }
      await good(bench, ['plan', file, '--exit-code']);
      await good(bench, ['status', file]);
      for (const node of nodes)
        expect(bench.on(node, "dpkg-query -W -f '${Version}\\n' haproxy keepalived").split('\n')).toEqual([
          expect.stringContaining(suffix),
          expect.stringContaining(suffix),
        ]);
      if (step === undefined) break;
    }
    expect(reached.length).toBeGreaterThanOrEqual(3);
  }, 1_800_000);

  it('and the cluster served in all of this, with one holder', async () => {
    const seen = await watch.stop();
    const { samples, failure } = await prober.stop();
    expect(failure).toBeUndefined();
    // Planned handovers take tens of milliseconds; this says that there was never an outage, on a machine however busy.
    expect(outage(samples, { ratePerSecond: 50 }).outageMs).toBeLessThan(1000);
    expect(seen.longestNoneMs).toBeLessThan(1000);
    for (const node of nodes)
      expect(
        bench.on(node, 'cat /run/k8s-ha/lock /run/k8s-ha/drain 2>/dev/null; find /etc -name "*k8s-ha-new*"'),
      ).toMatch(/^0?$/);
  });
});
