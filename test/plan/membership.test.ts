import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../src/cluster/state.ts';
import { assumedFacts, type Timers } from '../../src/cluster/timers.ts';
import { known } from '../../src/core/observed.ts';
import { membershipOf } from '../../src/plan/membership.ts';
import type { Plan } from '../../src/plan/model.ts';
import { isEmpty, makePlan } from '../../src/plan/plan.ts';
import { renderNode, type NodeFileSet } from '../../src/render/render.ts';
import { freshNode, instanceSeen, settledNode } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const vip = '172.16.100.100';

function setsOf(spec: ClusterSpec, timers: Timers = fakeTimers): NodeFileSet[] {
  return spec.nodes.map((node) => renderNode(spec, node, timers, assumedFacts));
}

/** Every node of `spec` runs its files; cp1 holds the VIP. */
function running(spec: ClusterSpec, overrides: Readonly<Record<string, Partial<NodeSeen>>> = {}): ClusterState {
  return {
    nodes: setsOf(spec).map((set, i) => ({
      node: set.node,
      seen: known(settledNode(i, set, i === 0 ? [vip] : [], overrides[set.node])),
    })),
  };
}

function joined(state: ClusterState, node: string, index: number): ClusterState {
  return {
    nodes: [...state.nodes, { node, seen: known(freshNode(index)) }],
  };
}

function visits(plan: Plan): string[] {
  return plan.nodes.map(({ node, kind, haproxy, keepalived }) => `${kind} ${node}: ${haproxy}/${keepalived}`);
}

const three = fakeSpec({}, { nodes: 3, vips: 1 });
const four = fakeSpec({}, { nodes: 4, vips: 1 });

describe('a node that joins', () => {
  const plan = makePlan(four, setsOf(four), joined(running(three), 'cp4', 3));

  test('is counted first, and elects when every other node knows it', () => {
    expect(visits(plan)).toEqual([
      'prepare cp4: start/none',
      'change cp3: reload/reload',
      'change cp2: reload/reload',
      'change cp1: reload/reload',
      'change cp4: none/start',
    ]);
    expect(plan.nodes.at(-1)?.changes).toEqual([]);
    expect(plan.bootstrap).toBe(false);
  });

  test('still waits for the others when a run was interrupted after it was prepared', () => {
    const [, , , cp4] = setsOf(four);
    if (!cp4) throw new Error('no such set');
    const prepared = settledNode(3, cp4, [], {
      keepalived: { active: 'inactive', enabled: false, ageMs: undefined, unitRevision: undefined },
    });
    const half = running(three).nodes.map((one, i) =>
      i === 2 ? { node: 'cp3', seen: known(settledNode(2, setsOf(four)[2] ?? cp4)) } : one,
    );
    const state = { nodes: [...half, { node: 'cp4', seen: known(prepared) }] };
    expect(visits(makePlan(four, setsOf(four), state))).toEqual([
      'change cp2: reload/reload',
      'change cp1: reload/reload',
      'change cp4: none/start',
    ]);
  });

  test('is stopped first when it elects already, with peers that do not know it', () => {
    const [, , , cp4] = setsOf(four);
    if (!cp4) throw new Error('no such set');
    const state = { nodes: [...running(three).nodes, { node: 'cp4', seen: known(settledNode(3, cp4)) }] };
    expect(visits(makePlan(four, setsOf(four), state))).toEqual([
      'retire cp4: none/stop',
      'change cp3: reload/reload',
      'change cp2: reload/reload',
      'change cp1: reload/reload',
      'change cp4: none/start',
    ]);
  });

  test('is none that merely stands still: a stopped node that all know starts in one visit', () => {
    const off = { active: 'failed', enabled: true, ageMs: undefined, unitRevision: undefined };
    const plan = makePlan(three, setsOf(three), running(three, { cp3: { keepalived: off } }));
    expect(visits(plan)).toEqual(['change cp3: none/start']);
  });

  test('is none because another node has not read its files yet: nobody is stopped for that', () => {
    const state = running(three, { cp1: { keepalivedConfig: known('older') } });
    expect(visits(makePlan(three, setsOf(three), state))).toEqual(['change cp1: none/reload']);
  });
});

