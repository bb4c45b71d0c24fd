import { expect, test } from 'vitest';
import { versionText } from '../../src/report/version.ts';

test('an upgrade of Kubernetes is shown step by step, with what moves and what there is no way back from', () => {
  const text = versionText({
    cluster: 'prod',
    from: 'v1.35.4',
    to: 'v1.36.3',
    etcd: { from: '3.6.6-0', to: '3.6.8-0' },
    hash: 'abc',
    steps: [
      { kind: 'wait', node: 'cp2' },
      { kind: 'images' },
      { kind: 'check', node: 'cp2' },
      { kind: 'snapshot', node: 'cp1' },
      { kind: 'visit', node: 'cp2', role: 'control-plane', does: 'apply', from: 'v1.35.4', holder: false },
      { kind: 'visit', node: 'cp1', role: 'control-plane', does: 'node', from: 'v1.35.4', holder: true },
      { kind: 'visit', node: 'w1', role: 'worker', does: 'node', from: 'v1.35.4', holder: false },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "prod: Kubernetes v1.35.4 → v1.36.3; etcd 3.6.6-0 → 3.6.8-0; 7 steps in this order (plan abc)

       1. cp2: wait for kubeadm, which an earlier run started
       2. every node: import the images of the folder that it has not
       3. cp2: ask the new kubeadm whether it would (kubeadm upgrade plan)
       4. cp1: take a snapshot of etcd, kept on the node
       5. cp2 (v1.35.4): no new connections to its API server, pods leave, kubeadm upgrade apply, kubelet v1.36.3
       6. cp1 (v1.35.4): no new connections to its API server, VIPs move away, pods leave, kubeadm upgrade node, kubelet v1.36.3
       7. w1 (v1.35.4): pods leave, kubeadm upgrade node, kubelet v1.36.3

    kubeadm does not go back: the way back is the snapshot of etcd.
    "
  `);
});

test('pods that stay do not leave', () => {
  const step = { kind: 'visit', node: 'w1', role: 'worker', does: 'node', from: 'v1.35.4', holder: false } as const;
  const plan = { cluster: 'prod', from: 'v1.35.4', to: 'v1.36.3', etcd: undefined, hash: 'abc', steps: [step] };
  expect(versionText(plan)).toContain('pods leave');
  expect(versionText(plan, { keepPods: true })).not.toContain('pods leave');
});
