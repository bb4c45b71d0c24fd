import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../../src/cluster/state.ts';
import { hmacModes, type HmacMode } from '../../../src/cluster/timers.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { preflight } from '../../../src/judge/preflight.ts';
import { paths } from '../../../src/node/paths.ts';
import { hmacFindings } from '../../../src/plan/wanted.ts';
import { hmacStep, isDeafening } from '../../../src/observe/once/hmac.ts';
import { diffText } from '../../../src/plan/diff.ts';
import { isEmpty, makePlan } from '../../../src/plan/plan.ts';
import { wantedFiles } from '../../../src/plan/wanted.ts';
import { hmacIn } from '../../../src/render/hmac.ts';
import { renderNode, type NodeFileSet } from '../../../src/render/render.ts';
import { freshNode, settledNode, stateOf } from '../../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../../fakes/spec.ts';

const [keyA, keyB] = ['a1'.repeat(32), 'b2'.repeat(64)];
const signing = (key = keyA): ClusterSpec =>
  fakeSpec({ keepalived: { extra: '', hmacKey: { file: './vrrp.key', key } } });
const plain = fakeSpec();

type Version = readonly [number, number, number];

function programs(version: Version = [2, 4, 2]): Pick<NodeSeen, 'programs'> {
  return { programs: { ...freshNode().programs, keepalived: known(version) } };
}

/** Nodes that run what they were given before; 0: nothing is signed. */
function running(levels: readonly number[], key = keyA, versions: readonly Version[] = []): ClusterState {
  return stateOf(
    ...levels.map((level, i) => settledNode(i, setOf(i, level, key), [], programs(versions[i] ?? [2, 4, 2]))),
  );
}

function setOf(node: number, level: number, key = keyA): NodeFileSet {
  const mode = hmacModes[level - 1];
  const facts = {
    keepalived: [2, 4, 2],
    haproxy: [2, 6, 12],
    interface: 'eth0',
    nofile: 524_288,
    caPresent: true,
  } as const;
  return renderNode(plain, plain.nodes[node]!, fakeTimers, { ...facts, ...(mode && { hmac: { mode, key } }) });
}

function after(spec: ClusterSpec, state: ClusterState): readonly (HmacMode | undefined)[] {
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) throw new Error('no timers');
  return wanted.value.sets.map(({ files }) => hmacIn(files)?.mode);
}

const all = (mode: HmacMode | undefined): readonly (HmacMode | undefined)[] => [mode, mode, mode];

describe('signing adverts', () => {
  test('begins with enforce where nothing runs yet', () => {
    const fresh = [0, 1, 2].map((i) => freshNode(i, programs()));
    expect(after(signing(), stateOf(...fresh))).toEqual(all('enforce'));
  });

  test('of a running cluster goes one step in each rollout, to enforce and back', () => {
    expect(after(signing(), running([0, 0, 0]))).toEqual(all('receive-only'));
    expect(after(signing(), running([1, 1, 1]))).toEqual(all('permissive'));
    expect(after(signing(), running([2, 2, 2]))).toEqual(all('enforce'));
    expect(after(signing(), running([3, 3, 3]))).toEqual(all('enforce'));
    expect(after(plain, running([3, 3, 3]))).toEqual(all('permissive'));
    expect(after(plain, running([2, 2, 2]))).toEqual(all('receive-only'));
    expect(after(plain, running([1, 1, 1]))).toEqual(all(undefined));
  });

  test('finishes a step that was interrupted before it takes the next one', () => {
    expect(after(signing(), running([1, 2, 2]))).toEqual(all('permissive'));
    expect(after(plain, running([3, 2, 3]))).toEqual(all('permissive'));
  });

  test('goes no further while a keepalived has not read its files, or a node cannot be asked', () => {
    const state = running([2, 2, 2]);
    const unread = settledNode(2, setOf(2, 2), [], { ...programs(), keepalivedConfig: known('0'.repeat(64)) });
    expect(after(signing(), stateOf(...seenIn(state).slice(0, 2), unread))).toEqual(all('permissive'));
    const hidden = { nodes: [...state.nodes.slice(0, 2), { node: 'cp3', seen: unknown('gone') }] };
    expect(hmacStep(signing(), hidden)).toMatchObject({ level: 2, goal: 3, waits: 'cp3 cannot be asked' });
    expect(hmacFindings(signing(), hidden)[0]?.message).toBe(
      'adverts: permissive after this rollout: cp3 cannot be asked',
    );
  });

  test('goes all the way down with the previous key, and up with the new one', () => {
    expect(hmacStep(signing(keyB), running([3, 3, 3]))).toMatchObject({ level: 2, key: keyA });
    expect(hmacStep(signing(keyB), running([2, 2, 2]))).toMatchObject({ level: 1, key: keyA });
    expect(hmacStep(signing(keyB), running([1, 1, 1]))).toMatchObject({ level: 1, key: keyB });
    expect(hmacStep(signing(keyB), running([1, 1, 1], keyB))).toMatchObject({ level: 2, key: keyB });
  });

  test('never has two levels in one rollout that do not hear each other', () => {
    const levels = [0, 1, 2, 3];
    for (const spec of [plain, signing(), signing(keyB)])
      for (const low of levels)
        for (const high of [low, low + 1].filter((level) => level <= 3)) {
          const state = running([low, high, low]);
          const { level } = hmacStep(spec, state);
          expect([Math.abs(level - low), Math.abs(level - high)].every((apart) => apart <= 1)).toBe(true);
        }
  });

  test('ends: apply again and again has nothing to do at last', () => {
    let state = running([0, 0, 0]);
    const spec = { ...signing(keyB), guard: 'off' as const };
    let rollouts = 0;
    for (; rollouts < 9; rollouts++) {
      const wanted = wantedFiles(spec, state);
      if (!wanted.ok) throw new Error('no timers');
      if (isEmpty(makePlan(spec, wanted.value.sets, state))) break;
      state = stateOf(...wanted.value.sets.map((set, i) => settledNode(i, set, [], programs())));
    }
    expect(rollouts).toBe(3);
    expect(hmacFindings(spec, state)).toEqual([]);
    expect(seenIn(state).map(({ files }) => hmacIn(files))).toEqual(
      [0, 1, 2].map(() => ({ mode: 'enforce', key: keyB })),
    );
  });
});

