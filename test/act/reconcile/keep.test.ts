import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/act/outcome.ts';
import { keep, waitMs, type KeepEvent, type KeepOptions } from '../../../src/act/reconcile/keep.ts';
import { assumedFacts } from '../../../src/cluster/timers.ts';
import type { NodeSeen } from '../../../src/cluster/state.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Plan } from '../../../src/plan/model.ts';
import { isEmpty, makePlan } from '../../../src/plan/plan.ts';
import { paths } from '../../../src/node/paths.ts';
import { renderNode, type NodeFileSet } from '../../../src/render/render.ts';
import { keepJson, keepText } from '../../../src/report/keep.ts';
import { settledNode, stateOf } from '../../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../../fakes/spec.ts';

const spec = fakeSpec();

function setsOf(advertIntervalMs: number): readonly NodeFileSet[] {
  return spec.nodes.map((node) =>
    renderNode(spec, node, { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs } }, assumedFacts),
  );
}

function error(message: string): Finding {
  return { rule: 'node-unreachable', severity: 'error', message };
}

function nodes(sets: readonly NodeFileSet[]): NodeSeen[] {
  return sets.map((set, i) => settledNode(i, set, i === 0 ? ['172.16.100.100', '172.16.100.101'] : []));
}

/** Three nodes, a cluster file that says how often adverts are sent, and a clock that only counts. */
function world() {
  let file: number | 'broken' = 100;
  let outcome: Outcome<Plan>['outcome'] = 'applied';
  let unreachable = false;
  let seen = nodes(setsOf(100));
  const events: KeepEvent[] = [];
  const waits: number[] = [];
  const controller = new AbortController();
  const plan = () => makePlan(spec, setsOf(file === 'broken' ? 0 : file), stateOf(...seen));

  /** Each step happens while it waits; after the last it is told to stop. */
  const run = async (steps: readonly (() => 'time' | 'changed')[], options: Partial<KeepOptions> = {}) => {
    let at = 0;
    const well = await keep({
      load: () =>
        Promise.resolve(file === 'broken' ? { spec: undefined, findings: [error('broken')] } : { spec, findings: [] }),
      look: () =>
        Promise.resolve(
          unreachable ? { plan: undefined, findings: [error('cp2 is gone')] } : { plan: plan(), findings: [] },
        ),
      apply: async (_, { confirm }) => {
        const now = plan();
        const result = { plan: now, findings: [], notes: [] };
        if (!(await confirm(now, []))) return { ...result, outcome: 'declined' };
        if (outcome === 'failed') return { ...result, outcome, findings: [error('a gate failed')] };
        seen = nodes(setsOf(file === 'broken' ? 0 : file));
        return { ...result, outcome };
      },
      wait: (ms) => {
        waits.push(ms);
        const step = steps[at];
        at += 1;
        return Promise.resolve(step ? step() : 'stopped');
      },
      everyMs: 60_000,
      random: () => 0.5,
      signal: controller.signal,
      onEvent: (event) => void events.push(event),
      ...options,
    });
    return { well, kinds: events.map(({ kind }) => kind), events, waits };
  };
  return {
    run,
    controller,
    sets: () => setsOf(file === 'broken' ? 0 : file),
    write: (to: number | 'broken') => (file = to),
    fail: (yes: boolean) => (outcome = yes ? 'failed' : 'applied'),
    lose: (yes: boolean) => (unreachable = yes),
    edit: (node: number, path: string) =>
      (seen = seen.map((one, i) =>
        i === node
          ? { ...one, files: one.files.map((f) => (f.path === path ? { ...f, content: `${f.content}# me` } : f)) }
          : one,
      )),
    isSettled: () => isEmpty(plan()),
  };
}

function time() {
  return 'time' as const;
}

