import { describe, expect, it } from 'vitest';
import { example } from '../../../src/cluster/file/kinds.ts';
import { load } from '../../../src/cluster/file/load.ts';

function found(text: string) {
  return load(text, 'c.yaml').findings.map(
    ({ rule, position }) => `${rule} ${position?.line ?? 0}:${position?.column ?? 0}`,
  );
}

function only(text: string) {
  const { findings } = load(text, 'c.yaml');
  expect(findings).toHaveLength(1);
  const [finding] = findings;
  if (!finding) throw new Error('no finding');
  return finding;
}

function fencing(text: string) {
  return load(text, 'c.yaml').spec?.failover.fencing;
}

function suggestion(more: string) {
  return only(example({ more })).suggestion;
}

function rule(more: string) {
  return only(example({ more })).rule;
}

function ruleOfInterval(duration: string) {
  return rule(`failover: { timers: { checkInterval: ${duration} } }`);
}

function judge(severity: 'error' | 'warning') {
  return () => [{ rule: 'single-node' as const, severity, message: 'x' }];
}

describe('defaults', () => {
  it('fills in everything that the smallest file leaves out', () => {
    expect(load(example(), 'c.yaml')).toEqual({
      findings: [],
      spec: {
        name: 'prod',
        endpoint: {
          virtualIPs: [
            { address: '10.0.0.100', family: 'ipv4', instance: 'K8S_API_1', virtualRouterId: expect.any(Number) },
          ],
          port: 7443,
        },
        nodes: [
          { name: 'cp1', address: '10.0.0.11', family: 'ipv4', priority: 254, ssh: { options: {} } },
          { name: 'cp2', address: '10.0.0.12', family: 'ipv4', priority: 234, ssh: { options: {} } },
          { name: 'cp3', address: '10.0.0.13', family: 'ipv4', priority: 214, ssh: { options: {} } },
        ],
        workers: [],
        kubernetes: { kubeProxy: true, coreDNS: true, workerBalancer: 'vip', ignorePreflightErrors: [] },
        apiServer: {
          port: 6443,
          caFile: '/etc/kubernetes/pki/ca.crt',
          healthPath: '/readyz',
          healthAuth: 'anonymous',
          clientCaFile: '/etc/kubernetes/pki/ca.crt',
          clientCaKeyFile: '/etc/kubernetes/pki/ca.key',
          tlsServerName: 'kubernetes',
        },
        etcd: { mode: 'stacked', clientPort: 2379, peerPort: 2380 },
        failover: {
          targetMs: 500,
          fencing: true,
          preempt: false,
          tellClients: false,
          keepConnections: false,
          timers: {},
        },
        ssh: { options: {} },
        runtime: 'systemd',
        images: {},
        guard: 'macs',
        firewall: 'off',
        haproxy: { extra: '' },
        keepalived: { extra: '' },
      },
    });
  });

  it('spells addresses canonically and gives every VIP its own instance and router id', () => {
    const { spec } = load(
      example({
        endpoint: 'virtualIPs: ["FD00:0:0::100", "fd00::101"]\nvirtualRouterId: 51',
        nodes: '- { name: a, address: "fd00:0::0001" }',
      }),
      'c.yaml',
    );
    expect(spec?.endpoint.virtualIPs).toEqual([
      { address: 'fd00::100', family: 'ipv6', instance: 'K8S_API_1', virtualRouterId: 51 },
      { address: 'fd00::101', family: 'ipv6', instance: 'K8S_API_2', virtualRouterId: 52 },
    ]);
    expect(spec?.nodes[0]?.address).toBe('fd00::1');
  });

  it('fences by default only with stacked etcd and three nodes', () => {
    expect(fencing(example())).toBe(true);
    expect(fencing(example({ nodes: '- { name: a, address: 10.0.0.1 }\n- { name: b, address: 10.0.0.2 }' }))).toBe(
      false,
    );
    expect(fencing(example({ more: 'etcd: { mode: external }' }))).toBe(false);
    expect(fencing(example({ more: 'etcd: { mode: external }\nfailover: { fencing: on }' }))).toBe(true);
    expect(fencing(example({ more: 'failover: { fencing: off }' }))).toBe(false);
  });

  it("lets a node's ssh settings win over the cluster's, option by option", () => {
    const { spec } = load(
      example({
        nodes: '- { name: a, address: 10.0.0.1, ssh: { port: 2222, options: { ProxyJump: b } } }',
        more: 'ssh: { user: root, port: 22, options: { Compression: true, ProxyJump: a, ConnectTimeout: 5 } }',
      }),
      'c.yaml',
    );
    expect(spec?.nodes[0]?.ssh).toEqual({
      user: 'root',
      port: 2222,
      options: { Compression: 'yes', ProxyJump: 'b', ConnectTimeout: '5' },
    });
  });

  it('reads pinned timers in milliseconds', () => {
    const { spec } = load(
      example({
        more: 'failover: { target: 1.5s, timers: { advertInterval: 100ms, startupDelay: 1m, checkFall: 3 } }',
      }),
      'c.yaml',
    );
    expect(spec?.failover).toMatchObject({
      targetMs: 1500,
      timers: { advertIntervalMs: 100, startupDelayMs: 60_000, checkFall: 3 },
    });
  });
});

