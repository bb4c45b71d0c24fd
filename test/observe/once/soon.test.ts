import { describe, expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { lookSoon } from '../../../src/observe/once/soon.ts';
import { virtualClock, type VirtualClock } from '../../fakes/sim/clock.ts';
import { sectionsOutput } from '../../fakes/said.ts';
import { fakeSpec } from '../../fakes/spec.ts';

const spec = fakeSpec();

/** A node that answers after some time, or whose ssh gives up after it; ends at once when it is given up. */
function host(clock: VirtualClock, name: string, afterMs: number, answers = true): Host {
  return {
    name,
    close: async () => undefined,
    run: async (command, { signal } = {}) => {
      await clock.sleep(afterMs);
      if (signal?.aborted === true || !answers) {
        const message = signal?.aborted === true ? 'given up' : `${name} cannot be reached: Connection timed out`;
        return { command, rc: undefined, stdout: '', stderr: '', failure: { kind: 'unreachable', message } };
      }
      return { command, rc: 0, stdout: sectionsOutput([['clock', '1']]), stderr: '' };
    },
  };
}

async function looked(times: readonly (readonly [afterMs: number, answers?: boolean])[]) {
  const clock = virtualClock(0);
  const hosts = times.map(([afterMs, answers], i) => host(clock, `cp${i + 1}`, afterMs, answers));
  const look = lookSoon(spec, hosts, { clock });
  const first = await clock.run(look.soon);
  const soonMs = clock.monotonicMs();
  const waiting = look.waitingFor();
  const whole = await clock.run(look.whole);
  const reasons = (state: typeof whole) => state.nodes.map(({ seen }) => (seen.known ? '' : seen.reason));
  return { soonMs, waiting, first: reasons(first), whole: reasons(whole), wholeMs: clock.monotonicMs() };
}

describe('a look that is shown soon', () => {
  test('is whole where every node answers in time', async () => {
    expect(await looked([[200], [300], [900]])).toMatchObject({ soonMs: 900, waiting: [], first: ['', '', ''] });
  });

  test('leaves out a node that takes longer than 1.3 s while another has answered, and says so', async () => {
    const { soonMs, waiting, first, whole, wholeMs } = await looked([[400], [10_000, false], [500]]);
    expect(soonMs).toBe(1300);
    expect(waiting).toEqual(['cp2']);
    expect(first).toEqual([
      '',
      'cp2 has not answered within 1.3 s, and another node has within 400 ms: --wait waits for it',
      '',
    ]);
    expect(whole[1]).toBe('cp2 cannot be reached: Connection timed out');
    expect(wholeMs).toBe(10_000);
  });

  test('gives all nodes of a slow link half as long again as the quickest took', async () => {
    expect(await looked([[4000], [5500], [3900]])).toMatchObject({ soonMs: 5500, waiting: [] });
    expect(await looked([[4000], [9000], [4000]])).toMatchObject({ soonMs: 6000, waiting: ['cp2'] });
  });

  test('waits for the first answer, and takes a refusal for none', async () => {
    expect(await looked([[100, false], [3000], [3100]])).toMatchObject({ soonMs: 3100, waiting: [] });
    expect(
      await looked([
        [10_000, false],
        [10_000, false],
      ]),
    ).toMatchObject({ soonMs: 10_000, waiting: [] });
  });
});