describe('keeping the nodes as the file says', () => {
  test('says once that all is well, and then nothing as long as it is', async () => {
    expect(await world().run([time, time, time])).toMatchObject({ well: true, kinds: ['as-wanted', 'stopped'] });
  });

  test('carries a change of the file out at once, and says that nobody else changed anything', async () => {
    const w = world();
    const { kinds, events } = await w.run([() => (w.write(200), 'changed'), time]);
    expect(kinds).toEqual(['as-wanted', 'change', 'applied', 'as-wanted', 'stopped']);
    expect(events[1]).toMatchObject({ drifted: [] });
    expect(w.isSettled()).toBe(true);
  });

  test('names the file that somebody edited on a node, before it is overwritten, in one line', async () => {
    const w = world();
    const { kinds, events } = await w.run([() => (w.edit(1, paths.haproxyConfig), 'time')]);
    expect(kinds).toEqual(['as-wanted', 'change', 'applied', 'stopped']);
    const change = events[1];
    if (!change) throw new Error('no change');
    expect(change.drifted).toEqual([{ node: 'cp2', path: paths.haproxyConfig }]);
    expect(keepText(change, new Date(0))).toBe(
      `1970-01-01T00:00:00.000Z tutorial: plan ${change.plan?.hash}: cp2 (no service is touched); changed on the nodes by somebody else, and overwritten now: cp2:${paths.haproxyConfig}`,
    );
    expect(JSON.parse(keepJson(change, new Date(0)))).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      event: 'change',
      cluster: 'tutorial',
      hash: change.plan?.hash,
      nodes: [{ node: 'cp2', files: [paths.haproxyConfig] }],
      drifted: [{ node: 'cp2', path: paths.haproxyConfig }],
    });
  });

  test('tells an edited file from one that the cluster file changes at the same time', async () => {
    const w = world();
    const { events } = await w.run([() => (w.write(200), w.edit(2, paths.keepalivedConfig), 'changed')]);
    expect(events[1]?.plan?.nodes).toHaveLength(3);
    expect(events[1]?.drifted).toEqual([{ node: 'cp3', path: paths.keepalivedConfig }]);
  });

  test('does not know at its first look whose difference it is, and names every file', async () => {
    const w = world();
    w.edit(0, paths.haproxyConfig);
    const { events } = await w.run([]);
    expect(events[0]).toMatchObject({ kind: 'change', drifted: undefined });
    expect(events[0] && keepText(events[0], new Date(0))).toContain(`these files differ: cp1:${paths.haproxyConfig}`);
  });

  test('leaves the nodes alone while the file is broken, says so once, and goes on when it is fixed', async () => {
    const w = world();
    const { kinds, well } = await w.run([() => (w.write('broken'), 'changed'), time, () => (w.write(200), 'changed')]);
    expect(kinds).toEqual(['as-wanted', 'file-broken', 'change', 'applied', 'stopped']);
    expect(well).toBe(true);
  });

  test('backs off after rollouts that fail, and tries at once when the file changes', async () => {
    const w = world();
    w.fail(true);
    w.write(200);
    const { kinds, waits, well } = await w.run([time, time, () => (w.fail(false), 'changed'), time]);
    expect(kinds).toEqual([
      ...Array.from({ length: 3 }, () => ['change', 'failed']).flat(),
      'change',
      'applied',
      'as-wanted',
      'stopped',
    ]);
    expect(waits).toEqual([120_000, 240_000, 480_000, 60_000, 60_000]);
    expect(well).toBe(true);
  });

  test('takes files that a failed rollout has placed for its own', async () => {
    const w = world();
    const { events } = await w.run([
      () => (w.write(200), w.fail(true), 'changed'),
      () => (w.write(300), w.fail(false), 'changed'),
    ]);
    expect(events.map(({ kind, drifted }) => [kind, drifted])).toEqual([
      ['as-wanted', undefined],
      ['change', []],
      ['failed', undefined],
      ['change', []],
      ['applied', undefined],
      ['stopped', undefined],
    ]);
  });

  test('changes nothing while a node cannot be reached, says so once, and ends as not well', async () => {
    const w = world();
    const { kinds, well } = await w.run([() => (w.lose(true), 'time'), time, time]);
    expect(kinds).toEqual(['as-wanted', 'refused', 'stopped']);
    expect(well).toBe(false);
  });

  test('begins nothing any more once it is to stop', async () => {
    const w = world();
    w.write(200);
    const { kinds } = await w.run([], {
      look: () => {
        w.controller.abort();
        return Promise.resolve({ plan: undefined, findings: [error('interrupted')] });
      },
    });
    expect(kinds).toEqual(['stopped']);
    expect(w.isSettled()).toBe(false);
  });

  test('waits no longer than an hour after failures, except where the interval is longer', () => {
    expect(waitMs(300_000, 0, 0)).toBe(270_000);
    expect(waitMs(300_000, 0, 1)).toBe(330_000);
    expect(waitMs(300_000, 20, 0.5)).toBe(3_600_000);
    expect(waitMs(7_200_000, 3, 0.5)).toBe(7_200_000);
  });
});
