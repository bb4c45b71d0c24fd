import { describe, expect, it } from 'vitest';
import type { NumberedEvent } from '../../../src/ui/watch/history.ts';
import { ticksOf } from '../../../src/ui/web/page/axis.ts';
import { listText, lossText, momentText } from '../../../src/ui/web/page/format.ts';
import { incidentsOf } from '../../../src/ui/web/page/incidents.ts';
import { bandAt, bandsOf, journalSpans, lastMove, refined } from '../../../src/ui/web/page/ownership.ts';
import { iconOf, noticeOf, titleOf } from '../../../src/ui/web/page/words.ts';
import { spansWith } from '../../../src/ui/web/samples.ts';
import { shownCluster } from '../../../src/ui/web/shown.ts';
import { scene, spec } from './scenes.ts';
import { healthyWatch, moment } from './states.ts';

function event(atMs: number, over: Partial<NumberedEvent> = {}): NumberedEvent {
  return {
    id: `${atMs}`,
    number: atMs,
    atMs,
    errorMs: 2,
    source: 'haproxy',
    kind: 'log',
    tone: 'info',
    text: '',
    ...over,
  };
}

function enters(atMs: number, node: string, state: 'MASTER' | 'BACKUP'): NumberedEvent {
  return event(atMs, { node, kind: 'vrrp', tone: 'good', vrrp: { vip: 'v', state } });
}

describe('who held an address', () => {
  const journal = [enters(1000, 'cp1', 'MASTER'), enters(5000, 'cp1', 'BACKUP'), enters(5060, 'cp2', 'MASTER')];

  it('is told by the journals until the watch knew it, and by the watch from then on', () => {
    const seen = [
      { fromMs: 8000, holders: [], known: false },
      { fromMs: 9000, holders: ['cp2'], known: true },
      { fromMs: 12_000, holders: [], known: true },
    ];
    const bands = bandsOf(journalSpans('v', journal, 9000), seen, 13_000);
    expect(bands.map(({ fromMs, toMs, holders, known }) => [fromMs, toMs, holders.join(' '), known])).toEqual([
      [1000, 5000, 'cp1', true],
      [5000, 5060, '', false],
      [5060, 12_000, 'cp2', true],
      [12_000, 13_000, '', true],
    ]);
    expect(bandAt(bands, 4000)?.holders).toEqual(['cp1']);
    expect(bandAt(bands, 500)).toBeUndefined();
    expect(lastMove(bands, 13_000)).toMatchObject({ from: ['cp1'], to: 'cp2', atMs: 5060 });
    expect(lastMove(bands, 5059)).toBeUndefined();
    const split = [...seen.slice(0, 1), { fromMs: 9000, holders: ['cp1', 'cp2'], known: true }];
    const { 0: one, 2: two } = journal;
    if (!one || !two) throw new Error('no journal');
    expect(lastMove(bandsOf(journalSpans('v', [one, two], 9000), split, 13_000), 13_000)).toBeUndefined();
  });

  it('is not known any more of a node that stopped answering', () => {
    const silent = event(3000, { node: 'cp1', kind: 'node', tone: 'bad' });
    const bands = bandsOf(journalSpans('v', [...journal.slice(0, 1), silent], Infinity), [], 4000);
    expect(bands.at(-1)).toEqual({ fromMs: 3000, toMs: 4000, holders: [], known: false });
  });

  it('is not held twice because a lost node said no goodbye; two that both say so held it', () => {
    const lost = journalSpans('v', [enters(1000, 'cp1', 'MASTER'), enters(5000, 'cp2', 'MASTER')], Infinity);
    expect(lost.map(({ holders }) => holders)).toEqual([['cp1'], ['cp2']]);
    const both = journalSpans(
      'v',
      [enters(1000, 'cp1', 'MASTER'), enters(5000, 'cp2', 'MASTER'), enters(5400, 'cp1', 'BACKUP')],
      Infinity,
    );
    expect(both).toEqual([
      { fromMs: 1000, holders: ['cp1'], known: true },
      { fromMs: 5000, holders: ['cp1', 'cp2'], known: true },
      { fromMs: 5400, holders: ['cp2'], known: true },
    ]);
  });

  it('changed when the journals say, and clients lost at most what lies between goodbye and hello, and both errors', () => {
    const move = { from: ['cp1'], to: 'cp2', atMs: 5900, lostMs: 1000 };
    expect(refined(move, 'v', journal)).toEqual({ ...move, atMs: 5060, lostMs: 64 });
    expect(refined(move, 'v', journal.slice(2))).toEqual({ ...move, atMs: 5060 });
    expect(refined(move, 'other', journal)).toEqual(move);
  });

  it('is remembered from since it was so, in spans that grow only when it changes', () => {
    const vip = { address: 'v', holders: ['cp1'], tone: 'good', text: 'cp1', sinceMs: 10, last: undefined } as const;
    const spans = spansWith([], vip, 500);
    expect(spans).toEqual([{ fromMs: 10, holders: ['cp1'], known: true }]);
    expect(spansWith(spans, vip, 900)).toBe(spans);
    const gone = { ...vip, holders: [], tone: 'warn', text: 'unknown', sinceMs: 700 } as const;
    expect(spansWith(spans, gone, 900).at(-1)).toEqual({ fromMs: 700, holders: [], known: false });
  });

  it('comes with the last move and with what the watch could see of the loss', () => {
    const { watch } = scene('node-lost', 1_800_000_000_000);
    const [vip] = shownCluster(watch.spec, watch.state()).vips;
    expect(vip?.moved).toMatchObject({ from: ['cp1'], to: 'cp2' });
    expect(vip?.moved?.lostMs).toBeGreaterThanOrEqual(1000);
  });

  it('has not moved where its holder lost it and took it again', () => {
    const nowMs = 1_800_000_000_000;
    const { watch, holders } = healthyWatch(spec, nowMs - 5000);
    watch.tell(moment(spec, nowMs - 4000, {}));
    watch.tell(moment(spec, nowMs - 3000, {}));
    watch.tell(moment(spec, nowMs, holders));
    const { vips } = shownCluster(watch.spec, watch.state());
    expect(vips.map(({ holders: now, moved }) => [now, moved])).toEqual([
      [['cp1'], undefined],
      [['cp2'], undefined],
    ]);
  });
});

