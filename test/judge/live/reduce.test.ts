import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../../src/core/observed.ts';
import type { LogEntry } from '../../../src/observe/live/model.ts';
import { instanceSeen } from '../../fakes/seen.ts';
import {
  atMs,
  elected,
  healthy,
  run,
  sampled,
  second,
  served,
  server,
  spec,
  startMs,
  stats,
  vip,
} from '../../ui/cluster.ts';

function entry(seconds: number, overrides: Partial<LogEntry> = {}): LogEntry {
  return {
    cursor: `s=1;i=${seconds};b=2;m=3`,
    nodeMs: atMs(seconds),
    source: 'keepalived',
    kind: 'vrrp',
    tone: 'bad',
    text: 'K8S_API_1 enters FAULT',
    vrrp: { instance: 'K8S_API_1', state: 'FAULT' },
    ...overrides,
  };
}

function lost(seconds: number, node: string, reason = 'no answer') {
  return { kind: 'lost', node, atMs: atMs(seconds), reason } as const;
}

describe('who holds the VIP', () => {
  it('tells the first holder, and every gate of a healthy cluster passes', () => {
    const { state, texts } = run(second(1, 'cp1'));
    expect(texts).toContain(`${vip} is held by cp1`);
    expect(state.vips).toMatchObject([{ holders: ['cp1'], sinceMs: atMs(1) }]);
    expect(state.gates.map(({ error }) => error)).toEqual(state.gates.map(() => undefined));
    expect(state.gates).toHaveLength(1 + 3 * 2);
  });

  it('knows of the first holder only that it has held the VIP for longer, until keepalived says since when', () => {
    expect(healthy().vips).toMatchObject([{ sinceMs: atMs(1), sinceAtLeast: true }]);
    const clock = { kind: 'clock', node: 'cp1', atMs: atMs(2), offsetMs: 250, errorMs: 1 } as const;
    const instances = known([instanceSeen(1, { state: 'MASTER', sinceMs: atMs(-3600) })]);
    const dump = { kind: 'instances', node: 'cp1', atMs: atMs(2), instances } as const;
    expect(run([dump], { from: healthy() }).state.vips).toMatchObject([{ sinceMs: atMs(1), sinceAtLeast: true }]);
    const { state } = run([clock, dump], { from: healthy() });
    expect(state.vips).toMatchObject([{ holders: ['cp1'], sinceMs: atMs(-3600) - 250, sinceAtLeast: false }]);
    const later = run([{ ...clock, atMs: atMs(3), offsetMs: 251 }], { from: state }).state;
    expect(later.vips[0]?.sinceMs).toBe(atMs(-3600) - 250);
  });

  it('believes no time that is still to come', () => {
    const clock = { kind: 'clock', node: 'cp1', atMs: atMs(2), offsetMs: 0, errorMs: 1 } as const;
    const instances = known([instanceSeen(1, { state: 'MASTER', sinceMs: atMs(3600) })]);
    const { state } = run([clock, { kind: 'instances', node: 'cp1', atMs: atMs(2), instances }], { from: healthy() });
    expect(state.vips).toMatchObject([{ sinceMs: atMs(1), sinceAtLeast: true }]);
  });

  it('saw the move that it saw', () => {
    const { state } = run([sampled(2, 'cp1'), sampled(2, 'cp2', [vip]), sampled(2, 'cp3')], { from: healthy() });
    expect(state.vips).toMatchObject([{ holders: ['cp2'], sinceMs: atMs(2), sinceAtLeast: false }]);
  });

  it('tells a move once, with both ends', () => {
    const { texts } = run([sampled(2, 'cp1'), sampled(2, 'cp2', [vip]), sampled(2, 'cp3')], { from: healthy() });
    expect(texts).toEqual([`${vip} moved cp1 → cp2`]);
  });

  it('concludes "no holder" only when every answering node was asked since', () => {
    const first = run([sampled(2, 'cp1'), sampled(2, 'cp2')], { from: healthy() });
    expect(first.texts).toEqual([]);
    expect(first.state.vips[0]?.holders).toEqual(['cp1']);
    const { texts, state } = run([sampled(2, 'cp3')], { from: first.state });
    expect(texts).toEqual([
      `${vip} has no holder any more; it was cp1`,
      `failing: ${vip} is held by exactly one node: held by no node`,
    ]);
    expect(state.vips[0]).toMatchObject({ holders: [], last: { holders: ['cp1'], untilMs: atMs(2) } });
  });

  it('does not call it split brain when the old holder was last asked before the new one was seen', () => {
    const { state, texts } = run([sampled(2, 'cp2', [vip])], { from: healthy() });
    expect(texts).toEqual([`${vip} moved cp1 → cp2`]);
    expect(state.vips[0]?.holders).toEqual(['cp2']);
  });

  it('calls it split brain when both are seen to hold it at the same time, and tells its end', () => {
    const split = run([sampled(2, 'cp2', [vip]), sampled(3, 'cp1', [vip]), sampled(3, 'cp2', [vip])], {
      from: healthy(),
    });
    expect(split.texts).toContain(`split brain: ${vip} is held by cp1 and cp2`);
    expect(split.state.vips[0]?.holders).toEqual(['cp1', 'cp2']);
    expect(split.texts).toContain(`failing: ${vip} is held by exactly one node: held by cp1 and cp2`);
    expect(run([sampled(4, 'cp1')], { from: split.state }).texts).toContain(`${vip} is held by cp2 alone again`);
  });
});

