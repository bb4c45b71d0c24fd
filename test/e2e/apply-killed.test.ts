import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../src/drill/outage.ts';
import { createBench, type Bench } from './support/bench.ts';

const vip = '172.16.100.100';

/** Asks for everything at once: HAProxy reloads, keepalived restarts, holders are drained. */
const changed = (text: string): string =>
  `${text.replace('172.16.100.101]', '172.16.100.101, 172.16.100.102]')}haproxy:\n  maxConnections: 5000\n`;

const isStep = (line: string): boolean => line.startsWith('  · ');

describe('apply, killed with SIGKILL', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await createBench('killed');
    const ran = await bench.cli(['apply', bench.clusterFile('tutorial.yaml'), '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
  });
  afterAll(async () => bench.down());

  it('at each of its steps, is finished by the next run, and the address answers throughout', async () => {
    const files = [bench.clusterFile('changed.yaml', changed), bench.clusterFile('tutorial.yaml')];
    const prober = await bench.startProber(50);
    const holders = bench.watchHolders(vip);
    const reached: string[] = [];
    for (let killAt = 1; ; killAt += 1) {
      const file = files[(killAt - 1) % 2] ?? '';
      let steps = 0;
      const killed = await bench.cli(['apply', file, '--yes'], {
        killAt: (line) => {
          if (!isStep(line)) return false;
          steps += 1;
          if (steps === killAt) reached.push(line.trim());
          return steps === killAt;
        },
      });
      if (killed.rc === 0) break;
      expect(killed.rc, killed.stderr).toBeNull();
      const again = await bench.cli(['apply', file, '--yes']);
      expect(again.rc, `after a kill at step ${killAt} (${reached.at(-1)}):\n${again.stderr}`).toBe(0);
      const plan = await bench.cli(['plan', file, '--exit-code']);
      expect(plan.rc, plan.stdout).toBe(0);
    }
    const seen = await holders.stop();
    const { samples, failure } = await prober.stop();
    expect(failure).toBeUndefined();
    // Three nodes: write, check, place, activate, drain and undrain.
    expect(reached.length).toBeGreaterThan(12);
    const loss = outage(samples, { ratePerSecond: 50 });
    // Planned handovers take tens of milliseconds; this says that there was never an outage, on a machine however busy.
    expect(loss.outageMs).toBeLessThan(1000);
    expect(seen.longestNoneMs).toBeLessThan(1000);
    for (const node of ['cp1', 'cp2', 'cp3'])
      expect(
        bench.on(node, 'cat /run/k8s-ha/lock /run/k8s-ha/drain 2>/dev/null; find /etc -name "*k8s-ha-new*"'),
      ).toMatch(/^0?$/);
  }, 900_000);
});