describe('incidents', () => {
  it('pin the move, collapse what repeats, count checks, and leave out what is routine', () => {
    const lines = [
      event(100, { text: 'a routine line' }),
      ...[1, 2, 3].map((i) =>
        event(20_000 + i, {
          node: `cp${i}`,
          kind: 'server',
          tone: 'bad',
          text: `Server ready/api is DOWN after ${i} ms`,
        }),
      ),
      event(20_500, { kind: 'vip', tone: 'good', text: 'v moved cp1 → cp2' }),
      event(20_600, { kind: 'gate', tone: 'bad', text: 'failing: this' }),
      event(60_000, { node: 'cp1', kind: 'node', tone: 'bad', text: 'cp1 does not answer' }),
    ];
    const { incidents, routine } = incidentsOf(lines);
    expect(routine).toBe(1);
    expect(incidents.map(({ title }) => title)).toEqual(['cp1 does not answer', 'v moved cp1 → cp2']);
    expect(incidents[1]).toMatchObject({
      checks: 1,
      count: 5,
      tone: 'bad',
      lines: [{ count: 3, nodes: ['cp1', 'cp2', 'cp3'], text: 'Server ready/api is DOWN after 1 ms' }],
    });
  });

  it('end when it was quiet for ten seconds, whatever routine goes on', () => {
    const storm = [0, 9000, 18_000, 27_500, 39_000].map((atMs, i) => event(atMs, { tone: i === 3 ? 'info' : 'warn' }));
    expect(incidentsOf(storm).incidents.map(({ count }) => count)).toEqual([1, 4]);
  });
});

it('title, favicon and notification follow the verdict', () => {
  const diagnosis = {
    verdict: 'outage',
    sentence: 'The API is not served.',
    causes: [{ rule: 'r', severity: 'error', what: 'w', command: 'k8s-ha status', consequences: [] }],
    redundancy: { fit: 0, of: 3 },
  } as const;
  const served = { ...diagnosis, verdict: 'served', causes: [] } as const;
  expect(titleOf({ name: 'prod', diagnosis }, false)).toBe('✕ Outage · prod · k8s-ha');
  expect(titleOf({ name: 'prod', diagnosis }, true)).toBe('? Unknown · prod · k8s-ha');
  expect(titleOf({ name: 'prod', diagnosis, file: 'clusters/a.yaml' }, false)).toBe(
    '✕ Outage · prod (a.yaml) · k8s-ha',
  );
  expect(new Set((['served', 'degraded', 'outage', 'unknown'] as const).map(iconOf)).size).toBe(4);
  expect(noticeOf({ name: 'prod', diagnosis: served }, { name: 'prod', diagnosis })).toEqual({
    title: 'prod: Outage',
    body: 'The API is not served.\nk8s-ha status',
  });
  expect(noticeOf({ name: 'prod', diagnosis }, { name: 'prod', diagnosis })).toBeUndefined();
  expect(noticeOf(undefined, { name: 'prod', diagnosis })).toBeUndefined();
});

it('times, losses and lists are told as a person would', () => {
  expect([62.2, 999, 1310, 60_000].map(lossText)).toEqual(['63 ms', '999 ms', '1.4 s', '1 min']);
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listText)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect(momentText(0, 3_600_000)).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(momentText(0, 86_400_000)).toMatch(/^\d{4}-\d\d-\d\d /);
});

it('the time axis has as many labels as have room, at whole times', () => {
  const hour = ticksOf(1_800_000_000_000, 1_800_003_600_000, 8);
  expect(hour.length).toBeLessThanOrEqual(8);
  expect(hour.every(({ text }) => /^\d\d:\d[05]$/.test(text))).toBe(true);
  expect(ticksOf(1_800_000_000_000, 1_800_000_010_000, 8)[0]?.text).toMatch(/^\d\d:\d\d:\d\d$/);
});
