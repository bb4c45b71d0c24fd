import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { NodeSeen, ReachSeen } from '../../src/cluster/state.ts';
import { known } from '../../src/core/observed.ts';
import { preflight } from '../../src/judge/preflight.ts';
import { renderFirewall } from '../../src/render/firewall.ts';
import { paths } from '../../src/node/paths.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();
const managed: ClusterSpec = { ...spec, firewall: 'manage' };
const [cp1, cp2] = ['172.16.217.171', '172.16.217.172'];

function reach(overrides: Partial<ReachSeen> = {}): Pick<NodeSeen, 'reach'> {
  return {
    reach: {
      firewall: 'none',
      closingChains: [],
      vrrpListens: false,
      network: 'none',
      netplan: false,
      answers: {},
      ...overrides,
    },
  };
}

/** A node that tried VRRP on cp1 and got this answer. */
function tried(answer: 'open' | 'rejected' | 'none') {
  return reach({ vrrp: { [cp1]: answer } });
}

function found(wanted: ClusterSpec, ...seen: readonly Partial<NodeSeen>[]) {
  return preflight(wanted, stateOf(...[0, 1, 2].map((i) => freshNode(i, seen[i]))))
    .filter(({ rule }) => /^(firewall|vrrp)-/.test(rule))
    .map(({ rule, node, message, suggestion }) => ({ rule, node, message, suggestion }));
}

const closed = {
  rule: 'firewall-closed',
  node: 'cp1',
  message: 'IP protocol 112 (VRRP) is not reached from cp2',
};

describe('VRRP, before keepalived runs', () => {
  test('is let in where the kernel says that nobody takes it', () => {
    expect(found(spec, reach({ firewall: 'ufw' }), tried('open'))).toEqual([]);
  });

  test('is closed where a firewall rejects it, and where one is there and says nothing', () => {
    expect(found(spec, reach(), tried('rejected'))).toMatchObject([closed]);
    expect(found(spec, reach({ firewall: 'ufw' }), tried('none'))).toMatchObject([closed]);
  });

  test('is not called closed by silence alone', () => {
    expect(found(spec, reach(), tried('none'))).toEqual([]);
    // Somebody takes it: then nobody answers.
    expect(found(spec, reach({ firewall: 'ufw', vrrpListens: true }), tried('none'))).toEqual([]);
  });

  test('is told to be unknown where a firewall is there and nobody could try', () => {
    expect(found(spec, reach({ firewall: 'firewalld' }), reach(), reach())).toMatchObject([
      { rule: 'vrrp-untried', node: 'cp1' },
    ]);
    expect(found(spec, reach(), reach(), reach())).toEqual([]);
  });
});

function remedy(firewall: ReachSeen['firewall'], closingChains: readonly string[] = []): string {
  return found(spec, reach({ firewall, closingChains }), tried('rejected'))[0]?.suggestion ?? '';
}

describe('the remedy', () => {
  test('is in the words of the firewall that is there', () => {
    expect(remedy('iptables')).toMatch(/^On the node, as root: iptables -I INPUT -p tcp --dport 7443 -j ACCEPT && /);
    expect(remedy('iptables')).toContain(`iptables -I INPUT -s ${cp2} -p 112 -j ACCEPT`);
    expect(remedy('nftables', ['inet filter input'])).toContain(
      `nft insert rule inet filter input ip saddr ${cp2} meta l4proto 112 accept`,
    );
    expect(remedy('none')).toMatch(/let in: TCP 7443 from clients and nodes; TCP 7444 and 6443 and IP protocol 112/);
  });
});

function placed(content: string): Partial<NodeSeen> {
  return {
    files: [{ path: paths.firewall, mode: 0o755, owner: 'root:root', content }],
    firewall: { by: 'ufw', loaded: known('0123456789ab') },
  };
}

describe('a firewall that apply opens', () => {
  const [first] = managed.nodes;
  const script = (first && renderFirewall(managed, first)) ?? '';

  test('is no obstacle, and one that apply does not know is', () => {
    expect(found(managed, reach({ firewall: 'ufw' }), tried('none'))).toMatchObject([{ rule: 'firewall-opens' }]);
    const unknown = reach({ firewall: 'nftables', closingChains: ['inet filter input'] });
    expect(found(managed, unknown, tried('none'))).toMatchObject([closed]);
  });

  test('is one where it was opened for that node already, and not where that node is new', () => {
    expect(found(managed, { ...reach({ firewall: 'ufw' }), ...placed(script) }, tried('none'))).toMatchObject([closed]);
    // Somebody removed a rule.
    const drifted = { ...placed(script), firewall: { by: 'ufw' as const, loaded: known(undefined) } };
    expect(found(managed, { ...reach({ firewall: 'ufw' }), ...drifted }, tried('none'))).toMatchObject([
      { rule: 'firewall-opens' },
    ]);
    const before = script.replaceAll(cp2, '172.16.217.99');
    expect(found(managed, { ...reach({ firewall: 'ufw' }), ...placed(before) }, tried('none'))).toMatchObject([
      { rule: 'firewall-opens' },
    ]);
  });
});
