import { describe, expect, test } from 'vitest';
import type { InterfaceAddress, NodeSeen, ReachSeen } from '../../src/cluster/state.ts';
import { known } from '../../src/core/observed.ts';
import { preflight } from '../../src/judge/preflight.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const unwalled = {
  firewall: 'none' as const,
  closingChains: [],
  vrrpListens: false,
  network: 'none' as const,
  netplan: false,
};

const [cp2, cp3] = ['172.16.217.172', '172.16.217.173'];
const reach: ReachSeen = { ...unwalled, answers: {} };

function found(segment: NodeSeen['segment'], others: readonly (NodeSeen | string)[] = [freshNode(1), freshNode(2)]) {
  const seen = freshNode(0, { reach, ...(segment && { segment }) });
  return preflight(fakeSpec(), stateOf(seen, ...others)).filter(({ rule }) => rule === 'nodes-apart');
}

/** What is found of a VIP, where a node is on a network without it, and has more addresses. */
function elsewhere(more: readonly InterfaceAddress[]) {
  const seen = freshNode(0, {
    addresses: known([
      { interface: 'eth1', mac: '02:00:00:00:00:01', address: '172.16.217.171', prefixLength: 24 },
      ...more,
    ]),
  });
  return preflight(fakeSpec(), stateOf(seen, freshNode(1), freshNode(2))).find(
    ({ rule }) => rule === 'vip-outside-prefix',
  );
}

describe('a VIP of another network than the nodes', () => {
  test('is an error, with its interface and prefixes', () => {
    expect(elsewhere([])).toMatchObject({
      node: 'cp1',
      message: 'the VIP 172.16.100.100 is in none of the prefixes of eth1: 172.16.217.171/24',
      suggestion: 'Choose a free address from the prefix that the nodes share.',
    });
  });

  test('that another interface is on has the address to use instead', () => {
    const clients = { interface: 'eth0', mac: '02:00:00:00:01:01', address: '172.16.100.11', prefixLength: 24 };
    expect(elsewhere([clients])?.suggestion).toBe(
      "It belongs to eth0: a VIP is on the interface of its nodes' addresses, so set the node's address to 172.16.100.11.",
    );
    // The VIP itself, on whichever interface, is no network.
    expect(elsewhere([{ ...clients, address: '172.16.100.100', prefixLength: 32 }])?.suggestion).toMatch(/^Choose/);
  });
});

describe('segments', () => {
  test('nodes that reach each other directly share one', () => {
    expect(found({ routers: {}, silent: ['172.16.100.100'] })).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });

  test('a node behind a router is an error, with the router and the ways out', () => {
    const [finding, ...more] = found({ routers: { [cp3]: '172.16.217.1' }, silent: [] });
    expect(finding).toMatchObject({
      node: 'cp1',
      severity: 'error',
      message: 'cp3 (172.16.217.173) is behind the router 172.16.217.1, on another segment',
    });
    expect(finding?.suggestion).toMatch(/layer-2 segment.*BGP.*load balancer/);
    expect(more).toEqual([]);
  });

  test('a node for whose address nobody answers is one too, where that node is there', () => {
    expect(found({ routers: {}, silent: [cp2] })).toMatchObject([
      { message: `nobody answers on the node's segment for ${cp2}, which is cp2` },
    ]);
    expect(found({ routers: {}, silent: [cp2] }, ['timed out', freshNode(2)])).toEqual([]);
  });

  test('ports that are not reached between two such nodes are no second error', () => {
    const closed: ReachSeen = {
      ...unwalled,
      answers: { '172.16.217.172:7444': 'none', '172.16.217.173:7444': 'none' },
    };
    const rules = (segment: NodeSeen['segment']) =>
      preflight(
        fakeSpec(),
        stateOf(freshNode(0, { reach: closed, ...(segment && { segment }) }), freshNode(1), freshNode(2)),
      ).map(({ rule, node }) => `${rule} ${node}`);
    expect(rules({ routers: {}, silent: [] })).toEqual(['firewall-closed cp2', 'firewall-closed cp3']);
    expect(rules({ routers: {}, silent: [cp2] })).toEqual(['nodes-apart cp1', 'firewall-closed cp3']);
  });

  test('a node that nothing was sent to says nothing of who answers', () => {
    const seen = freshNode(0, { segment: { routers: {}, silent: [cp2] } });
    expect(preflight(fakeSpec(), stateOf(seen, freshNode(1), freshNode(2)))).toEqual([]);
  });
});
