import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { createBench, type Bench } from './support/bench.ts';

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

/** The cluster file with a HAProxy on the workers. */
function balanced(text: string): string {
  return text.replace(/^kubernetes:$/m, 'kubernetes:\n  workerBalancer: node-local');
}

/** What was measured, for who reads the run. */
function figure(text: string): void {
  process.stdout.write(`${text}\n`);
}

const hasVip = 'ip -o address show | grep -c 172.16.100.100 || :';

/** Files of ours and of Kubernetes, units, addresses and tables of nft that a machine has. */
const inventory = `find /etc /run/k8s-ha /var/lib/k8s-ha /var/lib/etcd /usr/local/bin -xdev \\( -path '*k8s-ha*' -o -path '/etc/kubernetes/*' -o -path '/var/lib/etcd/*' \\) ! -type d 2>/dev/null | sort
systemctl list-units --all --plain --no-legend 'k8s-ha*' | cut -d' ' -f1
ip -o address show | grep -c 172.16.100.100
nft list tables 2>/dev/null | grep k8s_ha
pgrep -a 'kube-|etcd|haproxy|keepalived' || :`;

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, Kubernetes is
 * built: many minutes.
 */
describe('nodes of a whole cluster', () => {
  let bench: Bench;
  let kubeconfig: string;
  let three: string;
  let replaced: string;
  let clean: readonly string[];

  beforeAll(async () => {
    bench = await createBench('nodes', { kubeadm: { workers: 2 } });
    kubeconfig = join(bench.folder, 'admin.conf');
    three = bench.clusterFile('three.yaml', balanced);
    replaced = bench.clusterFile('replaced.yaml', (text) =>
      balanced(text).replace('{ name: cp3, address: 172.16.217.173 }', '{ name: w2, address: 172.16.217.182 }'),
    );
    clean = await bench.everywhere(inventory);
  }, 3_600_000);
  afterAll(async () => bench.down());

  function kubectl(...argv: readonly string[]): string {
    return bench.inClient([join(bench.state.kubernetes?.dir ?? '', 'kubectl'), '--kubeconfig', kubeconfig, ...argv]);
  }

  function nodes(): readonly string[] {
    return kubectl('get', 'nodes', '--no-headers')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(0, 2).join(' '));
  }

  it('come up from clean machines, with pods of a Deployment on the worker, within two minutes', async () => {
    const began = performance.now();
    const ran = await bench.cli(['up', bench.clusterFile('plain.yaml'), '--yes', '--merge', kubeconfig]);
    expect(ran.rc, ran.stderr).toBe(0);
    const manifest = join(bench.folder, 'deployment.yaml');
    writeFileSync(manifest, deployment.replace('PAUSE', bench.state.machine?.pauseImage ?? ''));
    kubectl('apply', '--filename', manifest);
    kubectl('wait', '--for=condition=Available', 'deployment/here', '--timeout=50s');
    const seconds = Math.round((performance.now() - began) / 1000);
    figure(`from clean machines to running pods: ${seconds} s, of which up ${Math.round(ran.tookMs / 1000)} s`);
    expect(kubectl('get', 'pods', '--output', 'jsonpath={.items[*].spec.nodeName}')).toBe('w1 w1');
    expect(seconds).toBeLessThanOrEqual(120);
  }, 400_000);

  it('are workers whose kubelet a lost VIP holder does not concern, once they have a HAProxy of their own', async () => {
    const ran = await bench.cli(['up', three, '--yes']);
    expect(ran.rc, ran.stderr).toBe(0);
    expect(ran.stderr).toContain('its kubelet tells the cluster that it lives');
    expect(peersOfKubelet()).toEqual(['127.0.0.1:7443']);
    const [holder = ''] = ['cp1', 'cp2', 'cp3'].filter((name) => bench.on(name, hasVip) === '1');
    const renewed: number[] = [];
    const states = new Set<string>();
    expect(await labPowerOff(bench.lab, holder)).toMatchObject({ ok: true });
    for (const until = performance.now() + 35_000; performance.now() < until; await sleep(1000)) {
      const said = told();
      if (said === undefined) continue;
      states.add(said.ready);
      if (renewed.at(-1) !== said.renewedMs) renewed.push(said.renewedMs);
    }
    expect(await labPowerOn(bench.lab, holder)).toMatchObject({ ok: true });
    const gaps = renewed.slice(1).map((at, i) => at - (renewed[i] ?? at));
    figure(`${holder} lost its power: the worker renewed its lease after ${gaps.join(', ')} ms`);
    expect([...states]).toEqual(['True']);
    // A kubelet renews its lease every 10 s, give or take 4 %.
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...gaps)).toBeLessThan(12_000);
    expect(peersOfKubelet()).toEqual(['127.0.0.1:7443']);
  }, 200_000);

  /** Where the kubelet of the worker has connections to, of those that lead to the API. */
  function peersOfKubelet(): readonly string[] {
    const peers = bench.on(
      'w1',
      `ss -Htnp state established | grep kubelet | awk '{print $4}' | grep ':7443$' | sort -u`,
    );
    return peers.split('\n');
  }

  /** What the cluster knows of the worker; undefined while the VIP is on its way. */
  function told(): { readonly ready: string; readonly renewedMs: number } | undefined {
    try {
      const ready = kubectl(
        'get',
        'node',
        'w1',
        '--output',
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
        '--request-timeout=2s',
      );
      const at = kubectl(
        'get',
        'lease',
        'w1',
        '--namespace',
        'kube-node-lease',
        '--output',
        'jsonpath={.spec.renewTime}',
        '--request-timeout=2s',
      );
      return { ready, renewedMs: Date.parse(at) };
    } catch {
      return undefined;
    }
  }

  it('are replaced without a failed request: the new one joins, and the old one leaves etcd, cluster and machine', async () => {
    const shown = await bench.cli(['up', replaced, '--dry-run']);
    expect(shown.rc, shown.stderr).toBe(0);
    expect(shown.stdout).toMatch(/w2: join.*[^]*cp3: take it out/);
    const prober = await bench.startProber(100, { caPem: `${bench.on('cp1', 'cat /etc/kubernetes/pki/ca.crt')}\n` });
    const ran = await bench.cli(['up', replaced, '--yes']);
    const { samples } = await prober.stop();
    expect(ran.rc, ran.stderr).toBe(0);
    const failed = samples.filter(({ outcome }) => outcome !== 'ok');
    figure(
      `cp3 replaced by w2 in ${Math.round(ran.tookMs / 1000)} s: ${failed.length} of ${samples.length} requests failed`,
    );
    expect(failed).toEqual([]);
    expect(nodes()).toEqual(['cp1 Ready', 'cp2 Ready', 'w1 Ready', 'w2 Ready']);
    const etcd = bench.on(
      'cp1',
      'cd /etc/kubernetes/pki/etcd && curl -s --cacert ca.crt --cert healthcheck-client.crt --key healthcheck-client.key -d \'{}\' https://127.0.0.1:2379/v3/cluster/member/list | grep -o \'"name":"[^"]*"\' | sort',
    );
    expect(etcd.split('\n')).toEqual(['"name":"cp1"', '"name":"cp2"', '"name":"w2"']);
    expect(bench.on('cp3', inventory)).toBe(clean[2]?.trim());
    const again = await bench.cli(['up', replaced, '--yes']);
    expect(again.stdout, again.stderr).toContain('nothing to do');
  }, 400_000);

  it('are taken down together, and leave nothing of ours', async () => {
    const refused = await bench.cli(['down', replaced, '--yes']);
    expect(refused.rc).toBe(2);
    expect(nodes()).toHaveLength(4);
    const ran = await bench.cli(['down', replaced, '--yes', '--confirm', 'whole']);
    expect(ran.rc, ran.stderr).toBe(0);
    figure(`taken down in ${Math.round(ran.tookMs / 1000)} s`);
    expect(await bench.everywhere(inventory)).toEqual(clean);
    const again = await bench.cli(['down', replaced, '--yes', '--confirm', 'whole']);
    expect(again.stdout, again.stderr).toContain('nothing to do');
  }, 400_000);
});
