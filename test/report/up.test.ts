import { expect, test } from 'vitest';
import { upText } from '../../src/report/up.ts';

test('every step is a numbered line, in words', () => {
  const steps = [
    { kind: 'endpoint' },
    { kind: 'reset', node: 'cp1', role: 'control-plane' },
    { kind: 'init', node: 'cp1', role: 'control-plane' },
    { kind: 'serving', node: 'cp2', role: 'control-plane' },
    { kind: 'join', node: 'cp3', role: 'control-plane' },
    { kind: 'wait', node: 'w1', role: 'worker' },
    { kind: 'join', node: 'w2', role: 'worker' },
    { kind: 'verify' },
  ] as const;
  expect(upText({ cluster: 'prod', steps, hash: 'abc' }, undefined)).toBe(`prod: 8 steps in this order (plan abc)

   1. bring the endpoint up: start its programs
   2. cp1: take away the half of a node that an earlier run left (kubeadm reset)
   3. cp1: make the cluster (kubeadm init)
   4. cp2: wait until its API server answers
   5. cp3: join as a control-plane node (kubeadm join)
   6. w1: wait for kubeadm, which an earlier run started
   7. w2: join as a worker (kubeadm join)
   8. let the endpoint check the API servers’ certificates: a rollout, VIP holder last
`);
});

test('of a node that leaves it is said what is done to its machine, and of a kubelet where it looks', () => {
  const steps = [
    { kind: 'leave', node: 'cp3', role: 'control-plane', remains: 'dead' },
    { kind: 'balance', node: 'w1', role: 'worker', server: 'https://127.0.0.1:7443' },
    { kind: 'leave', node: 'cp4', role: 'control-plane', remains: 'node' },
    { kind: 'leave', node: 'w2', role: 'worker', remains: 'nothing' },
  ] as const;
  expect(upText({ cluster: 'prod', steps, hash: 'abc' }, undefined)).toBe(`prod: 4 steps in this order (plan abc)

   1. cp3: remove it from the cluster, its etcd member first; its machine is off for good, as you say
   2. w1: have its kubelet reach the API at https://127.0.0.1:7443, and wait until it does
   3. cp4: take it out: drain its pods, then remove it from the cluster, its etcd member first, and kubeadm reset on its machine
   4. w2: remove it from the cluster; nothing of it is on the machine
`);
});