describe('a node with an older keepalived', () => {
  const old: readonly Version[] = [
    [2, 4, 2],
    [2, 4, 1],
    [2, 4, 2],
  ];

  test('keeps all nodes from signing, and is named', () => {
    const state = running([0, 0, 0], keyA, old);
    expect(after(signing(), state)).toEqual(all(undefined));
    const [finding, ...others] = preflight(signing(), state).filter(({ rule }) => rule.startsWith('hmac'));
    expect(finding).toMatchObject({ rule: 'hmac-unavailable', severity: 'warning', node: 'cp2' });
    expect(finding?.message).toContain('keepalived 2.4.1');
    expect(others).toEqual([]);
    expect(preflight(plain, state).filter(({ rule }) => rule.startsWith('hmac'))).toEqual([]);
  });

  test('is refused where the others sign: it would hear nobody', () => {
    for (const [level, rules] of [
      [2, ['hmac-not-understood']],
      [3, ['hmac-not-understood']],
      [1, []],
    ] as const) {
      const state = running([level, 0, level], keyA, old);
      const errors = preflight(plain, state).filter(({ rule }) => rule.startsWith('hmac'));
      expect(errors.map(({ rule }) => rule)).toEqual(rules);
    }
  });
});

function clock(offsetMs: number): Partial<NodeSeen> {
  return { ...programs(), clock: known({ offsetMs, errorMs: 5 }) };
}

function clockRules(offsetMs: number): readonly string[] {
  return preflight(signing(), stateOf(freshNode(0, clock(0)), freshNode(1, clock(offsetMs)), freshNode(2, clock(0))))
    .map(({ rule }) => rule)
    .filter((rule) => rule === 'hmac-clocks');
}

test('clocks that are too far apart are refused before anybody signs', () => {
  expect(clockRules(90_000)).toEqual([]);
  expect(clockRules(120_000)).toHaveLength(3);
});

describe('the key', () => {
  test('is in a file that root alone reads, and in no text that is shown', () => {
    const files = setOf(0, 3).files;
    const [key] = files.filter(({ content }) => content.includes(keyA));
    expect(files.filter(({ content }) => content.includes(keyA))).toHaveLength(1);
    expect(key).toMatchObject({ path: paths.hmacKey, mode: 0o600, content: `hex:${keyA}\n` });
    expect(diffText(paths.hmacKey, undefined, `hex:${keyA}\n`, undefined, 0o600)).not.toContain(keyA.slice(0, 8));
  });

  test('makes keepalived read its files again when it changes', () => {
    expect(setOf(0, 3).keepalivedConfigRevision).not.toBe(setOf(0, 3, keyB).keepalivedConfigRevision);
  });

  test('must have been read: without it every node would stop to sign', () => {
    const unread = fakeSpec({ keepalived: { extra: '', hmacKey: { file: './vrrp.key' } } });
    expect(() => hmacStep(unread, running([3, 3, 3]))).toThrow('was not read');
  });
});

function sets(level: number, key = keyA): readonly NodeFileSet[] {
  return [0, 1, 2].map((i) => setOf(i, level, key));
}

test('a rollback over more than one step, or to another key, would leave nodes that do not hear each other', () => {
  expect(isDeafening(running([3, 3, 3]), sets(2))).toBe(false);
  expect(isDeafening(running([3, 3, 3]), sets(1))).toBe(true);
  expect(isDeafening(running([3, 3, 3]), sets(0))).toBe(true);
  expect(isDeafening(running([2, 2, 2]), sets(1, keyB))).toBe(true);
  expect(isDeafening(running([1, 1, 1]), sets(1, keyB))).toBe(false);
  expect(isDeafening(running([0, 0, 0]), sets(0))).toBe(false);
});

function seenIn(state: ClusterState): readonly NodeSeen[] {
  return state.nodes.flatMap(({ seen }) => (seen.known ? [seen.value] : []));
}
