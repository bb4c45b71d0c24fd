import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createBench, type Bench } from './support/bench.ts';

const planned = z.object({ steps: z.array(z.object({ kind: z.string(), node: z.string().optional() })) });

const pod = `apiVersion: v1
kind: Pod
metadata: { name: here }
spec:
  nodeName: w1
  terminationGracePeriodSeconds: 0
  containers:
    - { name: pause, image: "PAUSE", imagePullPolicy: Never }
`;

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, Kubernetes is
 * built: many minutes.
 */
describe('up, on machines without Kubernetes', () => {
  let bench: Bench;
  let file: string;
  let kubeconfig: string;

  beforeAll(async () => {
    bench = await createBench('whole', { kubeadm: { workers: 1 } });
    file = bench.clusterFile('whole.yaml');
    kubeconfig = join(bench.folder, 'admin.conf');
  }, 3_600_000);
  afterAll(async () => bench.down());

  function kubectl(...argv: readonly string[]): string {
    return bench.inClient([join(bench.state.kubernetes?.dir ?? '', 'kubectl'), '--kubeconfig', kubeconfig, ...argv]);
  }

  it('shows every step, and changes nothing when only that is asked for', async () => {
    const shown = await bench.cli(['up', file, '--dry-run', '-o', 'json']);
    expect(shown.rc, shown.stderr).toBe(0);
    const { steps } = planned.parse(JSON.parse(shown.stdout));
    expect(steps.map(({ kind, node }) => [kind, node].join(' ').trim())).toEqual([
      'endpoint',
      'init cp1',
      'join cp2',
      'join cp3',
      'join w1',
      'verify',
    ]);
    expect(await bench.everywhere('ls -d /etc/k8s-ha /etc/kubernetes 2>/dev/null || echo none')).not.toContain('/etc');
  });

  it('killed in the middle of kubeadm, and run again, makes a cluster of which every node is Ready', async () => {
    let seen = 0;
    const killed = await bench.cli(['up', file, '--yes'], {
      killAt: (line) => line.includes('start kubeadm join') && (seen += 1) === 1,
    });
    expect(killed.rc, killed.stderr).toBe(null);
    const ran = await bench.cli(['up', file, '--yes', '--merge', kubeconfig]);
    expect(ran.rc, ran.stderr).toBe(0);
    expect(ran.stderr).not.toContain('kubeadm init');
    const nodes = kubectl('get', 'nodes', '--no-headers').trim().split('\n');
    expect(nodes.map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'cp1 Ready',
      'cp2 Ready',
      'cp3 Ready',
      'w1 Ready',
    ]);
  }, 600_000);

  it('through the VIP, on which HAProxy checks the certificates of three API servers', async () => {
    expect(kubectl('config', 'view', '--minify', '--output', 'jsonpath={.clusters[0].cluster.server}')).toBe(
      'https://172.16.100.100:7443',
    );
    const status = await bench.cli(['status', file, '-o', 'json']);
    expect(status.rc, status.stdout).toBe(0);
    const checked = await bench.everywhere(
      "[ ! -f /etc/k8s-ha/haproxy.cfg ] || grep -c 'check-ssl verify none' /etc/k8s-ha/haproxy.cfg || true",
    );
    expect(checked.join('').replaceAll(/[\s0]/g, '')).toBe('');
  });

  it('runs a pod on the worker, which the other nodes reach', () => {
    const text = pod.replace('PAUSE', bench.state.machine?.pauseImage ?? '');
    const manifest = join(bench.folder, 'pod.yaml');
    writeFileSync(manifest, text);
    kubectl('apply', '--filename', manifest);
    kubectl('wait', '--for=condition=Ready', 'pod/here', '--timeout=60s');
    const address = kubectl('get', 'pod', 'here', '--output', 'jsonpath={.status.podIP}');
    expect(address).toMatch(/^10\.244\.4\./);
    // From another node, by the lab's routes.
    bench.on('cp1', `ping -c 1 -W 5 ${address}`);
  }, 120_000);

  it('changes nothing when it is run again', async () => {
    const before = bench.on('cp1', 'find /etc/kubernetes /etc/k8s-ha /var/lib/k8s-ha -type f -newer /proc/1 | sort');
    const again = await bench.cli(['up', file, '--yes']);
    expect(again.rc, again.stderr).toBe(0);
    expect(again.stdout).toContain('nothing to do');
    expect(bench.on('cp1', 'find /etc/kubernetes /etc/k8s-ha /var/lib/k8s-ha -type f -newer /proc/1 | sort')).toBe(
      before,
    );
  });

  it('leaves no token, key or configuration with secrets in a file or in a journal', async () => {
    const found = await bench.everywhere(
      "! ls /run/k8s-ha/kubeadm.yaml 2>/dev/null && ! journalctl -o cat --no-pager | grep -E '[^a-z0-9][a-z0-9]{6}\\.[a-z0-9]{16}[^a-z0-9]|certificate-key [0-9a-f]{64}' && echo none",
    );
    expect(found.map((text) => text.trim())).toEqual(found.map(() => 'none'));
  });
});
