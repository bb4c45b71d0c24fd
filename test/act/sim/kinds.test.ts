import { expect, test } from 'vitest';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { planCluster } from '../../../src/act/plan-cluster.ts';
import { drive, holders, simCluster, simRun } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { leftToDo, settled, text } from './verbs.ts';

const three = fakeSpec();

/** Kinds of changes that no client may notice; on real machines some of them are made together (test/e2e/changes.test.ts). */
const kinds: readonly (readonly [string, Partial<ClusterSpec>])[] = [
  ['slower timers', { failover: { ...three.failover, targetMs: 3000 } }],
  ['a timer that is pinned', { failover: { ...three.failover, timers: { checkIntervalMs: 700 } } }],
  ['fencing off', { failover: { ...three.failover, fencing: false } }],
  ['options of HAProxy', { haproxy: { extra: '', maxConnections: 5000 } }],
  ['options of keepalived', { keepalived: { extra: '# mine\n' } }],
  ['priorities', { nodes: three.nodes.map((node, i) => ({ ...node, priority: 120 + 20 * i })) }],
];

test.each(kinds)(
  '%s alone: announces nothing for clients, moves no VIP, and is all that was to do',
  async (_, change) => {
    const cluster = simCluster(three);
    await settled(cluster, three);
    const spec = { ...three, ...change };
    const run = simRun(cluster);
    const planned = await drive(cluster, run, planCluster(spec, run.hosts));
    expect(planned?.plan?.nodes.map(({ node }) => node)).toHaveLength(3);
    for (const { effect } of planned?.plan?.nodes ?? []) expect(effect).not.toMatch(/handover|may move|no holder/);
    const vips = three.endpoint.virtualIPs.map(({ address }) => address);
    const before = vips.map((vip) => holders(cluster, vip));
    const outcome = await settled(cluster, spec);
    expect(outcome.findings.map(text)).toEqual([]);
    expect(outcome.outcome).toBe('applied');
    expect(vips.map((vip) => holders(cluster, vip))).toEqual(before);
    for (const vip of vips) expect(cluster.trouble.get(vip)).toMatchObject({ twoHoldersMs: 0, longestWithoutMs: 0 });
    expect(await leftToDo(cluster, spec)).toEqual([]);
  },
);
