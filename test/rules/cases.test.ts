import { describe, expect, it } from 'vitest';
import { example } from '../../src/cluster/file/kinds.ts';
import { healthPort } from '../../src/node/paths.ts';
import { check } from '../../src/rules/check.ts';

type Parts = Parameters<typeof example>[0];

function findings(parts: Parts) {
  return check(example(parts), 'c.yaml').findings;
}

function ids(parts: Parts): string[] {
  return findings(parts).map(({ rule }) => rule);
}

function messages(parts: Parts): string[] {
  return findings(parts).map(({ message }) => message);
}

function nodes(count: number): string {
  return Array.from({ length: count }, (_, i) => `- { name: cp${i + 1}, address: 10.0.0.${11 + i} }`).join('\n');
}

/** Three nodes with these second addresses. */
function dual(...seconds: readonly (string | undefined)[]): string {
  return seconds
    .map(
      (second, i) =>
        `- { name: cp${i + 1}, address: 10.0.0.${11 + i}${second === undefined ? '' : `, secondAddress: "${second}"`} }`,
    )
    .join('\n');
}

describe('addresses', () => {
  it('are compared by value, not by spelling', () => {
    const six =
      '- { name: a, address: "fd00::11" }\n- { name: b, address: "fd00:0::0011" }\n- { name: c, address: "fd00::13" }';
    expect(ids({ endpoint: 'virtualIPs: ["FD00::13", "fd00:0:0::13"]', nodes: six })).toEqual([
      'vip-is-node-address',
      'duplicate-vip',
      'vip-is-node-address',
      'duplicate-node-address',
    ]);
  });

  it.each(['0.0.0.0', '255.255.255.255', '224.0.0.18', '127.0.0.1', '169.254.1.1'])(
    '%s is neither VIP nor node address',
    (address) => {
      expect(ids({ endpoint: `virtualIPs: [${address}]` })).toEqual(['vip-not-unicast']);
      expect(ids({ nodes: `- { name: a, address: ${address} }` })).toContain('node-address-not-unicast');
    },
  );

  it.each(['::', '::1', 'ff02::12', 'fe80::1', '::ffff:10.0.0.1'])('%s is no VIP', (address) => {
    expect(ids({ endpoint: `virtualIPs: ["${address}"]` })).toContain('vip-not-unicast');
  });

  it.each(['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '203.0.113.1', '8.8.8.8'])(
    '%s is an ordinary VIP',
    (address) => {
      expect(ids({ endpoint: `virtualIPs: [${address}]` })).toEqual([]);
    },
  );

  it('of both families are reported where they meet', () => {
    expect(ids({ endpoint: 'virtualIPs: [10.0.0.100, "fd00::100"]' })).toEqual(['vip-family-differs-from-nodes']);
    expect(ids({ nodes: `${nodes(2)}\n- { name: c, address: "fd00::13" }` })).toEqual(['mixed-families-in-nodes']);
  });

  const both = 'virtualIPs: [10.0.0.100, "fd00::100"]';

  it('serve VIPs of both where every node has one of each', () => {
    expect(ids({ endpoint: both, nodes: dual('fd00::11', 'fd00::12', 'fd00::13') })).toEqual([]);
    expect(ids({ endpoint: 'virtualIPs: ["fd00::100"]', nodes: dual('fd00::11', 'fd00::12', 'fd00::13') })).toEqual([]);
  });

  it('name the nodes that have none of the VIP', () => {
    expect(messages({ endpoint: both, nodes: dual('fd00::11', undefined, 'fd00::13') })).toEqual([
      'the VIP fd00::100 is of another family than every address of cp2',
    ]);
  });

  it('that are second are judged as the first ones are', () => {
    expect(ids({ endpoint: both, nodes: dual('fd00::11', 'fd00::11', 'fe80::1') })).toEqual([
      'duplicate-node-address',
      'node-address-not-unicast',
    ]);
    expect(ids({ endpoint: both, nodes: dual('fd00::100', 'fd00::12', 'fd00::13') })).toEqual(['vip-is-node-address']);
    expect(ids({ nodes: dual('10.0.1.11', undefined, undefined) })).toEqual(['second-address-of-same-family']);
  });
});

describe('the number of nodes', () => {
  it.each([
    [1, ['single-node']],
    [2, ['even-number-of-nodes']],
    [3, []],
    [4, ['even-number-of-nodes']],
    [5, []],
    [9, []],
  ])('%i gives %j', (count, expected) => {
    expect(ids({ nodes: nodes(count) })).toEqual(expected);
  });

  it('may be even where etcd runs elsewhere', () => {
    expect(ids({ nodes: nodes(2), more: 'etcd: { mode: external }' })).toEqual([]);
  });

  it('is not judged when one of them could not be read', () => {
    expect(ids({ nodes: `${nodes(2)}\n- { name: cp3, address: oops }` })).toEqual(['not-an-address']);
  });

  it('is still judged beside an unknown key', () => {
    expect(ids({ nodes: nodes(2), more: 'oops: 1' })).toEqual(['even-number-of-nodes', 'unknown-key']);
  });
});

describe('ports', () => {
  it.each([
    ['port: 2379', 'port 2379'],
    ['port: 2380', 'port 2380'],
    ['port: 6443', 'port 6443'],
    [`port: ${healthPort}`, `port ${healthPort}`],
  ])('the endpoint cannot have %s', (line, words) => {
    expect(messages({ endpoint: `virtualIPs: [10.0.0.100]\n${line}` })).toEqual([expect.stringContaining(words)]);
  });

  it("etcd's ports are free where etcd runs elsewhere", () => {
    expect(ids({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 2379', more: 'etcd: { mode: external }' })).toEqual([]);
  });

  it('that cannot be changed point to the one that can', () => {
    const [clash] = findings({ more: 'apiServer:\n  port: 7444' });
    expect(clash).toMatchObject({ rule: 'port-clash', position: { line: 9 } });
  });
});

function three(a: number, b: number, c: number): string {
  return [a, b, c]
    .map((priority, i) => `- { name: cp${i}, address: 10.0.0.${11 + i}, priority: ${priority} }`)
    .join('\n');
}

describe('priorities', () => {
  it('that are equal or close are warned of, those 10 apart are not', () => {
    expect(ids({ nodes: three(100, 100, 80) })).toEqual(['duplicate-priority']);
    expect(ids({ nodes: three(100, 91, 80) })).toEqual(['priority-gap']);
    expect(ids({ nodes: three(100, 90, 80) })).toEqual([]);
  });

  it('given for one node may clash with the default of another', () => {
    expect(
      ids({
        nodes:
          '- { name: a, address: 10.0.0.1 }\n- { name: b, address: 10.0.0.2, priority: 254 }\n- { name: c, address: 10.0.0.3 }',
      }),
    ).toEqual(['duplicate-priority']);
  });
});

describe('ssh options', () => {
  it('are known in any spelling, and reported where they stand, once', () => {
    const found = findings({
      nodes: `${nodes(2)}\n- { name: cp3, address: 10.0.0.13, ssh: { options: { stricthostkeychecking: "off" } } }`,
      more: 'ssh:\n  options: { controlpath: /tmp/x, UserKnownHostsFile: /dev/null }',
    });
    expect(found.map(({ rule, position }) => `${rule} ${position?.line ?? 0}`)).toEqual([
      'ssh-host-key-check-off 7',
      'ssh-option-owned 9',
      'ssh-host-key-check-off 9',
    ]);
  });

  it('that lead through a bastion are fine', () => {
    expect(
      ids({ more: 'ssh: { options: { ProxyJump: b, ProxyCommand: "nc %h %p", StrictHostKeyChecking: true } }' }),
    ).toEqual([]);
  });
});

describe('extra configuration', () => {
  it.each([
    ['haproxy', 'global', 'global'],
    ['haproxy', 'defaults', 'defaults'],
    ['haproxy', 'backend k8s_api_ready', 'k8s_api_ready'],
    ['keepalived', 'global_defs {', 'global_defs'],
    ['keepalived', 'vrrp_instance K8S_API_1 {', 'K8S_API_1'],
    ['keepalived', 'vrrp_script haproxy_live {', 'haproxy_live'],
  ])('of %s that has "%s" is warned of', (program, line, name) => {
    expect(messages({ more: `${program}:\n  extra: |\n    # x\n    ${line}` })).toEqual([
      expect.stringContaining(`"${name}"`),
    ]);
  });

  it('with names of its own is fine', () => {
    expect(
      ids({
        more: 'haproxy:\n  extra: |\n    frontend globally\n      use_backend k8s_other\nkeepalived:\n  extra: |\n    vrrp_instance INGRESS {\n    }',
      }),
    ).toEqual([]);
  });
});

function timers(text: string): string[] {
  return ids({ more: `failover: { target: 10s, timers: { ${text} } }` });
}

describe('timers', () => {
  it('of VRRP come in steps of 10 ms up to 40.95 s', () => {
    expect(timers('advertInterval: 15ms')).toEqual(['advert-interval-step']);
    expect(timers('advertInterval: 5ms')).toEqual(['advert-interval-step']);
    expect(timers('advertInterval: 41s')).toEqual(['advert-interval-step']);
    expect(timers('advertInterval: 1s')).toEqual([]);
  });

  it('with two or one missing adverts are a warning or an error', () => {
    expect(timers('downTimerAdverts: 1')).toEqual(['out-of-range']);
    expect(timers('downTimerAdverts: 2')).toEqual(['down-timer-adverts-low']);
    expect(timers('downTimerAdverts: 3')).toEqual([]);
  });

  it('cannot be found for a target that is too tight', () => {
    expect(ids({ more: 'failover: { target: 20ms }' })).toEqual(['failover-target-too-tight']);
    expect(ids({ more: 'failover: { target: 500ms }' })).toEqual([]);
  });
});