describe('a node that stops answering', () => {
  it('is unknown since its last answer, and nothing of its last values is kept', () => {
    const { state, texts } = run([lost(4, 'cp1', 'cp1 has not answered for 1.3 s')], { from: healthy() });
    const [cp1] = state.nodes;
    expect(cp1?.now).toEqual({ answering: false, sinceMs: atMs(1), reason: 'cp1 has not answered for 1.3 s' });
    expect(cp1?.claims).toEqual({});
    expect(state.vips[0]).toMatchObject({
      holders: [],
      sinceMs: atMs(1),
      last: { holders: ['cp1'], untilMs: atMs(1) },
    });
    expect(texts).toEqual([
      'cp1 does not answer: cp1 has not answered for 1.3 s',
      `who holds ${vip} is unknown: cp1, which held it, does not answer`,
    ]);
  });

  it('keeps the time of its last answer when it is tried again in vain', () => {
    const { state } = run([lost(4, 'cp1'), lost(9, 'cp1', 'cannot be reached')], { from: healthy() });
    expect(state.nodes[0]?.now).toMatchObject({ sinceMs: atMs(1), reason: 'cannot be reached' });
  });

  it('makes the gates about it unknown instead of failed, and tells when it is back', () => {
    const { state } = run([lost(4, 'cp3')], { from: healthy() });
    const about = state.gates.filter(({ sentence }) => sentence.includes('cp3'));
    expect(about.map(({ unknown: blind, error }) => [blind, error !== undefined])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(run([sampled(6, 'cp3')], { from: state }).texts).toContain('cp3 answers again');
  });

  it('lets the VIP be seen to move as soon as the new holder has it', () => {
    const silent = run([lost(4, 'cp1')], { from: healthy() });
    expect(run([sampled(5, 'cp2', [vip])], { from: silent.state }).texts).toContain(`${vip} moved cp1 → cp2`);
  });

  it('shows HAProxy as unknown until it answers again, not with its figures of before', () => {
    const { state } = run([lost(4, 'cp1'), sampled(6, 'cp1')], { from: healthy() });
    const [cp1] = state.nodes;
    expect(cp1?.now.answering && cp1.now.haproxy).toEqual(unknown('HAProxy has not answered yet'));
    expect(cp1?.now.answering && cp1.now.instances).toEqual(unknown('keepalived has not told its state yet'));
  });
});

describe('HAProxy', () => {
  it('hangs when it runs and leaves questions unanswered', () => {
    const asked = [2, 3, 4].map((seconds) => sampled(seconds, 'cp1', [vip]));
    const { state, texts } = run([...asked, { kind: 'time', atMs: atMs(4.6) }], { from: healthy() });
    expect(state.nodes[0]?.now).toMatchObject({ haproxy: unknown('HAProxy does not answer') });
    expect(texts).toEqual([]);
  });

  it('that is dead has no figures', () => {
    const { state } = run([sampled(2, 'cp1', [], { haproxy: 'absent' })], { from: healthy() });
    expect(state.nodes[0]?.now).toMatchObject({ haproxy: unknown('HAProxy does not run') });
  });

  it('tells an API server that no HAProxy finds ready, once, and its return', () => {
    const down = stats([server('cp1'), server('cp2'), server('cp3', 'DOWN')]);
    const all = (seconds: number, told: typeof down) =>
      ['cp1', 'cp2', 'cp3'].map((node) => served(seconds, node, told));
    const { state, texts } = run(all(2, down), { from: healthy() });
    expect(texts.filter((text) => text.startsWith('the API server'))).toEqual([
      'the API server of cp3 is ready for no HAProxy',
    ]);
    expect(texts).toContain('failing: HAProxy on cp1 finds every API server ready: cp3 is not ready');
    expect(
      state.gates.find(({ sentence }) => sentence === 'HAProxy on cp1 finds every API server ready'),
    ).toMatchObject({
      error: 'cp3 is not ready',
      unknown: false,
      sinceMs: atMs(2),
    });
    const back = run(all(3, stats()), { from: state });
    expect(back.texts).toContain('the API server of cp3 is ready again');
    expect(back.state.gates.find(({ sentence }) => sentence.includes('on cp1 finds'))).toMatchObject({
      error: undefined,
      lastError: { text: 'cp3 is not ready', atMs: atMs(2) },
    });
  });
});

function clock(errorMs: number) {
  return { kind: 'clock', node: 'cp1', atMs: atMs(1), offsetMs: errorMs, errorMs } as const;
}

describe('journals', () => {
  it("places an entry by the operator's clock, with the error of the measurement", () => {
    const clock = { kind: 'clock', node: 'cp1', atMs: atMs(1), offsetMs: 250, errorMs: 4 } as const;
    const { events } = run([clock, { kind: 'log', node: 'cp1', atMs: atMs(2), entry: entry(2) }], { from: healthy() });
    expect(events[0]).toMatchObject({
      atMs: atMs(2) - 250,
      errorMs: 4,
      node: 'cp1',
      text: `K8S_API_1 enters FAULT (${vip})`,
    });
  });

  it('keeps the clock offset that is known best', () => {
    expect(run([clock(40), clock(3), clock(50)]).state.nodes[0]?.clock).toEqual({ offsetMs: 3, errorMs: 3.5 });
  });

  it('forgets what it knew of a clock that was set, however well', () => {
    const set = { kind: 'clock', node: 'cp1', atMs: atMs(31), offsetMs: 3_600_000, errorMs: 40 } as const;
    expect(run([clock(3), set]).state.nodes[0]?.clock).toEqual({ offsetMs: 3_600_000, errorMs: 40 });
  });

  it('moves the state of an instance at once, but not by an entry of the past', () => {
    const from = run([elected(1, 'cp1', 'MASTER')], { from: healthy() }).state;
    const old = run([{ kind: 'log', node: 'cp1', atMs: atMs(60), entry: entry(2) }], { from });
    expect(old.state.nodes[0]?.now).toMatchObject({ instances: { value: [{ state: 'MASTER' }] } });
    expect(old.events).toHaveLength(1);
    const fresh = run([{ kind: 'log', node: 'cp1', atMs: atMs(60), entry: entry(59.8) }], { from });
    expect(fresh.state.nodes[0]?.now).toMatchObject({ instances: { value: [{ state: 'FAULT' }] } });
    expect(fresh.state.nodes[0]?.transitions).toBe(1);
    expect(fresh.texts).toContain('failing: cp1 takes part in the election of every VIP: K8S_API_1 is in FAULT');
  });
});

it('changes nothing it was given', () => {
  const before = healthy();
  const copy = structuredClone(before);
  run([...second(2, 'cp2'), lost(3, 'cp1')], { from: before });
  expect(before).toEqual(copy);
  expect(before.startedMs).toBe(startMs);
  expect(spec.nodes).toHaveLength(3);
});
