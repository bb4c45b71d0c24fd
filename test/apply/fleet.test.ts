import { describe, expect, test } from 'vitest';
import { inTurns } from '../../src/apply/fleet.ts';
import { planCluster } from '../../src/apply/apply.ts';
import type { Host } from '../../src/host/host.ts';
import { isEmpty } from '../../src/plan/plan.ts';
import { fleetPlanText } from '../../src/report/fleet.ts';
import { fakeSpec } from '../fakes/spec.ts';

/** Nodes that cannot be reached, and count how many of them are asked at once. */
const counting = () => {
  let open = 0;
  let most = 0;
  const connect = (name: string): Host => {
    open += 1;
    most = Math.max(most, open);
    return {
      name,
      run: async (command) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return {
          command,
          rc: undefined,
          stdout: '',
          stderr: '',
          failure: { kind: 'unreachable', message: `${name} is simulated` },
        };
      },
      close: () => {
        open -= 1;
        return Promise.resolve();
      },
    };
  };
  return { connect, most: () => most, open: () => open };
};

describe('a hundred nodes in thirty clusters', () => {
  const specs = Array.from({ length: 30 }, (_, i) => fakeSpec({ name: `cluster-${i + 1}` }, { nodes: i < 5 ? 5 : 3 }));

  test('are looked at with twenty connections at most, and each has its line', async () => {
    expect(specs.reduce((sum, { nodes }) => sum + nodes.length, 0)).toBe(100);
    const { connect, most, open } = counting();
    const plans = await inTurns(specs, async (spec) => {
      const hosts = spec.nodes.map(({ name }) => connect(name));
      const { plan, findings } = await planCluster(spec, hosts);
      await Promise.all(hosts.map(async (host) => host.close()));
      return { cluster: spec.name, plan, findings };
    });
    expect(plans.map(({ cluster }) => cluster)).toEqual(specs.map(({ name }) => name));
    expect(most()).toBeLessThanOrEqual(20);
    expect(most()).toBeGreaterThan(10);
    expect(open()).toBe(0);
    const lines = fleetPlanText(plans).split('\n');
    expect(lines).toHaveLength(31);
    expect(lines[30]).toMatch(/^cluster-30 +cannot be carried out +– +3 errors/);
    expect(plans.every(({ plan }) => plan === undefined || isEmpty(plan))).toBe(true);
  });

  test('a cluster that fails gives its turn to the others', async () => {
    const done: string[] = [];
    await expect(
      inTurns(
        specs,
        async ({ name }) => {
          await Promise.resolve();
          if (name === 'cluster-1') throw new Error('broken');
          done.push(name);
        },
        3,
      ),
    ).rejects.toThrow('broken');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toHaveLength(29);
  });

  test('a cluster with more nodes than may be connected to is alone, and not left out', async () => {
    const big = fakeSpec({ name: 'big' }, { nodes: 9 });
    expect(await inTurns([big, ...specs.slice(0, 2)], ({ name }) => Promise.resolve(name), 4)).toEqual([
      'big',
      'cluster-1',
      'cluster-2',
    ]);
  });
});
