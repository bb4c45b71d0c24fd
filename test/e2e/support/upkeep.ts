import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { addonCorrectionS } from '../../../src/render/addons.ts';
import type { Bench } from './bench.ts';
import { kubectlOf, type Kubectl } from './kubernetes.ts';

function manifest(name: string, value: string, mode = ''): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: platform${mode && `, labels: { addonmanager.kubernetes.io/mode: ${mode} }`} }
data: { value: "${value}" }
`;
}

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: platform }\n';

/** Tests of what is done to a cluster after it was made: add-ons, certificates, more controllers. */
export function testUpkeep(benchOf: () => Bench): void {
  let bench: Bench;
  let kubectl: Kubectl;
  let file: string;
  let addons: string;

  const apply = async (): Promise<void> => {
    const ran = await bench.cli(['apply', file, '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
  };
  const get = async (...args: readonly string[]): Promise<string> =>
    (await kubectl.run(['-n', 'platform', 'get', ...args, '--ignore-not-found'])).stdout;
  const versions = async (): Promise<string> =>
    get(
      'configmap',
      'kept',
      'theirs',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion} {end}',
    );
  const valueOf = async (name: string): Promise<string> => get('configmap', name, '-o', 'jsonpath={.data.value}');

  beforeAll(async () => {
    bench = benchOf();
    kubectl = kubectlOf(bench);
    file = bench.clusterFile('with-addons.yaml', (text) => `${text}addons: ./addons\n`);
    addons = join(bench.folder, 'addons');
    mkdirSync(addons);
    writeFileSync(join(addons, 'namespace.yaml'), namespace);
    writeFileSync(join(addons, 'kept.yaml'), manifest('kept', '1'));
    writeFileSync(join(addons, 'theirs.yaml'), manifest('theirs', '1', 'EnsureExists'));
    await apply();
  });

  describe('add-ons', () => {
    it('are there soon after the rollout', async () => {
      await expect.poll(async () => valueOf('kept'), { timeout: 20_000 }).toBe('1');
      await expect.poll(async () => valueOf('theirs'), { timeout: 20_000 }).toBe('1');
    });

    it('are left alone by three nodes at once where nothing differs', async () => {
      let before = '';
      const unchanged = async (): Promise<boolean> => {
        const last = before;
        before = await versions();
        return before === last;
      };
      // Until the first passes of all nodes are over.
      await expect.poll(unchanged, { timeout: 60_000, interval: 3000 }).toBe(true);
      await sleep(12_000);
      expect(await versions()).toBe(before);
    });
  });

  describe('the certificate of an API server', () => {
    it('that lacks the name is found, and mended by the commands that status gives', async () => {
      const named = bench.clusterFile('tutorial.yaml', (text) =>
        text.replace('  port: 7443', '  port: 7443\n  dnsName: api.example.com'),
      );
      bench.on(
        'cp2',
        'kubeadm init phase upload-config kubeadm --config /etc/kubernetes/kubeadm.yaml --kubeconfig /etc/kubernetes/admin.conf',
      );
      const before = await bench.cli(['status', named, '--verbose']);
      expect(before.stdout).toContain('[certificate-names]');
      expect(before.stdout).toContain('is not for api.example.com');
      expect(before.stdout).toContain('kubeadm init phase certs apiserver --config /root/kubeadm.yaml');

      const config = ['get', 'configmap', 'kubeadm-config', '-o', 'jsonpath={.data.ClusterConfiguration}'];
      const existing = await kubectl.run(['-n', 'kube-system', ...config]);
      writeFileSync(join(bench.folder, 'existing.yaml'), existing.stdout);
      for (const node of ['cp1', 'cp2', 'cp3']) {
        const merged = await bench.cli([
          'kubeadm',
          named,
          '--node',
          node,
          '--existing',
          join(bench.folder, 'existing.yaml'),
        ]);
        expect(merged.rc, merged.stderr).toBe(0);
        bench.on(node, `cat >/root/kubeadm.yaml <<'END'\n${merged.stdout}\nEND`);
        bench.on(
          node,
          'mkdir -p /root/old-pki && mv /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key /root/old-pki/ && kubeadm init phase certs apiserver --config /root/kubeadm.yaml',
        );
      }
      const mended = async (): Promise<string> => (await bench.cli(['status', named])).stdout;
      await expect.poll(mended, { timeout: 90_000, interval: 1000 }).not.toContain('certificate-names');
    }, 180_000);
  });

  describe('add-ons, some passes later', () => {
    it('stay applied by the other nodes when an API server is gone, and their unit goes with the setting', async () => {
      bench.on('cp1', 'systemctl stop kube-apiserver');
      await kubectl.run(['-n', 'platform', 'delete', 'configmap', 'kept']);
      await expect.poll(async () => valueOf('kept'), { timeout: addonCorrectionS * 1000 }).toBe('1');
      bench.on('cp1', 'systemctl start kube-apiserver');
      const without = bench.clusterFile('without.yaml');
      await expect.poll(async () => (await bench.cli(['status', without])).rc, { timeout: 30_000 }).toBe(0);
      expect((await bench.cli(['apply', without, '--yes'])).rc).toBe(0);
      expect(bench.on('cp1', 'ls /etc/k8s-ha | grep -c addons; systemctl is-active k8s-ha-addons; true')).toBe(
        '0\ninactive',
      );
      expect((await bench.cli(['plan', without, '--exit-code'])).rc).toBe(0);
      expect(await valueOf('kept')).toBe('1');
    }, 180_000);
  });

  describe("the cluster autoscaler's lease", () => {
    it('is held by one of three, shown in status, and taken over in its time when the holder is killed', async () => {
      const program = '/opt/k8s-ha-lab/kubernetes/elector --lease=cluster-autoscaler';
      for (const node of ['cp1', 'cp2', 'cp3'])
        bench.on(
          node,
          `systemd-run --quiet --unit=cluster-autoscaler -p Restart=always -p RestartSec=1 ${program} --kubeconfig=/etc/kubernetes/admin.conf --server=https://$(hostname):6443`,
        );
      const lease = ['-n', 'kube-system', 'get', 'lease', 'cluster-autoscaler', '--ignore-not-found'];
      const holder = async (): Promise<string> =>
        (await kubectl.run([...lease, '-o', 'jsonpath={.spec.holderIdentity}'])).stdout;
      await expect.poll(holder, { timeout: 30_000 }).toMatch(/^cp\d$/);
      const first = await holder();
      const status = await bench.cli(['status', bench.clusterFile('tutorial.yaml')]);
      expect(status.stdout).toMatch(new RegExp(`cluster-autoscaler +${first} +[\\d.]+ m?s ago +15 s`));
      bench.on(first, 'systemctl kill -s KILL cluster-autoscaler; systemctl stop cluster-autoscaler');
      const began = performance.now();
      await expect.poll(holder, { timeout: 40_000, interval: 200 }).not.toBe(first);
      expect(performance.now() - began).toBeLessThan(15_000 + 2400 + 2000);
    }, 120_000);
  });
}
