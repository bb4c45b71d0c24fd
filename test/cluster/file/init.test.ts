import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initFile, parseAddresses, parseNodes, questions, type InitAnswers } from '../../../src/cluster/file/init.ts';
import { check } from '../../../src/rules/check.ts';

const answers: InitAnswers = {
  name: 'prod',
  virtualIPs: ['10.0.0.100'],
  nodes: parseNodes('10.0.0.11, 10.0.0.12 10.0.0.13'),
};

function problem(key: string, text?: string): string | undefined {
  return questions.find((each) => each.key === key)?.validate(text);
}

describe('initFile', () => {
  it('writes a file that has no finding', () => {
    expect(check(initFile(answers), 'c.yaml').findings).toEqual([]);
  });

  it('keeps every answer', () => {
    const { spec, findings } = check(
      initFile({
        ...answers,
        virtualIPs: ['10.0.0.100', '10.0.0.101'],
        target: '2s',
        dnsName: 'api.example.com',
        sshUser: 'admin',
      }),
      'c.yaml',
    );
    expect(findings).toEqual([]);
    expect(spec).toMatchObject({
      name: 'prod',
      endpoint: { virtualIPs: [{ address: '10.0.0.100' }, { address: '10.0.0.101' }], dnsName: 'api.example.com' },
      nodes: [{ name: 'cp1' }, { name: 'cp2' }, { name: 'cp3', address: '10.0.0.13' }],
      failover: { targetMs: 2000 },
      ssh: { user: 'admin' },
    });
  });

  it('keeps both addresses of a node', () => {
    const nodes = parseNodes('cp1=10.0.0.11+fd00::11, 10.0.0.12+fd00::12, c=10.0.0.13+fd00::13');
    const { spec, findings } = check(
      initFile({ ...answers, virtualIPs: ['10.0.0.100', 'fd00::100'], nodes }),
      'c.yaml',
    );
    expect(findings).toEqual([]);
    expect(spec?.nodes).toMatchObject([
      { name: 'cp1', address: '10.0.0.11', secondAddress: 'fd00::11' },
      { name: 'cp2', address: '10.0.0.12', secondAddress: 'fd00::12' },
      { name: 'c', address: '10.0.0.13', secondAddress: 'fd00::13' },
    ]);
    expect(problem('nodes', 'cp1=10.0.0.11+fd00:11')).toBe('fd00:11 is not an IP address.');
  });

  it('loads whatever names were accepted, also those that YAML would read as something else', () => {
    const name = fc.oneof(
      fc.constantFrom('true', 'null', '1', '0x1f', '1e3', 'no', '08', '1ms'),
      fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,9}[a-z0-9])?$/),
    );
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { minLength: 3, maxLength: 3 }), fc.boolean(), (cluster, names, ipv6) => {
        const address = (host: number): string => (ipv6 ? `fd00::${host}` : `10.0.0.${host}`);
        const nodes = names.map((each, i) => ({ name: each, address: address(11 + i) }));
        const { spec, findings } = check(initFile({ name: cluster, virtualIPs: [address(100)], nodes }), 'c.yaml');
        expect(findings).toEqual([]);
        expect(spec?.name).toBe(cluster);
        expect(spec?.nodes.map((node) => node.name)).toEqual(names);
      }),
    );
  });
});

describe('questions', () => {
  it('accept their own placeholders', () => {
    for (const { placeholder, validate } of questions) expect(validate(placeholder)).toBeUndefined();
  });

  it('accept nothing where nothing is needed, and only there', () => {
    for (const { optional, validate } of questions) {
      expect(validate('') === undefined).toBe(optional);
      expect(validate(undefined) === undefined).toBe(optional);
    }
  });

  it('say what is wrong', () => {
    expect(problem('name', 'My Cluster')).toContain('Small letters');
    expect(problem('virtualIPs', '10.0.0.100, oops')).toBe('oops is not an IP address.');
    expect(problem('nodes', 'cp1=10.0.0.300')).toBe('10.0.0.300 is not an IP address.');
    expect(problem('nodes', 'CP_1=10.0.0.1')).toContain('names of small letters');
    expect(problem('nodes', Array.from({ length: 10 }, (_, i) => `10.0.0.${i}`).join(' '))).toContain('One to nine');
    expect(problem('target', '500')).toContain('unit');
    expect(problem('dnsName', '10.0.0.1')).toContain('DNS name');
    expect(problem('sshUser', '-x')).toContain('login name');
  });
});

it('says of API servers what is not as kubeadm makes it', () => {
  const text = initFile({
    name: 'prod',
    virtualIPs: ['10.0.0.100'],
    nodes: [{ name: 'cp1', address: '10.0.0.11' }],
    apiServerPort: 6444,
    apiServer: { caFile: '/var/lib/rancher/k3s/server/tls/server-ca.crt', healthAuth: 'certificate' },
  });
  expect(check(text, 'c.yaml').spec?.apiServer).toMatchObject({
    port: 6444,
    caFile: '/var/lib/rancher/k3s/server/tls/server-ca.crt',
    healthAuth: 'certificate',
  });
});

describe('lists', () => {
  it('are separated by commas or spaces', () => {
    expect(parseAddresses(' 10.0.0.1,10.0.0.2  10.0.0.3, ')).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  it('of nodes have names of their own, or cp1, cp2, …', () => {
    expect(parseNodes('a=10.0.0.1, fd00::2')).toEqual([
      { name: 'a', address: '10.0.0.1' },
      { name: 'cp2', address: 'fd00::2' },
    ]);
  });
});
