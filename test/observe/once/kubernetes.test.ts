import { describe, expect, test } from 'vitest';
import { answersOf, parseKubernetes } from '../../../src/observe/once/kubernetes/answers.ts';
import { kubernetesFindings } from '../../../src/judge/kubernetes/health.ts';
import type { KubernetesSeen } from '../../../src/cluster/kubernetes.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { ServiceSeen } from '../../../src/cluster/state.ts';
import { known, unknown, type Observed } from '../../../src/core/observed.ts';
import { kubernetesLines } from '../../../src/report/kubernetes.ts';
import { freshNode, stateOf } from '../../fakes/seen.ts';
import { fakeSpec } from '../../fakes/spec.ts';

/** P-256, CN=kube-apiserver; DNS cp1 and kubernetes, 172.16.217.171, 172.16.100.100 and fd00::1; until 2036-01-01. */
const pem = `-----BEGIN CERTIFICATE-----
MIIBfTCCASKgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5rdWJlLWFw
aXNlcnZlcjAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMBkxFzAVBgNV
BAMMDmt1YmUtYXBpc2VydmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE43gS
eRBkNxsi+XN2KMnRW9cYzPUAy+DN/5ZNiUevByq6PHQiQoVexsc1HcqP8PeAHK7q
2OoUrZkdvQP4KPPm7KNbMFkwOAYDVR0RBDEwL4IDY3AxggprdWJlcm5ldGVzhwSs
ENmrhwSsEGRkhxD9AAAAAAAAAAAAAAAAAAABMB0GA1UdDgQWBBRCRrIzhkooL6py
aoqCG62cJBWOEDAKBggqhkjOPQQDAgNJADBGAiEA37iTXrktsGhVz3/IOOLs2Wu0
TAJXO2NWGCYSrpHLX2MCIQDOnNzp6e9clFcIHMHlr5S3zKK34feRvo4wbMMpyWsO
uw==
-----END CERTIFICATE-----`;
const nowMs = Date.parse('2035-12-22T00:00:00Z');

const leases = {
  items: [
    {
      metadata: { name: 'kube-scheduler' },
      spec: {
        holderIdentity: 'cp3_x',
        renewTime: '2035-12-21T23:59:58.500000Z',
        leaseDurationSeconds: 15,
        leaseTransitions: 2,
      },
    },
    { metadata: { name: 'given-back' }, spec: { holderIdentity: '' } },
    { metadata: { name: 'apiserver-x', labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } }, spec: {} },
  ],
};

function api(...answers: readonly (readonly [number, string])[]): string {
  return answers.map(([status, body]) => `${body}\n@@${String(status).padStart(3, '0')}\n`).join('');
}

const healthy = api(
  [200, '{"gitVersion":"v1.36.3"}'],
  [200, '[+]ping ok\n[+]etcd ok\nreadyz check passed'],
  [200, JSON.stringify(leases)],
  [200, `Subject:CN = x\n${pem}`],
);

function etcdAnswers(status: object): string {
  return api(
    [
      200,
      JSON.stringify({ header: { member_id: '7' }, version: '3.6.16', dbSize: '900000', dbSizeInUse: '5', ...status }),
    ],
    [
      200,
      '{"members":[{"ID":"7","name":"cp1","peerURLs":["https://a:2380"]},{"ID":"8","name":"cp2"},{"ID":"9","name":"cp3"}]}',
    ],
    [200, '{"header":{}}'],
  );
}

const etcd = etcdAnswers({ leader: '7', raftTerm: '4', raftIndex: '99' });

function parse(texts: Readonly<Record<string, string>>): Observed<KubernetesSeen> {
  return parseKubernetes((name) => (texts[name] === undefined ? undefined : { rc: 0, text: texts[name] }), nowMs);
}

function seenOf(texts: Readonly<Record<string, string>>): KubernetesSeen {
  const seen = parse(texts);
  if (!seen.known) throw new Error(seen.reason);
  return seen.value;
}