describe('a node that leaves', () => {
  test('gives its VIPs up first, counts until the others have forgotten it, and goes before the last one changes', () => {
    const plan = makePlan(three, setsOf(three), running(four));
    expect(membershipOf(setsOf(three), running(four)).leaving).toEqual([{ name: 'cp4', address: '172.16.217.174' }]);
    expect(visits(plan)).toEqual([
      'retire cp4: none/stop',
      'change cp3: reload/reload',
      'change cp2: reload/reload',
      'remove cp4: stop/none',
      'change cp1: reload/reload',
    ]);
    expect(plan.nodes[0]).toMatchObject({ drain: false });
  });

  test('is drained when it holds a VIP', () => {
    const state = running(four);
    const holder = state.nodes.map((one, i) => ({
      node: one.node,
      seen: known(settledNode(i, setsOf(four)[i] ?? { ...setsOf(four)[0]! }, i === 3 ? [vip] : [])),
    }));
    const [retire] = makePlan(three, setsOf(three), { nodes: holder }).nodes;
    expect(retire).toMatchObject({ node: 'cp4', kind: 'retire', drain: true });
    expect(retire?.effect).toContain('one planned handover');
    // Any other node may have the VIP then: one whose service restarts is drained.
    const other = three.nodes.map((node) => renderNode(three, node, fakeTimers, { ...assumedFacts, nofile: 10_000 }));
    const restarts = makePlan(three, other, { nodes: holder }).nodes.filter(({ kind }) => kind === 'change');
    expect(restarts.map(({ drain }) => drain)).toEqual([true, true, true]);
  });

  test('that is unseen is not visited, and the others change all the same', () => {
    const state = { nodes: running(four).nodes.slice(0, 3) };
    expect(visits(makePlan(three, setsOf(three), state))).toEqual([
      'change cp3: reload/reload',
      'change cp2: reload/reload',
      'change cp1: reload/reload',
    ]);
  });

  test('and belongs to another cluster by now is left alone', () => {
    const other = fakeSpec({ name: 'elsewhere' }, { nodes: 4, vips: 1 });
    const moved = known(settledNode(3, setsOf(other)[3] ?? setsOf(other)[0]!));
    const state = { nodes: [...running(four).nodes.slice(0, 3), { node: 'cp4', seen: moved }] };
    expect(visits(makePlan(three, setsOf(three), state)).some((visit) => visit.includes('cp4'))).toBe(false);
  });

  test('and has the name of its successor is told from it', () => {
    const [cp1, cp2, , cp4] = four.nodes;
    const replaced = { ...three, nodes: [cp1!, cp2!, { ...cp4!, name: 'cp3' }] };
    const before = running(three);
    expect(membershipOf(setsOf(replaced), { nodes: before.nodes.slice(0, 2) }).leaving).toEqual([
      { name: 'cp3@172.16.217.173', address: '172.16.217.173' },
    ]);
    const state = {
      nodes: [
        ...before.nodes.slice(0, 2),
        { node: 'cp3', seen: known(freshNode(3)) },
        { node: 'cp3@172.16.217.173', seen: before.nodes[2]!.seen },
      ],
    };
    expect(visits(makePlan(replaced, setsOf(replaced), state))).toEqual([
      'prepare cp3: start/none',
      'retire cp3@172.16.217.173: none/stop',
      'change cp2: reload/reload',
      'remove cp3@172.16.217.173: stop/none',
      'change cp1: reload/reload',
      'change cp3: none/start',
    ]);
  });

  test('is no node that only got another name', () => {
    const renamed = { ...three, nodes: three.nodes.map((node) => ({ ...node, name: `node-${node.name}` })) };
    const state = { nodes: running(three).nodes.map((one) => ({ ...one, node: `node-${one.node}` })) };
    const plan = makePlan(renamed, setsOf(renamed), state);
    expect(new Set(plan.nodes.map(({ kind }) => kind))).toEqual(new Set(['change']));
  });
});

describe('virtual router ids that change', () => {
  const rekeyed: ClusterSpec = {
    ...three,
    endpoint: {
      ...three.endpoint,
      virtualIPs: three.endpoint.virtualIPs.map((one) => ({ ...one, virtualRouterId: 77 })),
    },
  };

  test('have the nodes that do not hold the VIP stand aside until its holder has changed', () => {
    const plan = makePlan(rekeyed, setsOf(rekeyed), running(three), { lossMs: 449 });
    expect(visits(plan)).toEqual([
      'stand-aside cp2: none/none',
      'stand-aside cp3: none/none',
      'change cp3: none/reload',
      'change cp2: none/reload',
      'change cp1: none/reload',
      'stand-by cp2: none/none',
      'stand-by cp3: none/none',
    ]);
    const lever = `/run/k8s-ha/yield-${vip}`;
    expect(plan.nodes.map(({ levers }) => levers.map(({ pulled }) => pulled))).toEqual([
      [true],
      [true],
      [true],
      [true],
      [false],
      [false],
      [false],
    ]);
    expect(plan.nodes[0]?.levers[0]?.lever).toBe(lever);
    expect(plan.nodes[4]?.effect).toBe(`clients: ${vip} has no holder for up to 449ms`);
    expect(plan.nodes[2]?.effect).toBe('clients: nothing, this node holds no VIP');
  });

  test('have levers let go that an interrupted run left behind', () => {
    const left = { levers: { [`yield-${vip}`]: { by: 'rollout', token: 't', owner: 'anna' } as const } };
    const plan = makePlan(three, setsOf(three), running(three, { cp3: left }));
    expect(visits(plan)).toEqual(['stand-by cp3: none/none']);
    const own = {
      levers: { [`yield-${vip}`]: { by: 'operator', name: 'anna', reason: 'because of the fan' } as const },
    };
    expect(isEmpty(makePlan(three, setsOf(three), running(three, { cp3: own })))).toBe(true);
  });
});

describe('adverts that become much faster', () => {
  const fast = { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs: 100 } };
  const slowly = { instances: known([instanceSeen(1, { advertIntervalMs: 1000 })]) };

  test('have the backups listen before they elect, and the holder just reload', () => {
    const slow = setsOf(three, { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs: 1000 } });
    const state = {
      nodes: slow.map((set, i) => ({
        node: set.node,
        seen: known(settledNode(i, set, i === 0 ? [vip] : [], slowly)),
      })),
    };
    expect(visits(makePlan(three, setsOf(three, fast), state))).toEqual([
      'change cp3: none/restart',
      'change cp2: none/restart',
      'change cp1: none/reload',
    ]);
  });
});
