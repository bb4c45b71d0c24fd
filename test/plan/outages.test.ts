import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { assumedFacts, pinnableTimers, type PinnableTimer, type Timers } from '../../src/cluster/timers.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { outageChanges } from '../../src/plan/outages.ts';
import { solveSpec } from '../../src/predict/solve.ts';
import { renderedTimers } from '../../src/render/rendered-timers.ts';
import { renderNode } from '../../src/render/render.ts';
import { planText } from '../../src/report/plan.ts';
import { paths } from '../../src/node/paths.ts';
import { freshNode, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();

function timersFor(targetMs: number, timers = {}): Timers {
  const solved = solveSpec(fakeSpec({ failover: { ...spec.failover, targetMs, timers } }), [assumedFacts]);
  if (!solved.ok) throw new Error('there are no timers');
  return solved.value.timers;
}

function setsWith(timers: Timers) {
  return spec.nodes.map((node) => renderNode(spec, node, timers, assumedFacts));
}

/** Every node runs with these timers. */
function running(...timers: readonly Timers[]) {
  return stateOf(
    ...timers.map((each, index) => {
      const set = setsWith(each)[index];
      if (!set) throw new Error('no such node');
      return settledNode(index, set, index === 1 ? ['172.16.100.100'] : []);
    }),
  );
}

const pinnable: readonly (readonly [string, PinnableTimer])[] = Object.entries(pinnableTimers);

/** The default timers, with another value of one. */
function withPinned(name: string, { of, value }: PinnableTimer): Timers {
  return value === 'time'
    ? timersFor(1000, { [`${name}Ms`]: of(timersFor(1000)) + 50 })
    : timersFor(1000, { [name]: of(timersFor(1000)) + 1 });
}

function contentOf([set]: ReturnType<typeof setsWith>, path: string): string {
  return set?.files.find((file) => file.path === path)?.content ?? '';
}

const state = running(fakeTimers, fakeTimers, fakeTimers);

describe('the timers of rendered files', () => {
  const known: readonly (readonly [string, Timers])[] = [
    ['the default target', fakeTimers],
    ['another target', timersFor(5000)],
    [
      'pinned timers',
      timersFor(1000, { checkIntervalMs: 700, checkFall: 5, connectTimeoutMs: 300, advertIntervalMs: 70 }),
    ],
    ['another number of adverts', timersFor(1000, { downTimerAdverts: 6, startupDelayMs: 7000 })],
    ...pinnable.map(([name, timer]) => [`a pinned ${name}`, withPinned(name, timer)] as const),
  ];

  test.each(known)('of %s are read back', (_, timers) => {
    const sets = setsWith(timers);
    const read = renderedTimers(
      contentOf(sets, paths.keepalivedConfig),
      contentOf(sets, paths.haproxyConfig),
      timersFor(2000),
    );
    expect(read).toMatchObject({ vrrp: timers.vrrp, check: timers.check });
  });

  test('of files that are not ours are unknown', () => {
    expect(renderedTimers('vrrp_instance A {\n    advert_int 1\n}', 'defaults', fakeTimers)).toBeUndefined();
    expect(renderedTimers('', '', fakeTimers)).toBeUndefined();
  });

  test.each(['x', '0', '-1', '.'])('whose adverts were given an interval of %s by hand are unknown', (interval) => {
    const sets = setsWith(fakeTimers);
    const keepalived = contentOf(sets, paths.keepalivedConfig).replaceAll(/advert_int \S+/g, `advert_int ${interval}`);
    expect(renderedTimers(keepalived, contentOf(sets, paths.haproxyConfig), fakeTimers)).toBeUndefined();
  });
});

describe('a plan that changes timers', () => {
  const slower = timersFor(1000);

  test('says what becomes of each outage, before anything else', () => {
    const outages = outageChanges(spec, slower, state);
    const plan = { ...makePlan(spec, setsWith(slower), state), outages };
    const text = planText(plan);
    expect(text).toMatch(/\n {2}node-lost +449 ms → 857 ms\n/);
    expect(text.indexOf('node-lost')).toBeLessThan(text.indexOf('\ncp3'));
    expect(text).toContain('\n  10 others by less than 10 ms\n');
    const coloured = planText(plan, { color: true });
    expect(coloured).toContain('\u001B[31mnode-lost');
    expect(stripVTControlCharacters(coloured)).toBe(text);
    expect(planText({ ...plan, outages: outageChanges(spec, timersFor(300), state) }, { color: true })).toContain(
      '\u001B[32mnode-lost',
    );
  });

  test('counts the slowest node, where a rollout was cut off', () => {
    const changes = outageChanges(spec, fakeTimers, running(fakeTimers, slower, fakeTimers));
    const lost = changes.find(({ after }) => after.disruption === 'node-lost');
    expect(Math.round(lost?.before.upperMs ?? 0)).toBe(857);
  });

  test('says nothing of outages where the timers stay, or nothing of ours is there', () => {
    expect(outageChanges(spec, fakeTimers, state)).toEqual([]);
    expect(outageChanges(spec, fakeTimers, stateOf(freshNode(0), freshNode(1), freshNode(2)))).toEqual([]);
  });
});
