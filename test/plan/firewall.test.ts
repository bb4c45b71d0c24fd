import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../src/cluster/state.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { healthFindings } from '../../src/judge/health.ts';
import { describePlanActions } from '../../src/plan/describe.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { wantedFiles } from '../../src/plan/wanted.ts';
import type { NodeFileSet } from '../../src/render/render.ts';
import { freshNode, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const off = fakeSpec();
const managed: ClusterSpec = { ...off, firewall: 'manage' };

function setsOf(wanted: ClusterSpec, state: ClusterState): readonly NodeFileSet[] {
  const files = wantedFiles(wanted, state);
  if (!files.ok) throw new Error('no timers');
  return files.value.sets;
}

const fresh = stateOf(freshNode(0), freshNode(1), freshNode(2));

/** Every node runs what the file says; cp1 holds the VIPs. */
function running(spec: ClusterSpec, ...overrides: readonly Partial<NodeSeen>[]): ClusterState {
  return stateOf(
    ...setsOf(spec, fresh).map((set, i) =>
      settledNode(i, set, i === 0 ? ['172.16.100.100', '172.16.100.101'] : [], overrides[i]),
    ),
  );
}

function planned(state: ClusterState, wanted: ClusterSpec): readonly string[] {
  return makePlan(wanted, setsOf(wanted, state), state).nodes.map(
    (visit) => `${visit.node}: ${describePlanActions(visit)}, ${visit.changes.length} files`,
  );
}

const removed = { firewall: { by: 'ufw' as const, loaded: known(undefined) } };

describe('a firewall in a plan', () => {
  test('is opened and closed with the key, after its node has given its VIPs up', () => {
    expect(planned(running(off), managed)).toEqual([
      'cp3: open the firewall, 1 files',
      'cp2: open the firewall, 1 files',
      'cp1: move the VIPs away, open the firewall, end the drain, 1 files',
    ]);
    expect(planned(running(managed), managed)).toEqual([]);
    expect(planned(running(managed), off)).toEqual([
      'cp3: close the firewall, 1 files',
      'cp2: close the firewall, 1 files',
      'cp1: move the VIPs away, close the firewall, end the drain, 1 files',
    ]);
  });

  test('is opened again where somebody removed a rule, and where it cannot be read', () => {
    expect(planned(running(managed, {}, removed), managed)).toEqual(['cp2: open the firewall, 0 files']);
    const hung = { firewall: { by: 'other' as const, loaded: unknown('it ended with 124') } };
    expect(planned(running(managed, {}, hung), managed)).toEqual(['cp2: open the firewall, 0 files']);
  });

  test('is closed where a run that was killed left it open', () => {
    expect(planned(running(off, {}, removed), off)).toEqual(['cp2: close the firewall, 0 files']);
  });
});

function rules(...overrides: readonly Partial<NodeSeen>[]): readonly string[] {
  return healthFindings(managed, running(managed, ...overrides)).map(({ rule, node }) => `${node} ${rule}`);
}

describe('the health of a firewall', () => {
  test('is bad where a rule is gone, and not where that is unknown', () => {
    expect(rules()).toEqual([]);
    expect(rules({}, removed)).toEqual(['cp2 firewall-not-loaded']);
    expect(rules({}, { firewall: { by: 'other', loaded: unknown('it ended with 124') } })).toEqual([]);
  });
});