describe('findings', () => {
  it('are all reported at once, in the order of the file', () => {
    const text = `name: 5
vips: x
endpoint:
  virtualIPs: 10.0.0.100
  port: 70000
nodes:
  - { name: a, adress: 10.0.0.1 }
  - name: B
    address: 10.0.0
failover:
  target: 500
`;
    expect(found(text)).toEqual([
      'wrong-type 1:7',
      'unknown-key 2:1',
      'wrong-type 4:15',
      'out-of-range 5:9',
      'missing-key 7:5',
      'unknown-key 7:16',
      'bad-name 8:11',
      'not-an-address 9:14',
      'duration-without-unit 11:11',
    ]);
    expect(load(text, 'c.yaml').spec).toBeUndefined();
  });

  it('point to the characters that are wrong, with the line they stand in', () => {
    expect(only(example({ endpoint: 'virtualIPs: [10.0.0.100, oops]' })).position).toEqual({
      file: 'c.yaml',
      line: 3,
      column: 28,
      length: 4,
      text: '  virtualIPs: [10.0.0.100, oops]',
    });
  });

  it('keep their place with Windows line ends and a byte order mark', () => {
    const text = `\uFEFF${example({ more: 'oops: 1' }).replaceAll('\n', '\r\n')}`;
    expect(only(text).position).toMatchObject({ line: 8, column: 1, length: 4, text: 'oops: 1' });
  });

  it('suggest the key that was meant, also when it belongs elsewhere', () => {
    expect(suggestion('apiserver: { port: 6443 }')).toBe('Did you mean "apiServer"?');
    expect(suggestion('endpiont: {}')).toBe('Did you mean "endpoint"?');
    expect(suggestion('vip: 10.0.0.1')).toBe('Did you mean "endpoint.virtualIPs"?');
    expect(suggestion('target: 3s')).toBe('Did you mean "failover.target"?');
    expect(suggestion('address: x')).toBe('Did you mean "nodes[].address"?');
    expect(suggestion('zzzzzzzz: x')).toBe('Remove it.');
    expect(suggestion('<<: { name: x }')).toContain('Merge keys');
  });

  it('say which keys exist beside an unknown one', () => {
    expect(only(example({ more: 'etcd: { zzzz: 1 }' })).reason).toContain('mode, clientPort, peerPort and snapshots');
  });

  it('suggest the spelling of a value that was nearly right', () => {
    expect(suggestion('etcd: { mode: Stacked }')).toBe('Did you mean "stacked"?');
    expect(suggestion('failover: { fencing: true }')).toBe('Did you mean "on"?');
    expect(suggestion('failover: { preempt: yes }')).toBe('Write true.');
    expect(suggestion('failover: { preempt: "off" }')).toBe('Write false.');
    expect(suggestion('apiServer: { port: "6443" }')).toBe('Write 6443 without quotes.');
    expect(suggestion('ssh: { user: 1 }')).toBe('Write it in quotes: "1".');
    expect(suggestion('failover: { target: 500 }')).toBe('Write 500ms or 500s, whichever you mean.');
    expect(suggestion('failover: { target: "500" }')).toBe('Write 500ms or 500s, whichever you mean.');
  });

  it('say that a key without a value is empty, and point to the key', () => {
    expect(only(example({ more: 'ssh:' }))).toMatchObject({
      rule: 'wrong-type',
      message: 'ssh has no value, but needs a mapping',
      position: { line: 8, column: 1 },
    });
  });

  it('are one, not one for each, where far too many nodes are listed', () => {
    const nodes = Array.from({ length: 256 }, (_, i) => `- { name: n${i}, address: 10.0.300.${i} }`).join('\n');
    expect(only(example({ nodes }))).toMatchObject({
      rule: 'out-of-range',
      message: 'nodes has 256 entries; at most 100 are possible',
    });
  });

  it('refuse durations that are no whole milliseconds or beyond an hour', () => {
    expect(ruleOfInterval('0.5ms')).toBe('bad-duration');
    expect(ruleOfInterval('2h')).toBe('out-of-range');
    expect(ruleOfInterval('0s')).toBe('out-of-range');
    expect(ruleOfInterval('-5ms')).toBe('bad-duration');
    expect(ruleOfInterval(`${'9'.repeat(400)}s`)).toBe('bad-duration');
  });

  it('refuse what could break a configuration file or a command line', () => {
    expect(rule(String.raw`apiServer: { caFile: "/a\nb" }`)).toBe('bad-text');
    expect(rule('apiServer: { healthPath: "/a b" }')).toBe('bad-text');
    expect(rule('ssh: { user: "-oProxyCommand=x" }')).toBe('bad-name');
    expect(rule(String.raw`ssh: { options: { ProxyCommand: "a\nb" } }`)).toBe('bad-text');
    expect(rule('ssh: { options: { "-o X": y } }')).toBe('bad-name');
    expect(rule(String.raw`haproxy: { extra: "a\0b" }`)).toBe('bad-text');
  });

  it('include those of the rules although the schema complains', () => {
    const text = example({ endpoint: 'virtualIPs: [oops, 10.0.0.100]', more: 'oops: 1' });
    const { findings, spec } = load(text, 'c.yaml', ({ endpoint }, whole) =>
      endpoint.virtualIPs.map(({ address }, i) => ({
        rule: whole ? 'single-node' : 'duplicate-vip',
        severity: 'warning',
        message: address,
        path: ['endpoint', 'virtualIPs', i],
      })),
    );
    expect(spec).toBeUndefined();
    // The second address is the first that could be read: its finding still points to the second.
    expect(findings.find(({ rule }) => rule === 'duplicate-vip')).toMatchObject({
      message: '10.0.0.100',
      position: { line: 3, column: 22 },
    });
    expect(findings.map(({ rule }) => rule)).toEqual(['not-an-address', 'duplicate-vip', 'unknown-key']);
  });

  it('withhold the specification when a rule finds an error, and not for a warning', () => {
    expect(load(example(), 'c.yaml', judge('error')).spec).toBeUndefined();
    expect(load(example(), 'c.yaml', judge('warning')).spec).toBeDefined();
  });
});
