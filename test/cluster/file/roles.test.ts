import { describe, expect, it } from 'vitest';
import { example } from '../../../src/cluster/file/kinds.ts';
import { load } from '../../../src/cluster/file/load.ts';
import { check } from '../../../src/rules/check.ts';

const line = (name: string, last: number, role?: string): string =>
  `- { name: ${name}, address: 10.0.0.${last}${role === undefined ? '' : `, role: ${role}`} }`;

/** What is said first of a file with these nodes. */
function message(nodes: readonly string[]): string | undefined {
  return load(example({ nodes: nodes.join('\n') }), 'c.yaml').findings[0]?.message;
}

function kubernetes(text: string) {
  return load(example({ more: `kubernetes: ${text}` }), 'c.yaml');
}

describe('roles of nodes', () => {
  it('workers are no part of the endpoint, wherever they stand in the list', () => {
    const nodes = [
      line('w1', 21, 'worker'),
      line('cp1', 11),
      line('w2', 22, 'worker'),
      line('cp2', 12),
      line('cp3', 13),
    ];
    const { spec, findings } = check(example({ nodes: nodes.join('\n') }), 'c.yaml');
    expect(findings).toEqual([]);
    expect(spec?.nodes.map(({ name, priority }) => `${name} ${priority}`)).toEqual(['cp1 254', 'cp2 234', 'cp3 214']);
    expect(spec?.workers.map(({ name, address }) => `${name} ${address}`)).toEqual(['w1 10.0.0.21', 'w2 10.0.0.22']);
    expect(spec?.failover.fencing).toBe(true);
  });

  it('a finding points to the node that it is about, whatever stands before it', () => {
    const nodes = [line('w1', 21, 'worker'), line('cp1', 11), line('cp1', 12), line('cp3', 13)];
    const { findings } = check(example({ nodes: nodes.join('\n') }), 'c.yaml');
    expect(findings.map(({ rule, position }) => [rule, position?.text.includes('10.0.0.12')])).toEqual([
      ['duplicate-node-name', true],
    ]);
  });

  it('a worker has no name or address of another node, and none that is a VIP', () => {
    const rules = (worker: string): readonly string[] =>
      check(
        example({ nodes: [line('cp1', 11), line('cp2', 12), line('cp3', 13), worker].join('\n') }),
        'c.yaml',
      ).findings.map(({ rule }) => rule);
    expect(rules(line('cp1', 21, 'worker'))).toEqual(['duplicate-node-name']);
    expect(rules(line('w1', 11, 'worker'))).toEqual(['duplicate-node-address']);
    expect(rules(line('w1', 100, 'worker'))).toEqual(['vip-is-node-address']);
  });

  it('there is one control-plane node at least, and nine at most', () => {
    expect(message([line('w1', 21, 'worker')])).toContain('has no control-plane node');
    const ten = Array.from({ length: 10 }, (_, i) => line(`cp${i + 1}`, 11 + i));
    expect(message(ten)).toContain('has 10 control-plane nodes');
    expect(message([...ten.slice(0, 9), line('w1', 31, 'worker')])).toBeUndefined();
  });
});

describe('what kubeadm is told', () => {
  it('is as kubeadm has it, where the file says nothing', () => {
    expect(load(example(), 'c.yaml').spec?.kubernetes).toEqual({
      kubeProxy: true,
      workerBalancer: 'vip',
      coreDNS: true,
      ignorePreflightErrors: [],
    });
  });

  it('takes subnets with their length alone', () => {
    expect(kubernetes('{ podSubnet: 10.244.0.0/16, serviceSubnet: fd00::/112 }').findings).toEqual([]);
    for (const subnet of ['10.244.0.0', '10.244/16', '10.244.0.0/33', 'pods'])
      expect(kubernetes(`{ podSubnet: "${subnet}" }`).findings.map(({ rule }) => rule)).toEqual(['not-an-address']);
  });
});
