import { describe, expect, test } from 'vitest';
import { renderNode } from '../../src/render/render.ts';
import { shapeOf } from '../../src/render/shape.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

describe('what nodes must agree on, read back from their files', () => {
  test.each(goldenCases)('is what was rendered: $name', ({ spec, facts }) => {
    for (const node of spec.nodes) {
      const { files } = renderNode(spec, node, fakeTimers, facts);
      expect(shapeOf(files)).toEqual({
        cluster: spec.name,
        self: spec.nodes.length > 1 ? node.address : undefined,
        members: spec.nodes.map(({ name, address }) => ({ name, address })),
        instances: spec.endpoint.virtualIPs.map(({ address, instance, virtualRouterId }) => ({
          name: instance,
          address,
          virtualRouterId,
          interface: facts.interface,
          advertIntervalMs: fakeTimers.vrrp.advertIntervalMs,
        })),
        port: spec.endpoint.port,
        startupDelayMs: fakeTimers.vrrp.startupDelayMs,
        preempt: spec.failover.preempt,
      });
    }
  });

  test('is unknown where there are no files of ours', () => {
    expect(shapeOf([])).toBeUndefined();
    expect(shapeOf([{ path: '/etc/k8s-ha/keepalived.conf', content: 'vrrp_instance mine {\n}\n' }])).toBeUndefined();
  });
});
