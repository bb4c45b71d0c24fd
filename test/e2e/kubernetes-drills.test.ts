import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBench, type Bench } from './support/bench.ts';
import { watchKubelets, type KubeletsSeen } from './support/kubelets.ts';
import { expectAsPredicted, told } from './support/predicted.ts';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: here }
spec:
  replicas: 2
  selector: { matchLabels: { app: here } }
  template:
    metadata: { labels: { app: here } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - { name: pause, image: "PAUSE", imagePullPolicy: Never }
`;

/** Faults by what of the node that is struck goes away; those in `node` take its kubelet with it. */
const groups = {
  'of HAProxy and keepalived': ['haproxy-killed', 'haproxy-hung', 'keepalived-killed', 'drained', 'restarted'],
  'of static pods, which the kubelet restarts': [
    'api-server-killed',
    'api-server-hung',
    'etcd-member-killed',
    'etcd-leader-killed',
  ],
  'of the network': ['cut-from-peers', 'isolated'],
  'of whole nodes': ['node-lost', 'node-paused', 'node-rebooted'],
} as const;

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, Kubernetes is
 * built: many minutes. FAULTS='a b': those alone.
 */
describe('drills on a cluster that kubeadm made', () => {
  let bench: Bench;
  let file: string;
  let kubeconfig: string;

  beforeAll(async () => {
    bench = await createBench('kdrills', { kubeadm: { workers: 1 } });
    file = bench.clusterFile('whole.yaml');
    kubeconfig = join(bench.folder, 'admin.conf');
    const made = await bench.cli(['up', file, '--yes', '--merge', kubeconfig]);
    if (made.rc !== 0) throw new Error(made.stderr);
    mkdirSync(dirname(bench.state.caFile), { recursive: true });
    writeFileSync(bench.state.caFile, bench.on('cp1', 'cat /etc/kubernetes/pki/ca.crt'));
    const manifest = join(bench.folder, 'here.yaml');
    writeFileSync(manifest, deployment.replace('PAUSE', bench.state.machine?.pauseImage ?? ''));
    kubectl('apply', '--filename', manifest);
    kubectl('rollout', 'status', 'deployment/here', '--timeout=60s');
  }, 3_600_000);
  afterAll(async () => bench?.down());

  function kubectl(...argv: readonly string[]): string {
    return bench.inClient([join(bench.state.kubernetes?.dir ?? '', 'kubectl'), '--kubeconfig', kubeconfig, ...argv]);
  }

  const only = process.env['FAULTS']?.split(' ');
  const chosen = Object.entries(groups).flatMap(([name, faults]) => {
    const wanted = faults.filter((fault) => only?.includes(fault) ?? true);
    return wanted.length === 0 ? [] : [{ name, faults: wanted }];
  });

  it.each(chosen)(
    '$name: clients lose what is predicted, every other node stays Ready, and no pod is evicted',
    async ({ name, faults }) => {
      const watch = watchKubelets(bench);
      let seen: KubeletsSeen;
      try {
        const power = { ...bench.power, K8S_HA_KUBECONFIG: kubeconfig };
        const results = await expectAsPredicted({ ...bench, power }, file, faults);
        process.stdout.write(`${results.map(told).join('\n')}\n`);
      } finally {
        seen = await watch.stop();
        process.stdout.write(`${name}: ${JSON.stringify(seen)}\n`);
      }
      const struck = name === 'of whole nodes' ? bench.state.nodes.map((node) => node.name).slice(0, 3) : [];
      expect(Object.keys(seen.notReady).filter((node) => !struck.includes(node))).toEqual([]);
      // Two pods of the Deployment, the same all the time.
      expect(seen.pods.map((pod) => pod.split(' on ')[1])).toEqual(['w1', 'w1']);
    },
    900_000,
  );
});