const all = {
  'k8s-api': healthy,
  'k8s-etcd': etcd,
  'k8s-certificates': `@@/etc/kubernetes/pki/apiserver.crt\n${pem}\n@@/etc/kubernetes/admin.conf\nnot a certificate`,
  'k8s-addons': '',
};

function stateWith(...seen: readonly KubernetesSeen[]) {
  return stateOf(...seen.map((value, i) => freshNode(i, { kubernetes: known(value) })));
}

function rules(...seen: readonly KubernetesSeen[]): readonly string[] {
  return kubernetesFindings(fakeSpec(), stateWith(...seen)).map(({ rule }) => rule);
}

describe('what a node says of Kubernetes', () => {
  test('is unknown where it was not asked', () => {
    expect(parse({})).toEqual(unknown('not asked'));
  });

  test('is read whole', () => {
    expect(seenOf(all)).toMatchObject({
      version: known('v1.36.3'),
      readyz: known({ ready: true, failing: [] }),
      served: { value: { names: ['cp1', 'kubernetes', '172.16.217.171', '172.16.100.100', 'FD00:0:0:0:0:0:0:1'] } },
      etcd: {
        value: { leaderId: '7', memberId: '7', raftTerm: 4, raftIndex: 99, databaseBytes: 900_000, alarms: known([]) },
      },
      leases: {
        value: [
          { name: 'kube-scheduler', holder: 'cp3_x', ageMs: known(1500), durationMs: 15_000, transitions: 2 },
          { name: 'given-back', holder: '', ageMs: { known: false } },
        ],
      },
      addons: known(undefined),
    });
    expect(seenOf(all).certificates).toMatchObject({
      value: [{ path: '/etc/kubernetes/pki/apiserver.crt', daysLeft: 10 }],
    });
  });

  test('names the checks that fail', () => {
    const text = api(
      [200, '{"gitVersion":"v1"}'],
      [500, '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed'],
      [503, '{"message":"etcd is gone"}'],
    );
    const seen = seenOf({ ...all, 'k8s-api': text });
    expect(seen.readyz).toEqual(known({ ready: false, failing: ['etcd'] }));
    expect(seen.leases).toEqual(unknown('the answer is 503: etcd is gone'));
  });

  test('keeps what is known when the rest hangs', () => {
    const text = `curl: (28) Operation timed out after 3001 milliseconds\n@@000\n@@000\n@@000\n`;
    const seen = seenOf({ 'k8s-api': text, 'k8s-etcd': api([200, '{"header":{"member_id":"7"}}'], [0, ''], [0, '']) });
    expect(seen.version).toEqual(unknown('Operation timed out after 3001 milliseconds'));
    expect(seen.etcd).toMatchObject({ value: { leaderId: '0', members: { known: false } } });
    expect(seen.served.known).toBe(false);
  });

  test('has no status that is not three digits', () => {
    expect(answersOf('a\n@@-1e999\n@@2000\n@@404\n')).toEqual([{ status: 404, body: 'a\n@@-1e999\n@@2000' }]);
  });

  test('has no more members than etcd can have', () => {
    const many = JSON.stringify({ members: Array.from({ length: 200 }, () => ({})) });
    const status = '{"header":{"member_id":"7"}}';
    const seen = seenOf({ ...all, 'k8s-etcd': api([200, status], [200, many], [200, '{}']) });
    expect(seen.etcd).toMatchObject({ value: { members: { known: false } } });
  });

  test('is split into the answers of one curl', () => {
    expect(answersOf('a\nb\n\n@@200\n@@000\n')).toEqual([
      { status: 200, body: 'a\nb' },
      { status: 0, body: '' },
    ]);
  });
});

function addonMessages(
  text: string,
  spec: ClusterSpec = fakeSpec(),
  unit: Partial<ServiceSeen> = {},
): readonly string[] {
  const node = freshNode(0, {
    kubernetes: known(seenOf({ ...all, 'k8s-addons': text, 'k8s-uptime': '10000.25 19000.00\n' })),
  });
  const state = stateOf({ ...node, addons: { ...node.addons, ...unit } });
  return kubernetesFindings(spec, state)
    .filter(({ rule }) => rule === 'addons')
    .map(({ message }) => message);
}

