import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { monotonicMs } from '../../src/drill/measure/probe.ts';
import { labClient } from '../../src/lab/lab.ts';
import { createBench, type Bench } from './support/bench.ts';
import { startGoClients } from './support/go-clients.ts';
import { startLoad } from './support/load.ts';

const planned = z.object({
  from: z.string(),
  to: z.string(),
  etcd: z.object({ from: z.string(), to: z.string() }),
  steps: z.array(z.object({ kind: z.string(), node: z.string().optional(), does: z.string().optional() })),
});

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

const hasVip = 'ip -o address show | grep -c 172.16.100.100 || :';

/**
 * Needs root, Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it. The first time, two versions of
 * Kubernetes are built: many minutes. LOAD=full: see support/load.ts.
 */
describe('an upgrade of Kubernetes', () => {
  const folder = '/opt/k8s-ha-lab/next';
  let bench: Bench;
  let file: string;
  let kubeconfig: string;
  let next: string;

  beforeAll(async () => {
    bench = await createBench('kupgrade', { kubeadm: { version: '1.35', workers: 1 } });
    next = bench.state.machine?.next?.version ?? '';
    // Who is connected through the holder when its VIPs move goes on through it: otherwise what is under way then waits in vain.
    file = bench.clusterFile('whole.yaml', (text) =>
      text.replace('failover:\n', 'failover:\n  keepConnections: true\n'),
    );
    kubeconfig = join(bench.folder, 'admin.conf');
    const made = await bench.cli(['up', file, '--yes', '--merge', kubeconfig]);
    if (made.rc !== 0) throw new Error(made.stderr);
    mkdirSync(dirname(bench.state.caFile), { recursive: true });
    writeFileSync(bench.state.caFile, bench.on('cp1', 'cat /etc/kubernetes/pki/ca.crt'));
    // On a machine that is short of processors the address may still be on its way.
    for (let i = 0; i < 120 && served() !== 'ok'; i += 1) await sleep(500);
    // The clients of the load log in with nothing.
    kubectl('create', 'clusterrolebinding', 'load', '--clusterrole=cluster-admin', '--user=system:anonymous');
    const manifest = join(bench.folder, 'here.yaml');
    writeFileSync(manifest, deployment.replace('PAUSE', bench.state.machine?.pauseImage ?? ''));
    kubectl('apply', '--filename', manifest);
    kubectl('rollout', 'status', 'deployment/here', '--timeout=60s');
  }, 3_600_000);
  afterAll(async () => bench.down());

  function kubectl(...argv: readonly string[]): string {
    return bench.inClient([join(bench.state.kubernetes?.dir ?? '', 'kubectl'), '--kubeconfig', kubeconfig, ...argv]);
  }

  function served(): string {
    try {
      return kubectl('get', '--raw=/readyz', '--request-timeout=2s');
    } catch (error) {
      return String(error);
    }
  }

  const versions = (): string =>
    kubectl('get', 'nodes', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.status.nodeInfo.kubeletVersion} {end}');

  const upgrade = (version: string, ...more: readonly string[]) =>
    bench.cli(['upgrade', 'kubernetes', version, file, '--from', folder, ...more]);

  it('is shown first, with what it does to etcd, and changes nothing', async () => {
    const shown = await upgrade(next, '--replace-programs', '--dry-run', '-o', 'json');
    expect(shown.rc, shown.stderr).toBe(0);
    const { from, to, etcd, steps } = planned.parse(JSON.parse(shown.stdout));
    expect([from, to]).toEqual([bench.state.kubernetes?.version, next]);
    expect(etcd.from).not.toBe(etcd.to);
    // The holder last: on a busy machine it need not be the first of the file.
    const holder = bench.state.nodes.find(({ name }) => bench.on(name, hasVip) === '1')?.name;
    const order = ['cp3', 'cp2', 'cp1'].toSorted((a, b) => Number(a === holder) - Number(b === holder));
    expect(steps.map(({ kind, node, does }) => [kind, node, does].filter(Boolean).join(' '))).toEqual([
      'images',
      `check ${order[0]}`,
      `snapshot ${order[0] === 'cp1' ? 'cp2' : 'cp1'}`,
      ...order.map((name, i) => `visit ${name} ${i === 0 ? 'apply' : 'node'}`),
      'visit w1 node',
    ]);
  });

  it('is refused over programs that somebody else placed, and by two minor versions', async () => {
    const foreign = await upgrade(next, '--yes');
    expect(foreign.rc).toBe(1);
    expect(foreign.stderr).toContain('version-foreign-program');
    const far = await upgrade('1.37.0', '--yes', '--replace-programs');
    expect(far.rc).toBe(1);
    expect(far.stderr).toContain('version-skips-minor');
  });

  it('is noticed by no client: no request fails, no acknowledged write is lost', async () => {
    const load = await startLoad(bench, '172.16.100.100', { clients: startGoClients(labClient(bench.lab).argvPrefix) });
    await load.settled();
    const mark = load.mark();
    const cliMs = monotonicMs() - mark.atMs;
    const ran = await upgrade(next, '--yes', '--replace-programs');
    const { when, ...lost } = await load.lostSince(mark);
    const audit = await load.stop();
    // What clients noticed, beside the steps, moves of the VIP, and API servers that HAProxy took for dead.
    const wallMs = Date.now() - monotonicMs() + mark.atMs;
    const said = await bench.everywhere(
      `journalctl --quiet --output=short-unix --since=@${Math.floor(wallMs / 1000)} -u k8s-ha-keepalived -u k8s-ha-haproxy | sed "s/ \\S* / $(hostname) /"`,
    );
    const journals = said
      .flatMap((text) => text.split('\n'))
      .filter((line) => /STATE|\d\]: Server \S+ is DOWN/.test(line))
      .map((line) => [Number(line.split(' ')[0]) * 1000 - wallMs, line.slice(18)] as const);
    const told = [...ran.progress.map(([atMs, line]) => [atMs + cliMs, line] as const), ...when, ...journals]
      .toSorted(([a], [b]) => a - b)
      .map(([atMs, line]) => `${(atMs / 1000).toFixed(1)} s ${line}\n`);
    const sums = { ...lost, acknowledged: audit?.acknowledged, gone: audit?.lost.length, tookMs: ran.tookMs };
    process.stdout.write(`${told.join('')}${JSON.stringify(sums, undefined, 1)}\n`);
    expect(ran.rc, ran.stderr).toBe(0);
    expect(lost).toMatchObject({ connects: 0, requests: 0, writes: 0 });
    expect(audit).toMatchObject({ lost: [] });
    expect(audit?.acknowledged).toBeGreaterThan(100);
  }, 1_500_000);

  it('leaves every node in the new version, Ready, and the pods running', () => {
    expect(versions()).toBe(
      ['cp1', 'cp2', 'cp3', 'w1']
        .map((name) => `${name}=${next} `)
        .join('')
        .trim(),
    );
    expect(kubectl('get', 'nodes', '--no-headers')).not.toMatch(/NotReady|SchedulingDisabled/);
    kubectl('rollout', 'status', 'deployment/here', '--timeout=60s');
  });

  it('kept what etcd had before, and leaves no API server aside', async () => {
    const kept = await bench.everywhere(`ls /var/lib/k8s-ha-etcd/snapshots/before-${next}-etcd-*.db 2>/dev/null || :`);
    expect(kept.filter((text) => text !== '')).toHaveLength(1);
    const status = await bench.cli(['status', file, '-o', 'json']);
    expect(status.rc, status.stdout).toBe(0);
    expect((await bench.everywhere('ls /var/lib/k8s-ha/kubernetes-visit 2>&1 || true')).join()).not.toMatch(/visit$/m);
  });

  it('changes nothing when it is run again', async () => {
    const again = await upgrade(next, '--yes');
    expect(again.rc, again.stderr).toBe(0);
    expect(again.stdout).toContain('nothing to do');
  });
});
