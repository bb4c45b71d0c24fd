import { describe, expect, test } from 'vitest';
import { parseSections, type Sections } from '../../src/observe/once/sections.ts';
import { isBusy, keyHash, lookCommand, parseMachine } from '../../src/up/look.ts';
import { simCa } from '../fakes/sim/kubeadm.ts';
import { encode, type Section } from '../fakes/sim/observation.ts';
import { fakeSpec } from '../fakes/spec.ts';

function said(...given: readonly Section[]): Sections {
  return parseSections(encode(given));
}

const programs = ['kubeadm', 'kubelet', 'kubectl'].map((name): Section => ({
  name: `program:${name}`,
  rc: 0,
  text: '',
}));
const bare = [...programs, { name: 'version', rc: 0, text: 'v1.36.3' }, { name: 'runtime', rc: 0, text: '' }];

const stranger = { role: 'worker', address: undefined, ours: false };

describe('what a machine says of kubeadm', () => {
  test('bare, with programs and a runtime', () => {
    const seen = parseMachine(said(...bare, { name: 'unit', rc: 0, text: 'inactive' }), 'control-plane');
    expect(seen).toMatchObject({ missing: [], version: 'v1.36.3', runtime: true, running: false, controlPlane: false });
    expect(seen.joined).toBeUndefined();
    expect(seen.begun).toBeUndefined();
  });

  test('without a program, and with a version that is none', () => {
    const seen = parseMachine(said({ name: 'version', rc: 0, text: '$(reboot)' }), 'worker');
    expect(seen.missing).toEqual(['kubeadm', 'kubelet', 'kubectl']);
    expect(seen).toMatchObject({ version: undefined, runtime: false });
  });

  test('a node: its endpoint, its CA, and what its API server tells of all nodes', () => {
    const seen = parseMachine(
      said(
        ...bare,
        { name: 'endpoint', rc: 0, text: 'https://172.16.100.100:7443' },
        { name: 'kubelet', rc: 0, text: '' },
        { name: 'ca', rc: 0, text: simCa.ours.trim() },
        { name: 'manifest', rc: 0, text: '' },
        {
          name: 'members',
          rc: 0,
          text: [
            `cp1\tTrue\t${JSON.stringify({ 'node-role.kubernetes.io/control-plane': '', 'k8s-ha/cluster': 'prod' })}\t${JSON.stringify(
              [
                { type: 'Hostname', address: 'cp1' },
                { type: 'InternalIP', address: '172.16.217.171' },
              ],
            )}\tkubelet is posting ready status`,
            'cp2\tFalse\t{}\t[]\tcni plugin not initialized',
            'w1\t\t\t\t\n',
          ].join('\n'),
        },
      ),
      'control-plane',
    );
    expect(seen.joined).toEqual({ endpoint: 'https://172.16.100.100:7443', caHash: keyHash(simCa.ours) });
    expect(seen.controlPlane).toBe(true);
    expect(seen.members).toEqual({
      known: true,
      value: [
        { name: 'cp1', ready: true, why: '', role: 'control-plane', address: '172.16.217.171', ours: true },
        { name: 'cp2', ready: false, why: 'cni plugin not initialized', ...stranger },
        { name: 'w1', ready: false, why: '', ...stranger },
      ],
    });
  });

  test('the members of etcd, by what one of them tells', () => {
    const members = [
      { ID: '9372538179322589801', name: 'cp1' },
      { ID: '7', isLearner: true },
    ];
    const seen = parseMachine(said({ name: 'etcd', rc: 0, text: JSON.stringify({ members }) }), 'control-plane');
    expect(seen.etcd).toEqual({
      known: true,
      value: [
        { id: '9372538179322589801', name: 'cp1', learner: false },
        { id: '7', name: '', learner: true },
      ],
    });
    expect(parseMachine(said({ name: 'etcd', rc: 22, text: 'refused' }), 'control-plane').etcd.known).toBe(false);
    expect(parseMachine(said({ name: 'etcd', rc: 0, text: 'no' }), 'control-plane').etcd.known).toBe(false);
  });

  test('a node whose API server does not answer: unknown, with what was said', () => {
    const seen = parseMachine(said({ name: 'members', rc: 1, text: 'connection refused' }), 'control-plane');
    expect(seen.members).toEqual({ known: false, reason: 'connection refused' });
  });

  test('half a node, whatever the file that says so reads', () => {
    expect(parseMachine(said({ name: 'begun', rc: 0, text: 'init' }), 'control-plane').begun).toBe('init');
    expect(parseMachine(said({ name: 'begun', rc: 0, text: '' }), 'control-plane').begun).toBe('join');
    expect(parseMachine(said({ name: 'begun', rc: 1, text: 'No such file' }), 'control-plane').begun).toBeUndefined();
  });

  test('a CA that is none makes no node of it', () => {
    const kubelet = { name: 'kubelet', rc: 0, text: '' };
    expect(parseMachine(said(kubelet, { name: 'ca', rc: 0, text: 'CA' }), 'worker').joined).toBeUndefined();
  });
});

test('the hash of a CA is that of its key, as kubeadm has it', () => {
  expect(keyHash(simCa.ours)).toBe('sha256:effc32b09a31d414303843ff1e860d66818b469b94d8c30a4fbb3b8add8e5220');
  expect(keyHash(simCa.theirs)).not.toBe(keyHash(simCa.ours));
  expect(keyHash('no certificate')).toBeUndefined();
});

test('kubeadm is at work while its unit is not at rest', () => {
  expect(['active', 'activating', 'deactivating'].every(isBusy)).toBe(true);
  expect(['inactive', 'failed', ''].some(isBusy)).toBe(false);
});

test('a look asks each machine for its own API server', () => {
  const spec = fakeSpec();
  const [cp1] = spec.nodes;
  if (!cp1) throw new Error('the fake has nodes');
  expect(lookCommand(spec, cp1).stdin).toContain(`--server https://${cp1.address}:6443`);
});
