import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../src/core/observed.ts';
import type { MachineSeen, MachineView, Role } from '../../src/up/model.ts';
import { planUp } from '../../src/up/plan.ts';
import { obstacles } from '../../src/up/refuse.ts';
import { fakeSpec } from '../fakes/spec.ts';

const worker = { name: 'w1', address: '172.16.217.181', family: 'ipv4' as const, ssh: { options: {} } };
const spec = fakeSpec({ workers: [worker] });

const bare: MachineSeen = {
  missing: [],
  version: 'v1.36.3',
  runtime: true,
  running: false,
  begun: undefined,
  unfinished: [],
  joined: undefined,
  controlPlane: false,
  members: unknown('it has no admin.conf'),
  etcd: unknown('it has no etcd'),
  ours: false,
};
const joined = { endpoint: 'https://172.16.100.100:7443', caHash: 'sha256:ours' };
const member: MachineSeen = { ...bare, joined, controlPlane: true, members: known([]) };
const plain: MachineSeen = { ...bare, joined };

function views(...seen: readonly (MachineSeen | string)[]): readonly MachineView[] {
  const names = [...spec.nodes.map(({ name }) => name), 'w1'];
  return names.map((node, i) => {
    const each = seen[i] ?? bare;
    const role: Role = node === 'w1' ? 'worker' : 'control-plane';
    return { node, role, seen: typeof each === 'string' ? unknown(each) : known(each) };
  });
}

/** `join cp2`, and `endpoint` for what is about no machine. */
function steps(endpoint: 'missing' | 'outdated' | 'in-sync', ...seen: readonly MachineSeen[]): readonly string[] {
  return planUp(spec, views(...seen), endpoint).steps.map(({ kind, node }) =>
    node === undefined ? kind : `${kind} ${node}`,
  );
}

describe('what comes next', () => {
  test('on bare machines: the address, the cluster, one node after the other, and certificates checked at last', () => {
    expect(steps('missing')).toEqual(['endpoint', 'init cp1', 'join cp2', 'join cp3', 'join w1', 'verify']);
  });

  test('on a cluster that runs: nothing', () => {
    expect(steps('in-sync', member, member, member, plain)).toEqual([]);
  });

  test('after each step: the next one', () => {
    expect(steps('in-sync')).toEqual(['init cp1', 'join cp2', 'join cp3', 'join w1']);
    expect(steps('outdated', member)).toEqual(['join cp2', 'join cp3', 'join w1', 'verify']);
    expect(steps('outdated', member, member)).toEqual(['join cp3', 'join w1', 'verify']);
    expect(steps('outdated', member, member, member)).toEqual(['join w1', 'verify']);
    expect(steps('outdated', member, member, member, plain)).toEqual(['verify']);
  });

  test('while kubeadm, which an earlier run started, makes the cluster: wait for it, and no second one is made', () => {
    const working = { ...bare, running: true, begun: 'init' as const };
    expect(steps('in-sync', working)).toEqual(['wait cp1', 'join cp2', 'join cp3', 'join w1']);
    expect(steps('in-sync', { ...working, begun: undefined })).toEqual(['wait cp1', 'join cp2', 'join cp3', 'join w1']);
  });

  test('after a first node that was made by half: that half goes, and the cluster is made', () => {
    const half = { ...member, begun: 'init' as const };
    expect(steps('in-sync', half)).toEqual(['reset cp1', 'init cp1', 'join cp2', 'join cp3', 'join w1']);
  });

  test('after a node that joined by half: that half goes before anything else joins', () => {
    const half = { ...member, begun: 'join' as const };
    expect(steps('in-sync', member, half)).toEqual(['reset cp2', 'join cp2', 'join cp3', 'join w1']);
    expect(steps('in-sync', member, member, member, { ...plain, begun: 'join' })).toEqual(['reset w1', 'join w1']);
  });

  test('while an API server that was made does not answer: wait for it before another etcd member is added', () => {
    const silent = { ...member, members: unknown('connection refused') };
    expect(steps('in-sync', member, silent)).toEqual(['serving cp2', 'join cp3', 'join w1']);
  });

  test('where another node made the cluster: the first one of the file joins it', () => {
    expect(steps('in-sync', bare, member, member, plain)).toEqual(['join cp1']);
  });

  test('with a new node in the file: the address on it first, then it joins', () => {
    expect(steps('missing', member, member, bare, plain)).toEqual(['endpoint', 'join cp3', 'verify']);
  });

  test('the plan is another one where a step is', () => {
    expect(planUp(spec, views(), 'missing').hash).not.toBe(planUp(spec, views(member), 'missing').hash);
  });
});

/** `cp1: kubeadm-missing`, and `cluster` for what is about no machine. */
function rules(given = spec, ...seen: readonly (MachineSeen | string)[]): readonly string[] {
  return obstacles(given, views(...seen)).map(({ rule, node }) => `${node ?? 'cluster'}: ${rule}`);
}

describe('what stands in the way', () => {
  test('nothing, on bare machines and on a cluster that runs', () => {
    expect(rules()).toEqual([]);
    expect(rules(spec, member, member, member, plain)).toEqual([]);
  });

  test('a machine that is not reached', () => {
    expect(rules(spec, 'no route to host')).toEqual(['cp1: node-unreachable']);
  });

  test('programs and a container runtime that are missing, but not of a node that is made already', () => {
    const lacks = { missing: ['kubelet'], runtime: false };
    expect(rules(spec, { ...bare, ...lacks })).toEqual(['cp1: kubeadm-missing', 'cp1: no-container-runtime']);
    expect(rules(spec, { ...member, ...lacks })).toEqual([]);
  });

  test('versions of kubeadm that differ, while there is something to make', () => {
    expect(rules(spec, bare, { ...bare, version: 'v1.35.4' })).toEqual(['cp2: kubeadm-versions']);
    const other = { ...member, version: 'v1.35.4' };
    expect(rules(spec, member, other, member, plain)).toEqual([]);
  });

  test('a cluster that has another address, and two clusters in one file', () => {
    const elsewhere = { ...member, joined: { ...joined, endpoint: 'https://10.0.0.1:6443' } };
    expect(rules(spec, elsewhere)).toEqual(['cp1: other-endpoint']);
    const stranger = { ...member, joined: { ...joined, caHash: 'sha256:theirs' } };
    expect(rules(spec, member, stranger)).toEqual(['cp2: clusters-differ']);
  });

  test('an etcd that runs elsewhere', () => {
    expect(rules({ ...spec, etcd: { ...spec.etcd, mode: 'external' } })).toEqual(['cluster: up-external-etcd']);
  });
});
