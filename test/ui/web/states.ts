import type { Fact } from '../../../src/judge/live/model.ts';
import { known } from '../../../src/core/observed.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';

import { server, sample, stats } from '../cluster.ts';
import { createFakeWatch, type FakeWatch } from './fake-watch.ts';

/** Observations of one second for any cluster: each VIP's holders, and API servers that are down. */
export function moment(
  spec: ClusterSpec,
  atMs: number,
  holders: Readonly<Record<string, readonly string[]>>,
  {
    down = [],
    silent = [],
    check = '* L4TOUT',
  }: { down?: readonly string[]; silent?: readonly string[]; check?: string } = {},
): readonly Fact[] {
  return spec.nodes
    .filter(({ name }) => !silent.includes(name))
    .flatMap(({ name }, i): Fact[] => {
      const vips = spec.endpoint.virtualIPs.filter(({ address }) => holders[address]?.includes(name));
      const held = vips.map(({ address }) => address);
      return [
        { kind: 'sample', node: name, sentMs: atMs - 5, atMs, sample: sample(held) },
        {
          kind: 'instances',
          node: name,
          atMs,
          instances: known(
            spec.endpoint.virtualIPs.map((vip) => ({
              name: vip.instance,
              state: vips.includes(vip) ? ('MASTER' as const) : ('BACKUP' as const),
              priority: 254 - i,
              virtualRouterId: vip.virtualRouterId,
              addresses: [vip.address],
              advertIntervalMs: 90,
            })),
          ),
        },
        {
          kind: 'haproxy',
          node: name,
          atMs,
          stats: {
            ...stats(
              spec.nodes.map((one) =>
                down.includes(one.name) ? server(one.name, 'DOWN', { lastCheck: check }) : server(one.name),
              ),
            ),
            sessions: 10 + i * 7 + (Math.floor(atMs / 1000) % 5),
            sessionRate: 3 + i,
          },
        },
        { kind: 'clock', node: name, atMs, offsetMs: 12, errorMs: 3 },
      ];
    });
}

/** A watch that has seen a healthy minute until `nowMs`, each VIP on another node. */
export function healthyWatch(
  spec: ClusterSpec,
  nowMs: number,
): { watch: FakeWatch; holders: Record<string, readonly string[]> } {
  const holders: Record<string, readonly string[]> = Object.fromEntries(
    spec.endpoint.virtualIPs.map(({ address }, i) => [address, [spec.nodes[i % spec.nodes.length]?.name ?? '']]),
  );
  const watch = createFakeWatch(spec, nowMs - 60_000);
  for (let second = 59; second >= 0; second -= 1) watch.tell(moment(spec, nowMs - second * 1000, holders));
  return { watch, holders };
}
