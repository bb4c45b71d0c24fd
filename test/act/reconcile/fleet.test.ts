import { describe, expect, test } from 'vitest';
import { createTurns, inTurn } from '../../../src/act/reconcile/fleet.ts';
import { planCluster } from '../../../src/act/plan-cluster.ts';
import type { Host } from '../../../src/host/host.ts';
import { isEmpty } from '../../../src/plan/plan.ts';
import { fleetPlanText } from '../../../src/report/fleet.ts';
import { fakeSpec } from '../../fakes/spec.ts';

/** Nodes that cannot be reached, and count how many of them are asked at once. */
function counting() {
  let open = 0;
  let most = 0;
  const connect = (name: string): Host => ({
    name,
    run: async (command) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return {
        command,
        rc: undefined,
        stdout: '',
        stderr: '',
        failure: { kind: 'unreachable', message: `${name} is simulated` },
      };
    },
    close: () => Promise.resolve(),
  });
  return { connect, most: () => most, open: () => open };
}

describe('a hundred nodes in thirty clusters', () => {
  const specs = Array.from({ length: 30 }, (_, i) => fakeSpec({ name: `cluster-${i + 1}` }, { nodes: i < 5 ? 5 : 3 }));

  test('are looked at with twenty connections at most, and each has its line', async () => {
    expect(specs.reduce((sum, { nodes }) => sum + nodes.length, 0)).toBe(100);
    const { connect, most, open } = counting();
    const turns = createTurns();
    const plans = await Promise.all(
      specs.map(async (spec) => {
        const hosts = spec.nodes.map(({ name }) => inTurn(connect(name), turns));
        return { cluster: spec.name, ...(await planCluster(spec, hosts)) };
      }),
    );
    expect(most()).toBe(20);
    expect(open()).toBe(0);
    const lines = fleetPlanText(plans).split('\n');
    expect(lines).toHaveLength(31);
    expect(lines[30]).toMatch(/^cluster-30 +cannot be carried out +– +3 errors/);
    expect(plans.every(({ plan }) => plan === undefined || isEmpty(plan))).toBe(true);
  });
});

describe('turns', () => {
  test('come in the order of asking, and one that never ends holds up no more than itself', async () => {
    const turns = createTurns(2);
    const done: number[] = [];
    let end: (() => void) | undefined;
    const silent = turns(async () => new Promise<void>((resolve) => (end = resolve)));
    const others = [1, 2, 3, 4].map(async (n) => turns(async () => Promise.resolve(done.push(n))));
    await Promise.all(others);
    expect(done).toEqual([1, 2, 3, 4]);
    end?.();
    await silent;
  });

  test('go on to the next when work fails', async () => {
    const turns = createTurns(1);
    const failed = turns(async () => Promise.reject(new Error('broken')));
    const next = turns(async () => Promise.resolve('next'));
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('next');
  });
});