/** How bad it is that a certificate ends so soon. */
function severity(daysLeft: number): readonly string[] {
  const ends = { path: '/etc/kubernetes/pki/apiserver.crt', subject: 'CN=a', names: [], expires: '2026', daysLeft };
  return kubernetesFindings(fakeSpec(), stateWith({ ...seenOf(all), certificates: known([ends]) }))
    .filter(({ rule, message }) => rule === 'certificate-expiry' && message.includes('apiserver.crt'))
    .map((found) => found.severity);
}

function mebibytes(count: number): string {
  return String(count * 2 ** 20);
}

describe('what is wrong with Kubernetes', () => {
  test('a certificate that lacks a VIP comes with the commands that mend it', () => {
    const found = kubernetesFindings(fakeSpec(), stateWith(seenOf(all))).find(
      ({ rule }) => rule === 'certificate-names',
    );
    expect(found?.message).toBe("the API server's certificate is not for 172.16.100.101");
    expect(found?.suggestion).toContain('kubeadm init phase certs apiserver --config /root/kubeadm.yaml');
  });

  test('certificates that end soon are told before they do', () => {
    expect(rules(seenOf(all)).filter((rule) => rule === 'certificate-expiry')).toHaveLength(2);
  });

  test('a certificate that ends within a week is an error', () => {
    expect([8, 6, -1].flatMap(severity)).toEqual(['warning', 'error', 'error']);
  });

  test('a member that only learns, and a database that is mostly empty', () => {
    const members = '{"members":[{"ID":"7","name":"cp1"},{"ID":"8","name":"cp2","isLearner":true}]}';
    const withSizes = (size: number, used: number): readonly string[] =>
      rules(
        seenOf({
          ...all,
          'k8s-etcd': api(
            [
              200,
              `{"header":{"member_id":"7"},"leader":"7","dbSize":"${mebibytes(size)}","dbSizeInUse":"${mebibytes(used)}"}`,
            ],
            [200, members],
            [200, '{}'],
          ),
        }),
      );
    expect(withSizes(300, 100)).toEqual(expect.arrayContaining(['etcd-learner', 'etcd-fragmented']));
    for (const [size, used] of [
      [300, 200],
      [90, 10],
      [300, 0],
    ] as const)
      expect(withSizes(size, used)).not.toContain('etcd-fragmented');
  });

  test('a snapshot that is late, everywhere or on one node, and one that failed', () => {
    const hour = 3_600_000;
    const scheduled = fakeSpec({ etcd: { ...fakeSpec().etcd, snapshots: { everyMs: hour, keep: 3 } } });
    const late = (ages: readonly (number | undefined)[], failed = false, spec: ClusterSpec = scheduled) => {
      const nodes = ages.map((age, i) => {
        const node = freshNode(i, { kubernetes: known({ ...seenOf(all), snapshotAgeMs: age }) });
        return { ...node, snapshots: { ...node.snapshots, failed: failed && i === 0 } };
      });
      return kubernetesFindings(spec, stateOf(...nodes))
        .filter(({ rule }) => rule === 'etcd-snapshot-missing')
        .map(({ node = 'cluster', message }) => `${node}: ${message}`);
    };
    expect(late([undefined, 0.5 * hour, 1.5 * hour])).toEqual([]);
    expect(late([undefined, undefined, undefined])).toEqual(['cluster: no node has a snapshot of etcd yet']);
    expect(late([undefined, 2 * hour, 3 * hour]).join()).toContain(
      'cluster: the newest snapshot of etcd is 120 min old',
    );
    expect(late([0, 2.5 * hour, 0])).toEqual(['cp2: its newest snapshot of etcd is 150 min old']);
    expect(late([0, 0, 0], true)).toEqual(['cp1: the last snapshot of etcd failed']);
    expect(late([undefined, undefined, undefined], false, fakeSpec())).toEqual([]);
  });

  test('no leader, alarms, and members that are too many or never started', () => {
    expect(rules(seenOf({ ...all, 'k8s-etcd': etcdAnswers({}) }))).toContain('etcd-no-leader');
    const members = '{"members":[{"ID":"7","name":"cp1"},{"ID":"8"}]}';
    const sick = api(
      [200, '{"header":{"member_id":"7"},"leader":"7"}'],
      [200, members],
      [200, '{"alarms":[{"memberID":"7","alarm":"NOSPACE"}]}'],
    );
    expect(rules(seenOf({ ...all, 'k8s-etcd': sick }))).toEqual(
      expect.arrayContaining(['etcd-alarm', 'etcd-not-started', 'etcd-members']),
    );
  });

  test('a lease whose holder is gone, and versions too far apart', () => {
    const old = structuredClone(leases);
    const [first] = old.items;
    if (first) first.spec.renewTime = '2035-12-21T23:00:00Z';
    const text = (version: string): string =>
      api([200, `{"gitVersion":"${version}"}`], [200, ''], [200, JSON.stringify(old)]);
    expect(
      rules(seenOf({ ...all, 'k8s-api': text('v1.34.1') }), seenOf({ ...all, 'k8s-api': text('v1.36.3') })),
    ).toEqual(expect.arrayContaining(['lease-stale', 'version-skew']));
    // Its node, which did not answer, is named as a field: what explains it is found by that.
    const seen = stateWith(seenOf({ ...all, 'k8s-api': text('v1.36.3') }));
    expect(kubernetesFindings(fakeSpec(), seen).find(({ rule }) => rule === 'lease-stale')?.node).toBe('cp3');
  });

  describe('add-ons', () => {
    const said = {
      up: 9990,
      ok: true,
      message: 'applied',
      objects: 2,
      corrections: 0,
      correctedUp: 0,
      corrected: '',
      appliedUp: 9990,
    };
    const saying = (change: Partial<typeof said>): string => JSON.stringify({ ...said, ...change });

    test('that fail, or were not looked at, or not applied for long by the time that the node has been running', () => {
      expect(addonMessages(saying({}))).toEqual([]);
      expect(addonMessages(saying({ ok: false, message: 'no such kind' }))).toEqual([
        'the add-ons are not applied: no such kind',
      ]);
      expect(addonMessages(saying({ up: 9900 }))).toEqual(['the add-ons were last looked at 1 min 40 s ago']);
      expect(addonMessages(saying({ appliedUp: 9000, message: 'stands back: x' }))).toEqual([]);
      expect(addonMessages(saying({ appliedUp: 8500, message: 'stands back: x' }))).toEqual([
        'the add-ons were last applied 25 min ago: stands back: x',
      ]);
    });

    test('whose unit does not run or says nothing, where the cluster has some', () => {
      const spec = { ...fakeSpec(), addons: { dir: 'addons' } };
      expect(addonMessages('', fakeSpec(), { active: 'inactive' })).toEqual([]);
      expect(addonMessages('', spec, { active: 'failed' })).toEqual(["the add-ons' unit is failed"]);
      expect(addonMessages('', spec, { active: 'active', ageMs: 5000 })).toEqual([]);
      expect(addonMessages('', spec, { active: 'active', ageMs: 90_000 })).toEqual([
        "the add-ons' unit has said nothing for 1 min 30 s",
      ]);
    });

    test('whose report cannot be read', () => {
      expect(addonMessages('{"up":1}')).toEqual([expect.stringContaining('what the add-on unit wrote cannot be read')]);
    });
  });
});

test('the status shows Kubernetes, and unknown as unknown', () => {
  const seen = seenOf({ ...all, 'k8s-etcd': '' });
  const text = kubernetesLines(stateOf(freshNode(0, { kubernetes: known(seen) }), 'no route to host')).join('\n');
  expect(text).toMatch(/cp1 +v1\.36\.3 +yes +10 days left +unknown/);
  expect(text).toMatch(/cp2 +unknown +unknown/);
  expect(text).toContain('etcd members: unknown');
  expect(text).toMatch(/kube-scheduler +cp3_x +1\.5 s ago +15 s +2/);
  expect(kubernetesLines(stateOf(freshNode()))).toEqual([]);
});
