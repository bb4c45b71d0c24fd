import { describe, expect, test } from 'vitest';
import type { NodeSeen } from '../../src/cluster/state.ts';
import { known } from '../../src/core/observed.ts';
import { spreadMoves } from '../../src/plan/spread.ts';
import { freshNode, instanceSeen, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();
const [first, second] = ['172.16.100.100', '172.16.100.101'] as const;

/** A node that takes part in both elections, and holds these. */
function node(index: number, vips: readonly string[] = [], levers: NodeSeen['levers'] = {}) {
  return freshNode(index, {
    levers,
    addresses: known(vips.map((address) => ({ interface: 'eth0', mac: 'x', address, prefixLength: 32 }))),
    instances: known(
      [first, second].map((vip, place) =>
        instanceSeen(place + 1, { state: vips.includes(vip) ? 'MASTER' : levers['drain'] ? 'FAULT' : 'BACKUP' }),
      ),
    ),
  });
}

describe('spreading VIPs', () => {
  test('moves nothing where each is on the node that it prefers', () => {
    expect(spreadMoves(spec, stateOf(node(0, [first]), node(1, [second]), node(2)))).toEqual([]);
  });

  test('moves each VIP of a node that got both in a failover', () => {
    expect(spreadMoves(spec, stateOf(node(0), node(1), node(2, [first, second])))).toEqual([
      { vip: first, instance: 'K8S_API_1', from: 'cp3', to: 'cp1' },
      { vip: second, instance: 'K8S_API_2', from: 'cp3', to: 'cp2' },
    ]);
  });

  test('sends none to a node that is drained, or not seen: the next one is preferred then', () => {
    const drained = node(0, [], { drain: { by: 'operator', name: 'ada', reason: 'new disk' } });
    expect(spreadMoves(spec, stateOf(drained, node(1, [first, second]), node(2)))).toEqual([]);
    expect(spreadMoves(spec, stateOf('no answer', node(1, [second]), node(2, [first])))).toEqual([
      { vip: first, instance: 'K8S_API_1', from: 'cp3', to: 'cp2' },
    ]);
  });

  test('leaves a VIP alone that has no holder, or two', () => {
    expect(spreadMoves(spec, stateOf(node(0), node(1, [second]), node(2)))).toEqual([]);
    expect(spreadMoves(spec, stateOf(node(0), node(1, [first, second]), node(2, [first])))).toEqual([]);
  });
});
