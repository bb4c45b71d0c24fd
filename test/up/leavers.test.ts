import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../src/core/command.ts';
import { known, unknown } from '../../src/core/observed.ts';
import type { Host } from '../../src/host/host.ts';
import { leaveFindings, seeLeavers } from '../../src/up/leavers.ts';
import type { Leaver, MachineSeen, MachineView, MemberSeen } from '../../src/up/model.ts';
import { planUp } from '../../src/up/plan.ts';
import { encode } from '../fakes/sim/observation.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

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

function member(name: string, changes: Partial<MemberSeen> = {}): MemberSeen {
  return { name, ready: true, why: '', role: 'control-plane', address: undefined, ours: true, ...changes };
}

/** Nodes of the cluster, as one of them tells, and members of etcd. */
function serving(members: readonly MemberSeen[], etcd: readonly string[]): MachineSeen {
  return {
    ...bare,
    joined: { endpoint: 'https://172.16.100.100:7443', caHash: 'sha256:ours' },
    controlPlane: true,
    members: known(members),
    etcd: known(etcd.map((name, i) => ({ id: String(i), name, learner: name === 'learner' }))),
    ours: true,
  };
}

function views(...seen: readonly MachineSeen[]): readonly MachineView[] {
  return spec.nodes.map(({ name }, i) => ({ node: name, role: 'control-plane', seen: known(seen[i] ?? bare) }));
}

const asked: string[] = [];

/** A machine that says nothing of kubeadm's. */
function bareHost({ name }: { readonly name: string }): Host {
  return {
    name,
    close: async () => undefined,
    run: async (command): Promise<CommandResult> => {
      asked.push(name);
      return { command, rc: 0, stdout: encode([{ name: 'ours', rc: 1, text: '' }]), stderr: '' };
    },
  };
}

const options = { reach: bareHost, without: [], leave: [] };
const four = ['cp1', 'cp2', 'cp3', 'old'];

describe('who leaves', () => {
  test('a node that is not in the file, found by the address that its node object has', async () => {
    const serves = serving(
      [...four.slice(0, 3).map((name) => member(name)), member('old', { address: '10.0.0.9' })],
      four,
    );
    const [leaver, ...more] = await seeLeavers(spec, views(serves, serves, serves), options);
    expect(more).toEqual([]);
    expect(leaver).toMatchObject({ node: 'old', machine: 'old', address: '10.0.0.9', remains: 'nothing' });
  });

  test('nobody that another hand let join, unless it is asked for', async () => {
    const serves = serving([member('cp1'), member('theirs', { ours: false, address: '10.0.0.9' })], ['cp1']);
    expect(await seeLeavers(spec, views(serves), options)).toEqual([]);
    const told = await seeLeavers(spec, views(serves), { ...options, leave: ['theirs'] });
    expect(told.map(({ node }) => node)).toEqual(['theirs']);
  });

  test('a node whose machine was installed anew, which nobody has to connect to', async () => {
    asked.length = 0;
    const serves = serving([member('cp1'), member('cp2'), member('cp3', { address: '172.16.217.173' })], []);
    expect(await seeLeavers(spec, views(serves, serves), options)).toMatchObject([{ node: 'cp3', remains: 'nothing' }]);
    expect(asked).toEqual([]);
  });

  test('a node whose name the file gives to another machine: the old one is asked', async () => {
    asked.length = 0;
    const serves = serving([member('cp1'), member('cp2'), member('cp3', { address: '10.0.0.9' })], []);
    const leavers = await seeLeavers(spec, views(serves, serves), options);
    expect(leavers).toMatchObject([{ node: 'cp3', machine: 'cp3@10.0.0.9' }]);
    expect(asked).toEqual(['cp3@10.0.0.9']);
  });

  test('one that is dead, by name or address, without being asked', async () => {
    asked.length = 0;
    const serves = serving([member('cp1'), member('old', { address: '10.0.0.9' })], []);
    for (const word of ['old', '10.0.0.9'])
      expect(await seeLeavers(spec, views(serves), { ...options, without: [word] })).toMatchObject([
        { remains: 'dead' },
      ]);
    expect(asked).toEqual([]);
  });
});

function leaver(node: string, remains: Leaver['remains'], seen?: MachineSeen): Leaver {
  return { node, machine: node, role: 'control-plane', address: '10.0.0.9', remains, why: '', seen };
}

/** What stands in the way, and how bad it is. */
function rules(seen: readonly MachineView[], leavers: readonly Leaver[]): readonly string[] {
  return leaveFindings(spec, seen, leavers, false).map(({ rule, severity }) => `${severity} ${rule}`);
}

describe('etcd', () => {
  const all = serving([], four);

  test('may lose a member where the others are more than half of what is left', () => {
    expect(rules(views(all, all, all), [leaver('old', 'node', all)])).toEqual([]);
    expect(rules(views(all, all, all), [leaver('old', 'dead')])).toEqual(['warning left-behind']);
  });

  test('may not lose one that it needs', () => {
    const silent = { ...all, members: unknown('connection refused'), etcd: unknown('connection refused') };
    expect(rules(views(all, all, silent), [leaver('old', 'node', all)])).toEqual([]);
    expect(rules(views(all, silent, silent), [leaver('old', 'node', all)])).toEqual(['error etcd-below-quorum']);
  });

  test('counts new members for those that leave afterwards, and not for dead ones that leave before', () => {
    const three = serving([], ['cp1', 'old1', 'old2']);
    expect(rules(views(three), [leaver('old1', 'node', three), leaver('old2', 'node', three)])).toEqual([]);
    expect(rules(views(three), [leaver('old1', 'dead'), leaver('old2', 'dead')]).at(-1)).toBe(
      'error etcd-below-quorum',
    );
  });

  test('counts no learner', () => {
    // One that has a vote is a majority of one.
    const learning = serving([], ['cp1', 'old', 'learner']);
    expect(rules(views(learning), [leaver('old', 'dead')])).toEqual(['warning left-behind']);
  });
});

/** A machine that does not answer. */
function silentHost({ name }: { readonly name: string }): Host {
  return {
    ...bareHost({ name }),
    run: async (command) => ({
      command,
      rc: undefined,
      stdout: '',
      stderr: '',
      failure: { kind: 'unreachable', message: 'no route' },
    }),
  };
}

test('a machine that does not answer is neither asked nor taken for dead', async () => {
  const serves = serving([member('cp1'), member('old', { address: '10.0.0.9' })], []);
  const found = await seeLeavers(spec, views(serves), { ...options, reach: silentHost });
  expect(rules(views(serves), found)).toContain('error leaving-unseen');
});

test('the dead leave before others join, the living afterwards, and the endpoint knows first', () => {
  const all = serving([], four);
  const leavers = [leaver('alive', 'node', all), leaver('dead', 'dead')];
  const plan = planUp(spec, views(all, all, bare), 'leaving', { leavers });
  expect(plan.steps.map(({ kind, node }) => [kind, node].join(' ').trim())).toEqual([
    'endpoint',
    'leave dead',
    'join cp3',
    'verify',
    'leave alive',
  ]);
});
