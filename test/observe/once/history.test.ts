import { describe, expect, test } from 'vitest';
import { filesBefore, parseHistory, type HistoryEntry, type NodeHistory } from '../../../src/observe/once/history.ts';
import { setsBefore } from '../../../src/act/verbs/rollback.ts';
import type { FileSeen } from '../../../src/cluster/state.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { paths } from '../../../src/node/paths.ts';
import { renderNode } from '../../../src/render/render.ts';
import { assumedFacts } from '../../../src/cluster/timers.ts';
import { changesIn, historyText } from '../../../src/report/history.ts';
import { fakeSpec, fakeTimers } from '../../fakes/spec.ts';
import { settledNode } from '../../fakes/seen.ts';

const about = { owner: 'ann', machine: 'desk', action: 'apply', changed: [paths.keepalivedConfig] };

function file(path: string, content: string): FileSeen {
  return { path, mode: 0o600, owner: 'root:root', content };
}

function entry(stamp: string, ...before: FileSeen[]): HistoryEntry {
  return { stamp, about, before };
}

function section(name: string, text: string): string {
  return `${name} 0 ${Buffer.byteLength(text)}\n${text}\n`;
}

function printed(...sections: readonly string[]): string {
  return Buffer.from(sections.join('')).toString('base64');
}

describe('the history of a node', () => {
  test('is read oldest first, each change with all files of before, under their own paths', () => {
    const output = printed(
      section(`about:${paths.history}/20261102T000000Z/about`, JSON.stringify(about)),
      section(`file:${paths.history}/20261102T000000Z/etc/k8s-ha/haproxy.cfg`, '600 root:root\nsecond\n.'),
      section(`about:${paths.history}/20261101T000000Z/about`, JSON.stringify(about)),
    );
    expect(parseHistory(output)).toEqual([
      entry('20261101T000000Z'),
      entry('20261102T000000Z', file('/etc/k8s-ha/haproxy.cfg', 'second\n')),
    ]);
  });

  test('leaves out a change whose record was cut off', () => {
    expect(parseHistory(printed(section(`about:${paths.history}/20261101T000000Z/about`, '{"owner":"an')))).toEqual([]);
  });

  test('gives what the first change from then on replaced, and what is there now where nothing changed since', () => {
    const entries = [entry('1', file('/a', 'one')), entry('3', file('/a', 'two'))];
    const now = [file('/a', 'three')];
    expect(filesBefore(entries, '1', now)).toEqual([file('/a', 'one')]);
    expect(filesBefore(entries, '2', now)).toEqual([file('/a', 'two')]);
    expect(filesBefore(entries, '4', now)).toBe(now);
  });
});

describe('a rollback', () => {
  const spec = fakeSpec();
  const setOf = (index: number, timers = fakeTimers) => {
    const node = spec.nodes[index] ?? expect.fail();
    return renderNode(spec, node, timers, assumedFacts);
  };
  const slow = { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs: 200 } };
  const old = (index: number): readonly FileSeen[] =>
    setOf(index, slow).files.map(({ path, mode, content }) => ({ path, mode, content, owner: 'root:root' }));
  const state = {
    nodes: spec.nodes.map(({ name }, index) => ({ node: name, seen: known(settledNode(index, setOf(index))) })),
  };
  /** cp1 and cp2 were changed twice, cp3 only the first time. */
  const history = (): NodeHistory[] =>
    spec.nodes.map(({ name }, index) => ({
      node: name,
      entries: known(index === 2 ? [entry('1')] : [entry('1'), entry('2', ...old(index))]),
    }));

  test('takes back the last change, and leaves a node alone that it had not touched', () => {
    const sets = setsBefore(state, history(), undefined);
    expect(sets.ok && sets.value.map(({ revision }) => revision)).toEqual([
      setOf(0, slow).revision,
      setOf(1, slow).revision,
      setOf(2).revision,
    ]);
  });

  test('is refused for a change that no node remembers, and before the first set-up', () => {
    expect(setsBefore(state, history(), '7')).toMatchObject({
      ok: false,
      error: [{ rule: 'rollback-impossible', message: 'no node keeps what was before 7' }],
    });
    const first = setsBefore(state, history(), '1');
    expect(first.ok ? [] : first.error.map(({ node, message }) => `${node}: ${message}`)).toContain(
      'cp1: it had no files of k8s-ha before that',
    );
  });

  test('is refused as a whole when one node cannot be asked', () => {
    const blind = history().map((one) => (one.node === 'cp2' ? { ...one, entries: unknown('no route') } : one));
    expect(setsBefore(state, blind, undefined)).toMatchObject({ ok: false, error: [{ node: 'cp2' }] });
  });

  test('is listed with who and what, newest first, the first set-up as such', () => {
    const changes = changesIn(history());
    expect(changes.map(({ stamp, nodes, first }) => ({ stamp, nodes, first }))).toEqual([
      { stamp: '2', nodes: ['cp1', 'cp2'], first: false },
      { stamp: '1', nodes: ['cp1', 'cp2', 'cp3'], first: true },
    ]);
    expect(historyText(changes)).toContain('ann@desk  apply (the first)  cp1 cp2 cp3  keepalived.conf');
    expect(historyText([])).toContain('no previous files');
  });
});
