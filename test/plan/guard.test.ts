import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../src/cluster/state.ts';
import { known } from '../../src/core/observed.ts';
import { healthFindings } from '../../src/judge/health.ts';
import { describePlanActions } from '../../src/plan/describe.ts';
import { isEmpty, makePlan } from '../../src/plan/plan.ts';
import { wantedFiles } from '../../src/plan/wanted.ts';
import type { NodeFileSet } from '../../src/render/render.ts';
import { freshNode, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

function setsOf(wanted: ClusterSpec, state: ClusterState): readonly NodeFileSet[] {
  const files = wantedFiles(wanted, state);
  if (!files.ok) throw new Error('no timers');
  return files.value.sets;
}

const sets = setsOf(spec, stateOf(freshNode(0), freshNode(1), freshNode(2)));

/** Every node runs its files; cp1 holds the VIPs. */
function running(...overrides: readonly Partial<NodeSeen>[]): ClusterState {
  return stateOf(
    ...sets.map((set, i) => settledNode(i, set, i === 0 ? ['172.16.100.100', '172.16.100.101'] : [], overrides[i])),
  );
}

function planned(state: ClusterState, wanted = spec): readonly string[] {
  return makePlan(wanted, setsOf(wanted, state), state).nodes.map(
    (visit) => `${visit.node}: ${describePlanActions(visit)}, ${visit.changes.length} files`,
  );
}

const nothing = { able: known(true), loaded: undefined, dropped: 0 };
const otherCard = {
  addresses: known([{ interface: 'eth0', mac: '02:00:00:00:00:99', address: '172.16.217.171', prefixLength: 16 }]),
  macs: { eth0: '02:00:00:00:00:99' },
};

describe('the guard in a plan', () => {
  test('is loaded where its rules are gone, and nothing else is touched', () => {
    expect(planned(running())).toEqual([]);
    expect(planned(running({}, { guard: nothing }))).toEqual(['cp2: load the guard, 0 files']);
  });

  test('is not loaded where nft cannot', () => {
    expect(planned(running({}, { guard: { ...nothing, able: known(false) } }))).toEqual([]);
  });

  test('goes with its file', () => {
    expect(planned(running(), { ...spec, guard: 'off' })).toEqual([
      'cp3: unload the guard, 2 files',
      'cp2: unload the guard, 2 files',
      'cp1: unload the guard, 2 files',
    ]);
  });

  test('lets a node in that has another hardware address before that node is told so', () => {
    expect(planned(running(otherCard)).map((visit) => visit.slice(0, 3))).toEqual(['cp3', 'cp2', 'cp1']);
    const state = running(
      {},
      {},
      {
        ...otherCard,
        addresses: known([
          { interface: 'eth0', mac: '02:00:00:00:00:99', address: '172.16.217.173', prefixLength: 16 },
        ]),
      },
    );
    expect(planned(state).map((visit) => visit.slice(0, 3))).toEqual(['cp2', 'cp1', 'cp3']);
  });

  test('keeps the hardware address of a node that cannot be asked', () => {
    const gone = stateOf(...sets.slice(0, 2).map((set, i) => settledNode(i, set)), 'no route to host');
    expect(isEmpty(makePlan(spec, setsOf(spec, gone), gone))).toBe(true);
  });
});

function rulesOf(...overrides: readonly Partial<NodeSeen>[]): readonly string[] {
  return healthFindings(spec, running(...overrides)).map(({ rule, node }) => `${node} ${rule}`);
}

describe('the health of the guard', () => {
  test('is good where each node has the rules of its file', () => {
    expect(rulesOf()).toEqual([]);
  });

  test('is bad where the rules are gone, are others, or have dropped adverts', () => {
    expect(rulesOf({ guard: nothing })).toEqual(['cp1 guard-not-loaded']);
    expect(rulesOf({ guard: { ...nothing, loaded: '0123456789ab' } })).toEqual(['cp1 guard-not-loaded']);
    expect(rulesOf({ guard: { able: known(true), loaded: sets[0]?.guardRevision, dropped: 7 } })).toEqual([
      'cp1 adverts-dropped',
    ]);
  });

  test('is bad where a node has a hardware address that the others do not let in', () => {
    const state = running(otherCard);
    expect(healthFindings(spec, state).map(({ rule }) => rule)).toContain('mac-changed');
  });
});
