import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { allBlows, holds, oneWayCuts, partitions, restsOf, struck, type Blow, type State } from '../model/fencing.ts';
import { createAppliedBench, type Bench } from './support/bench.ts';
import { cutNode, observedHolders } from './support/network.ts';

/**
 * Traces of the model of fencing (test/model), replayed in the lab: after each blow the machines must come to rest in a state
 * that the model allows. TRACES (1), SEED (3), each of eight blows: a minute or three.
 */
const traces = Number(process.env['TRACES'] ?? 1);
const seed = Number(process.env['SEED'] ?? 3);
const length = 8;
const vip = '172.16.100.100';
const networks = [...partitions(3), ...oneWayCuts(3)];

/** Longest way to rest: a node that boots, starts keepalived and listens, on a busy machine; a hung keepalived takes less. */
const restMs = 45_000;

/** How long a state must last to be called rest: longer than keepalived's startup delay and its checks. */
const steadyMs = 4000;

/** Park and Miller's generator: the same traces for the same seed. */
function randomOf(start: number): () => number {
  let value = start;
  return () => (value = (value * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const healthy: State = {
  network: networks[0] ?? [],
  nodes: Array.from({ length: 3 }, () => ({ power: true, proxy: true, role: 'backup' })),
};

function holdersIn({ nodes }: State): string {
  return nodes.flatMap((node, i) => (holds(node) ? [`cp${i + 1}`] : [])).join();
}

describe('what the model allows, and nothing else, is what real machines do', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await createAppliedBench('model');
  });
  afterAll(async () => bench.down());

  const observed = (): string => observedHolders(bench, vip);
  const cut = (index: number, { network }: State): void => cutNode(bench, index, network);

  const strike = async (blow: Blow, before: State, after: State): Promise<string> => {
    if (blow.kind === 'network') {
      bench.state.nodes.forEach((_, i) => cut(i, after));
      return `network ${networks.indexOf(blow.network)}`;
    }
    const node = `cp${blow.node + 1}`;
    const was = before.nodes[blow.node];
    if (blow.kind === 'power') {
      if (was?.power) await labPowerOff(bench.lab, node);
      else {
        await labPowerOn(bench.lab, node);
        cut(blow.node, after);
      }
      return `${node} ${was?.power ? 'loses its power' : 'boots'}`;
    }
    if (blow.kind === 'proxy') {
      bench.on(node, `systemctl ${was?.proxy ? 'stop' : 'start'} k8s-ha-haproxy`);
      return `HAProxy of ${node} ${was?.proxy ? 'stops' : 'starts'}`;
    }
    const signal = blow.kind === 'keepalived-killed' ? 'KILL' : 'STOP';
    bench.on(node, `systemctl kill --signal=${signal} k8s-ha-keepalived`);
    return `${signal} to keepalived of ${node}`;
  };

  /** Watches until the holders are those of a state at rest for long enough. @returns who they are */
  const rest = async (allowed: ReadonlySet<string>): Promise<string> => {
    const began = performance.now();
    let since = began;
    for (let last = observed(); ;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const now = observed();
      if (now !== last || !allowed.has(now)) since = performance.now();
      last = now;
      if (performance.now() - since >= steadyMs) return now;
      if (performance.now() - began >= restMs) return now;
    }
  };

  it.each(Array.from({ length: traces }, (_, i) => seed + i))(
    'trace %i',
    async (traceSeed) => {
      const random = randomOf(traceSeed * 7919);
      let possible: readonly State[] = restsOf(healthy);
      const told: string[] = [];
      const step = async (blow: Blow): Promise<void> => {
        const [before] = possible;
        const after = before && struck(before, blow);
        if (!before || !after) return;
        told.push(await strike(blow, before, after));
        const rests = possible.flatMap((state) => {
          const hit = struck(state, blow);
          return hit ? restsOf(hit) : [];
        });
        const allowed = new Set(rests.map(holdersIn));
        const holders = await rest(allowed);
        told.push(`held by ${holders || 'none'}`);
        expect([...allowed], told.join('; ')).toContain(holders);
        possible = rests.filter((state) => holdersIn(state) === holders);
      };
      possible = possible.filter((state) => holdersIn(state) === observed());
      expect(possible).not.toHaveLength(0);
      for (let n = 0; n < length; n += 1) {
        // What can hit nothing in one of the states that fit what is seen is no blow of this trace.
        const blows = allBlows(3, networks).filter((blow) => possible.every((state) => struck(state, blow)));
        const blow = blows[Math.floor(random() * blows.length)];
        if (blow) await step(blow);
      }
      // All is mended, and the model must say that one node holds it.
      await step({ kind: 'network', network: healthy.network });
      for (const node of [0, 1, 2]) {
        if (possible[0]?.nodes[node]?.power === false) await step({ kind: 'power', node });
        if (possible[0]?.nodes[node]?.proxy === false) await step({ kind: 'proxy', node });
      }
      expect(observed(), told.join('; ')).toMatch(/^cp\d$/);
      if (process.env['SHOW'] !== undefined) process.stderr.write(`${told.join('; ')}\n`);
    },
    20 * 60_000,
  );
});
