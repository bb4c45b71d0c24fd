import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createBench, type Bench } from './support/bench.ts';

const taken = z.object({
  node: z.string(),
  path: z.string(),
  copied: z.string(),
  status: z.object({ revision: z.int(), keys: z.int() }),
});

const restored = z.object({
  outcome: z.literal('applied'),
  outageMs: z.number().optional(),
  lostRevisions: z.int().optional(),
  lostMs: z.number(),
});

/** Shown at the end of the run, whether it passes or not. */
function figures(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, Kubernetes is
 * built: many minutes.
 */
describe('the data of a cluster that kubeadm made', () => {
  let bench: Bench;
  let file: string;
  let kubeconfig: string;
  let copied = '';

  beforeAll(async () => {
    bench = await createBench('life', { kubeadm: { workers: 0 } });
    file = bench.clusterFile(
      'whole.yaml',
      (text) => `${text.replace(/^.*role: worker.*\n/m, '')}etcd:\n  snapshots: { every: 6h, keep: 2 }\n`,
    );
    kubeconfig = join(bench.folder, 'admin.conf');
    const up = await bench.cli(['up', file, '--yes', '--merge', kubeconfig]);
    if (up.rc !== 0) throw new Error(up.stderr);
  }, 3_600_000);
  afterAll(async () => bench.down());

  function kubectl(...argv: readonly string[]): string {
    return bench.inClient([join(bench.state.kubernetes?.dir ?? '', 'kubectl'), '--kubeconfig', kubeconfig, ...argv]);
  }

  function names(): readonly string[] {
    return kubectl('get', 'configmaps', '-o', 'name')
      .split('\n')
      .map((name) => name.replace('configmap/', ''))
      .filter((name) => name.startsWith('t-'));
  }

  it('takes a snapshot that is checked, and copies it where its owner alone can read it', async () => {
    for (let i = 0; i < 20; i += 1) kubectl('create', 'configmap', `t-${i}`, `--from-literal=value=${i}`);
    const ran = await bench.cli(['etcd', 'snapshot', file, '--to', join(bench.folder, 'backups'), '-o', 'json']);
    expect(ran.rc, ran.stderr).toBe(0);
    const snapshot = taken.parse(JSON.parse(ran.stdout));
    copied = snapshot.copied;
    expect(snapshot.status.keys).toBeGreaterThan(100);
    expect(statSync(copied).mode & 0o777).toBe(0o600);
    expect(bench.on(snapshot.node, `stat -c %a ${snapshot.path}`)).toBe('600');
  }, 120_000);

  it('has each node take its own by a timer, keep some, and say so', async () => {
    for (let i = 0; i < 3; i += 1) {
      await bench.everywhere('sleep 1.1; systemctl start k8s-ha-etcd-snapshot.service');
    }
    const kept = await bench.everywhere('ls /var/lib/k8s-ha-etcd/snapshots/etcd-*.db | wc -l');
    expect(kept.map((text) => text.trim())).toEqual(['2', '2', '2']);
    const modes = await bench.everywhere('stat -c %a /var/lib/k8s-ha-etcd /var/lib/k8s-ha-etcd/snapshots/*');
    expect(modes.map((text) => text.trim().split('\n').join(' '))).toEqual([
      '700 600 600',
      '700 600 600',
      '700 600 600',
    ]);
    const timers = await bench.everywhere(
      'systemctl is-enabled k8s-ha-etcd-snapshot.timer; systemctl is-active k8s-ha-etcd-snapshot.timer',
    );
    expect(timers.map((text) => text.trim())).toEqual(['enabled\nactive', 'enabled\nactive', 'enabled\nactive']);
    const status = await bench.cli(['status', file, '--verbose']);
    expect(status.stdout).toMatch(/last snapshot .* ago, on cp/);
    expect(status.stdout).not.toContain('etcd-snapshot-missing');
    expect((await bench.cli(['plan', file])).stdout).toContain('nothing');
  }, 120_000);

  it('restores the snapshot: all that it had is there, nothing that came later; and says what it cost', async () => {
    kubectl('create', 'configmap', 't-later', '--from-literal=value=1');
    const ran = await bench.cli(['etcd', 'restore', file, '--snapshot', copied, '--yes', '-o', 'json']);
    expect(ran.rc, ran.stderr).toBe(0);
    const { outageMs, lostMs, lostRevisions } = restored.parse(JSON.parse(ran.stdout));
    figures(`restore: ${outageMs} ms without an API, ${lostRevisions} revisions of ${lostMs} ms lost`);
    expect(outageMs).toBeLessThan(120_000);
    expect(lostRevisions).toBeGreaterThan(0);
    expect(names()).toHaveLength(20);
    expect(names()).not.toContain('t-later');
    kubectl('create', 'configmap', 't-after', '--from-literal=value=1');
    kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s');
  }, 300_000);

  it('changes nothing when it is run again, and restores one of a node, killed in the middle', async () => {
    const again = await bench.cli(['etcd', 'restore', file, '--snapshot', copied, '--yes']);
    expect(again.stdout).toContain('--again');
    expect(names()).toContain('t-after');
    const argv = ['etcd', 'restore', file, '--snapshot', 'cp2:latest', '--yes'];
    const killed = await bench.cli(argv, { killAt: (line) => line.includes('put the restored data in place') });
    expect(killed.rc, killed.stderr).toBe(null);
    const ran = await bench.cli(argv);
    expect(ran.rc, ran.stderr).toBe(0);
    expect(names()).toHaveLength(20);
    const kept = await bench.everywhere(
      'ls -d /var/lib/etcd/member.before-* | wc -l && ! ls -d /var/lib/k8s-ha-etcd/restore 2>/dev/null',
    );
    expect(kept.map((text) => text.trim())).toEqual(['2', '2', '2']);
  }, 300_000);
});
