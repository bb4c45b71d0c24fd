import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import type { Bench } from './support/bench.ts';
import {
  anonymousFile,
  createKubernetesBench,
  kubectlOf,
  drillEnvironment,
  refuseAnonymous,
  watchValues,
  writeNumbers,
  type Kubectl,
} from './support/kubernetes.ts';
import { testUpkeep } from './support/upkeep.ts';

/** Needs what the lab needs, and Go (`k8s-ha lab programs --from go` before it, or the first start takes minutes). */
const configMaps = '/api/v1/namespaces/default/configmaps';

function observed<T>(value: z.ZodType<T>) {
  return z.object({ known: z.literal(true), value });
}

const statusSchema = z.object({
  virtualIPs: z.array(z.object({ holders: z.array(z.string()) })),
  findings: z.array(z.object({ rule: z.string(), severity: z.string() })),
  state: z.object({
    nodes: z.array(
      z.object({
        seen: observed(
          z.object({
            kubernetes: observed(
              z.object({
                version: observed(z.string()),
                readyz: observed(z.object({ ready: z.literal(true) })),
                served: observed(z.object({ names: z.array(z.string()), daysLeft: z.number() })),
                certificates: observed(z.array(z.object({ path: z.string() }))),
                etcd: observed(
                  z.object({
                    leaderId: z.string(),
                    raftTerm: z.number(),
                    members: observed(z.array(z.object({ name: z.string() }))),
                    alarms: observed(z.array(z.unknown())),
                  }),
                ),
                leases: observed(z.array(z.object({ name: z.string(), holder: z.string() }))),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});

describe('real Kubernetes behind the address', () => {
  let bench: Bench;
  let file: string;
  let kubectl: Kubectl;
  let readyMs: number;
  let refused: readonly { readonly rule: string }[];

  beforeAll(async () => {
    const began = performance.now();
    const made = await createKubernetesBench('k8s');
    const upMs = performance.now() - began;
    bench = await refuseAnonymous(made);
    file = bench.clusterFile('tutorial.yaml');
    kubectl = kubectlOf(bench);
    const live = await bench.cli(['check', anonymousFile(bench), '--live', '-o', 'json']);
    refused = z.object({ findings: z.array(z.object({ rule: z.string() })) }).parse(JSON.parse(live.stdout)).findings;
    const readyFrom = performance.now() - upMs;
    const applied = await bench.cli(['apply', file, '--yes']);
    if (applied.rc !== 0) throw new Error(applied.stderr);
    while ((await kubectl.run(['get', '--raw=/readyz'])).stdout !== 'ok') await sleep(200);
    readyMs = performance.now() - readyFrom;
  }, 20 * 60_000);
  afterAll(async () => bench?.down());

  const holderOf = async (lease: string): Promise<string> =>
    (await kubectl.run(['-n', 'kube-system', 'get', 'lease', lease, '-o', 'jsonpath={.spec.holderIdentity}'])).stdout;

  const renewed = async (): Promise<number> => {
    const time = ['-o', 'jsonpath={.spec.renewTime}'];
    const ran = await kubectl.run(['-n', 'kube-system', 'get', 'lease', 'kube-controller-manager', ...time]);
    return Date.now() - Date.parse(ran.stdout);
  };

  it('is ready within a minute of nothing', () => {
    expect(readyMs).toBeLessThan(60_000);
  });

  it('refuses anonymous requests, which is found before anything is applied', async () => {
    expect(refused.map(({ rule }) => rule)).toEqual(['anonymous-refused', 'anonymous-refused', 'anonymous-refused']);
    const asked = bench.on('cp1', 'curl -sk -o /dev/null -w "%{http_code}" https://127.0.0.1:6443/readyz');
    expect(asked).toBe('401');
    const from = ['init', join(bench.folder, 'found.yaml'), '--from', 'ssh://cp1,cp2,cp3'];
    const init = await bench.cli([...from, '--name', 'found', '--virtual-ips', '172.16.100.100']);
    expect(init.rc, init.stderr).toBe(0);
    expect(readFileSync(join(bench.folder, 'found.yaml'), 'utf8')).toContain('healthAuth: certificate');
  });

  it('is asked by HAProxy with a certificate whose key only root can read, and which is nowhere else', () => {
    for (const node of ['cp1', 'cp2', 'cp3']) {
      expect(bench.on(node, 'stat -c "%a %U" /etc/k8s-ha/pki /etc/k8s-ha/pki/health-check.pem')).toBe(
        '700 root\n600 root',
      );
      expect(bench.on(node, 'ls -A /etc/k8s-ha/pki')).toBe('health-check.pem');
      const key = "$(sed -n '/PRIVATE KEY/{n;p;q;}' /etc/k8s-ha/pki/health-check.pem)";
      const found = `grep -rlF -e "${key}" /etc /run/k8s-ha /var/lib/k8s-ha /tmp; journalctl -o cat | grep -cF -e "${key}"; true`;
      expect(bench.on(node, found)).toBe('/etc/k8s-ha/pki/health-check.pem\n0');
    }
  });

  it('tells its true version, and its readiness through the VIP', async () => {
    const version = await kubectl.run(['version']);
    expect(version.stdout).toContain(`Client Version: ${bench.state.kubernetes?.version}`);
    expect(version.stdout).toContain(`Server Version: ${bench.state.kubernetes?.version}`);
    const ready = await kubectl.run(['--server', 'https://172.16.100.100:7443', 'get', '--raw=/readyz?verbose']);
    expect(ready.stdout).toContain('readyz check passed');
  });

  it('makes replica sets and pods of a deployment: controllers and scheduler work', async () => {
    await kubectl.run(['create', 'deployment', 'web', '--image=web', '--replicas=2']);
    const phases = async (): Promise<string> =>
      (await kubectl.run(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].status.phase}'])).stdout;
    await expect.poll(phases, { timeout: 20_000 }).toBe('Pending Pending');
    const events = async (): Promise<string> =>
      (await kubectl.run(['get', 'events', '-o', 'jsonpath={.items[*].reason}'])).stdout;
    await expect.poll(events, { timeout: 20_000 }).toContain('FailedScheduling');
  });

  it('is seen whole by status: versions, certificates, etcd, leases', async () => {
    const ran = await bench.cli(['status', file, '-o', 'json']);
    const status = statusSchema.parse(JSON.parse(ran.stdout));
    expect(status.findings).toEqual([]);
    const nodes = status.state.nodes.map(({ seen }) => seen.value.kubernetes.value);
    expect(new Set(nodes.map(({ version }) => version.value))).toEqual(new Set([bench.state.kubernetes?.version]));
    expect(new Set(nodes.map(({ etcd }) => etcd.value.leaderId)).size).toBe(1);
    for (const { served, certificates, etcd, leases } of nodes) {
      expect(served.value.names).toEqual(expect.arrayContaining(['172.16.100.100', '172.16.100.101']));
      expect(served.value.daysLeft).toBeGreaterThan(360);
      expect(certificates.value.map(({ path }) => path)).toContain('/etc/kubernetes/pki/etcd/server.crt');
      expect(etcd.value.members.value.map(({ name }) => name).toSorted()).toEqual(['cp1', 'cp2', 'cp3']);
      expect(leases.value.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['kube-controller-manager', 'kube-scheduler']),
      );
    }
  });

  it('loses no acknowledged write and no event of a resumed watch through the faults of the drills', async () => {
    await kubectl.run(['create', 'configmap', 'numbers', '--from-literal=value=0']);
    const version = (await kubectl.run(['get', 'configmap', 'numbers', '-o', 'jsonpath={.metadata.resourceVersion}']))
      .stdout;
    const watch = watchValues(kubectl, configMaps, version);
    const proxy = kubectl.start(['proxy', '--port=18001']);
    const writer = writeNumbers(kubectl);
    // What ends connections to a real API server. Others are broken on a cluster that kubeadm made (kubernetes-drills.test.ts), by hand.
    const faults = ['api-server-killed', 'node-lost'];
    let told = '';
    const missing = (): readonly string[] => faults.filter((fault) => !new RegExp(`^${fault} `, 'm').test(told));
    // Three real API servers on two cores do not always keep up with fifty new connections a second. A drill is not begun where a
    // probe fails before it; it is tried again then.
    for (let tries = 0; tries < 2 && missing().length > 0; tries += 1) {
      const env = drillEnvironment(bench);
      const drill = await bench.cli(['drill', file, ...missing(), '--rate', '20', '--yes'], { env });
      told += `${drill.stdout}\n${drill.stderr}\n`;
    }
    await sleep(2000);
    await writer.stop();
    const last = (await kubectl.run(['get', 'configmap', 'numbers', '-o', 'jsonpath={.data.value}'])).stdout;
    const { acknowledged } = writer;
    await expect.poll(() => watch.values.at(-1), { timeout: 30_000 }).toBe(last);
    watch.stop();
    const proxied = await kubectl.run(['--server', 'http://127.0.0.1:18001', 'get', '--raw=/readyz']);
    proxy.kill('SIGTERM');

    // Verdicts about time belong to quiet machines; healed and nothing lost is what must hold on any.
    expect(missing(), told).toEqual([]);
    expect(told.split('\n').filter((line) => /NOT HEALED|WRITES ARE LOST/.test(line))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(Number(last)).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? Number.NaN);
    // Every acknowledged number is an event, in order, and none came twice.
    expect(watch.values.map(Number)).toEqual(watch.values.map(Number).toSorted((a, b) => a - b));
    expect(new Set(watch.values).size).toBe(watch.values.length);
    expect(acknowledged.filter((number) => !watch.values.includes(String(number)))).toEqual([]);
    expect(watch.resumed).toBeGreaterThan(0);
    expect(proxied.stdout).toBe('ok');
  }, 300_000);

  it("moves a controller's lease within its timings when the holder's node dies", async () => {
    // A fault before this may have cost the holder its lease: it must be one that renews.
    await expect.poll(renewed, { timeout: 60_000 }).toBeLessThan(2500);
    const before = await holderOf('kube-controller-manager');
    const node = before.split('_')[0] ?? '';
    const began = performance.now();
    expect(await labPowerOff(bench.lab, node)).toMatchObject({ ok: true });
    await expect
      .poll(async () => holderOf('kube-controller-manager'), { timeout: 60_000, interval: 200 })
      .not.toMatch(new RegExp(`^$|^${node}_`));
    const tookMs = performance.now() - began;
    expect(await labPowerOn(bench.lab, node)).toMatchObject({ ok: true });
    // The lease lasts 15 s, and the others look every 2 s, with a fifth of jitter; etcd may elect first.
    expect(tookMs).toBeLessThan(15_000 + 2400 + 5000);
  }, 180_000);

  it('keeps the address without quorum, serves what it can, and recovers within 10 s of the second member', async () => {
    await expect.poll(async () => (await bench.cli(['status', file])).rc, { timeout: 60_000 }).toBe(0);
    await kubectl.run(['delete', 'configmap', 'after', '--ignore-not-found']);
    onTestFinished(() => void bench.everywhere('systemctl start --no-block etcd'));
    for (const node of ['cp2', 'cp3']) bench.on(node, 'systemctl stop etcd');
    await sleep(8000);
    const shown = z.object({ virtualIPs: z.array(z.object({ holders: z.array(z.string()) })) });
    const holders = async (): Promise<readonly number[]> =>
      shown
        .parse(JSON.parse((await bench.cli(['status', file, '--wait', '-o', 'json'])).stdout))
        .virtualIPs.map((vip) => vip.holders.length);
    // Each node waits for its own API server, one longer than the other: a holder that has not answered yet is nobody's.
    expect(await holders()).toEqual([1, 1]);
    const cached = await kubectl.run(['get', '--raw', `${configMaps}?resourceVersion=0`, '--request-timeout=5s']);
    const live = await kubectl.run(['get', '--raw=/version', '--request-timeout=5s']);
    const write = await kubectl.run(['create', 'configmap', 'during', '--request-timeout=3s']);
    bench.on('cp2', 'systemctl start --no-block etcd');
    const began = performance.now();
    await expect
      .poll(async () => (await kubectl.run(['create', 'configmap', 'after', '--request-timeout=2s'])).rc, {
        timeout: 30_000,
        interval: 100,
      })
      .toBe(0);
    const tookMs = performance.now() - began;
    bench.on('cp3', 'systemctl start etcd');

    expect(live.stdout).toContain('gitVersion');
    expect(cached.stdout).toContain('"kind":"ConfigMapList"');
    expect(write.rc).not.toBe(0);
    expect(tookMs).toBeLessThan(10_000);
  }, 180_000);

  describe('is kept up', () => {
    testUpkeep(() => bench);
  });
});
