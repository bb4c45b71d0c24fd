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
