import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { segmentOf, segmentSection } from '../../../src/observe/once/network/segment.ts';
import { silentNeighbours } from '../../../src/observe/once/network/read.ts';
import { known } from '../../../src/core/observed.ts';
import { fakeSpec } from '../../fakes/spec.ts';

const root = process.getuid?.() === 0;
if (!root) process.stderr.write('LEFT OUT: segments by the real kernel, because they need root.\n');

/** What the section says in a network namespace of its own, which ends with the command. */
function routesIn(network: string): string {
  const section = segmentSection(fakeSpec()).replace('emit routes routes', 'routes');
  return execFileSync('unshare', ['--net', 'sh', '-euc', `ip link set lo up\n${network}\nset +e\n${section}`], {
    encoding: 'utf8',
  });
}

const card = 'ip link add eth0 type veth peer name wire && ip link set wire up && ip link set eth0 up';

describe.skipIf(!root)("the kernel's routes to the other nodes", () => {
  test('lead to nodes of the same prefix directly', () => {
    const routes = routesIn(`${card} && ip addr add 172.16.217.171/16 dev eth0`);
    expect(routes).toContain('172.16.217.172 dev eth0');
    expect(segmentOf(routes, known([]))).toEqual({ routers: {}, silent: [] });
  });

  test('lead to nodes of another segment by a router', () => {
    const routes = routesIn(
      `${card} && ip addr add 172.16.217.171/29 dev eth0 && ip addr add 172.16.217.169/29 dev eth0
ip route add default via 172.16.217.170
ip route add 172.16.217.172/32 via 172.16.217.174`,
    );
    expect(segmentOf(routes, known([]))?.routers).toEqual({ '172.16.217.172': '172.16.217.174' });
  });

  test('that are IPv4 by a router of IPv6 are read too', () => {
    const routes = routesIn(
      `${card} && ip addr add 172.16.217.171/32 dev eth0 && ip -6 addr add fd00::1/64 dev eth0 nodad
ip route add 0.0.0.0/0 via inet6 fd00::9 dev eth0`,
    );
    expect(segmentOf(routes, known([]))?.routers).toEqual({ '172.16.217.172': 'fd00::9', '172.16.217.173': 'fd00::9' });
  });

  test('are none where a node has no way to the others', () => {
    expect(segmentOf(routesIn(card), known(['172.16.217.173']))).toEqual({ routers: {}, silent: ['172.16.217.173'] });
  });

  test('end at a node of the same prefix that is on another wire: nobody answers', () => {
    const network = `${card} && ip addr add 172.16.217.171/16 dev eth0
curl -s --connect-timeout 0.7 http://172.16.217.173:7444/ || ip -j neigh show`;
    const [neighbours = ''] = routesIn(network).split('\n');
    expect(silentNeighbours(JSON.parse(neighbours))).toEqual(['172.16.217.173']);
  });
});
