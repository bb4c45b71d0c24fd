import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import { clockFindings } from '../../src/judge/clock.ts';
import { kubernetesFindings } from '../../src/judge/kubernetes/health.ts';
import { freshNode } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const hourMs = 3_600_000;

function withClocks(...offsets: readonly (number | undefined)[]) {
  return {
    nodes: offsets.map((offsetMs, i) => ({
      node: `cp${i + 1}`,
      seen: known({
        ...freshNode(),
        clock: offsetMs === undefined ? unknown('not told') : known({ offsetMs, errorMs: 5 }),
      }),
    })),
  };
}

function told(...offsets: readonly (number | undefined)[]): readonly string[] {
  return clockFindings(withClocks(...offsets)).map(({ node, message }) => `${node}: ${message}`);
}

describe('a node whose clock is away from the others', () => {
  test('is named, with by how much', () => {
    expect(told(0, hourMs, 10)).toEqual(['cp2: its clock is 60 min ahead of the others']);
    expect(told(-hourMs, 0, 10, 0, 0)).toEqual(['cp1: its clock is 60 min behind the others']);
  });

  test('of two it is the one that this machine does not agree with', () => {
    expect(told(0, -90_000)).toEqual(['cp2: its clock is 1 min 30 s behind the others']);
    expect(told(90_000, 3)).toEqual(['cp1: its clock is 1 min 30 s ahead of the others']);
  });

  test('is none where it is this machine whose clock is wrong, or nobody can say', () => {
    expect(told(hourMs, hourMs + 20, hourMs)).toEqual([]);
    expect(told(-hourMs, -hourMs, -hourMs)).toEqual([]);
    expect(told(hourMs)).toEqual([]);
    expect(told(undefined, 0, 10)).toEqual([]);
  });

  test('is none within what a measurement may be off, and two seconds', () => {
    expect(told(0, 2000, 0)).toEqual([]);
    expect(told(0, 2011, 0)).toHaveLength(1);
  });
});

test('no lease is called stale, and no snapshot late, by a clock that is wrong', () => {
  const lease = {
    name: 'kube-scheduler',
    holder: 'cp2_1',
    ageMs: known(hourMs),
    durationMs: 15_000,
    transitions: 1,
    acquiredMs: undefined,
  };
  const rules = (offsetMs: number): readonly string[] => {
    const nodes = ['cp1', 'cp2', 'cp3'].map((node, i) => {
      const [clock, age] = i === 0 ? [offsetMs, 2 * hourMs] : [0, 60_000];
      const kubernetes = known({ ...kubernetesSeen, leases: known([lease]), snapshotAgeMs: age });
      return { node, seen: known(freshNode(i, { clock: known({ offsetMs: clock, errorMs: 5 }), kubernetes })) };
    });
    const spec = fakeSpec();
    const etcd = { ...spec.etcd, snapshots: { everyMs: hourMs / 2, keep: 3 } };
    return kubernetesFindings({ ...spec, etcd }, { nodes }).map(({ rule, node }) => `${rule} ${node}`);
  };
  expect(rules(0)).toEqual(['etcd-snapshot-missing cp1', 'lease-stale cp2']);
  expect(rules(hourMs)).toEqual([]);
});

const kubernetesSeen = {
  version: unknown('not asked'),
  readyz: unknown('not asked'),
  served: unknown('not asked'),
  certificates: known([]),
  etcd: unknown('not asked'),
  leases: unknown('not asked'),
  unfinished: [],
  snapshotAgeMs: undefined,
  addons: known(undefined),
} as const;
