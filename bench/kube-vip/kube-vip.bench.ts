import { writeFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import { startProber } from '../../src/drill/prober/start.ts';
import { labClient, labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { createKubernetesBench } from '../../test/e2e/support/kubernetes.ts';
import { kubeVipAddress, placeKubeVip } from './kube-vip.ts';
import { settled } from '../support/cluster.ts';
import { moveEtcdLeaderFrom } from './leader.ts';

/**
 * What a client loses with k8s-ha and with kube-vip (ARP mode, leader election), in one lab with real Kubernetes.
 * RUNS (5), ONLY (a fault), OUT (docs/benchmarks/kube-vip.json).
 */
const runs = Number(process.env['RUNS'] ?? 5);
const only = process.env['ONLY'] ?? '';
const out = process.env['OUT'] ?? 'docs/benchmarks/kube-vip.json';
const ratePerSecond = 50;
const proberPath = fileURLToPath(new URL('../../dist/drill/prober/main.js', import.meta.url));

interface Contender {
  readonly name: string;
  readonly vip: string;
  readonly port: number;
  /** Kills the program that holds the address. */
  readonly kill: string;
  readonly start: () => void;
  readonly stop: () => void;
}

interface Fault {
  readonly name: string;
  readonly path: string;
  readonly watchMs: number;
  /** Absent where the node loses its power. */
  readonly inject?: string;
  readonly heal?: string;
}

interface Row {
  readonly contender: string;
  readonly fault: string;
  readonly run: number;
  readonly failure?: string;
  readonly outageMs?: number;
  readonly failed?: number;
  readonly probes?: number;
  readonly twoMs?: number;
  /** How late the prober itself was: a window may be off by this much. */
  readonly lateMs?: number;
}

function contendersOf(bench: Bench): readonly Contender[] {
  const kubeVip = placeKubeVip(bench);
  const theirs = { vip: kubeVipAddress, port: 6443, kill: 'systemctl kill -s KILL kube-vip', stop: kubeVip.stop };
  return [
    {
      name: 'k8s-ha, target 500 ms (default)',
      vip: '172.16.100.100',
      port: 7443,
      kill: 'systemctl kill -s KILL k8s-ha-keepalived',
      start: () => undefined,
      stop: () => undefined,
    },
    { ...theirs, name: 'kube-vip, lease 5/3/1 s (its manifest)', start: () => kubeVip.start() },
    {
      ...theirs,
      name: 'kube-vip, lease 3/2/1 s (the fastest that it accepts)',
      start: () => kubeVip.start({ vip_leaseduration: 3, vip_renewdeadline: 2, vip_retryperiod: 1 }),
    },
  ];
}

function partition(bench: Bench, node: string): string {
  const peers = bench.state.nodes.filter(({ name }) => name !== node).map(({ address }) => address);
  return `nft -f - <<'END'
table inet bench {
  chain in { type filter hook input priority -200; ip saddr { ${peers.join(', ')} } drop; }
  chain out { type filter hook output priority -200; ip daddr { ${peers.join(', ')} } drop; }
}
END`;
}

function faultsOf(bench: Bench, { kill }: Contender, node: string): readonly Fault[] {
  return [
    { name: 'node lost', path: '/version', watchMs: 15_000 },
    { name: 'its process killed', path: '/version', inject: kill, watchMs: 6000 },
    {
      name: 'API server hung',
      path: '/version',
      inject: 'systemctl kill -s STOP kube-apiserver',
      heal: 'systemctl kill -s CONT kube-apiserver',
      watchMs: 12_000,
    },
    {
      name: 'cut off from the other nodes',
      // Without its etcd quorum an API server still tells its version: what counts is whether it is ready.
      path: '/readyz',
      inject: partition(bench, node),
      heal: 'nft delete table inet bench',
      watchMs: 12_000,
    },
  ];
}

async function measured(bench: Bench, contender: Contender, node: string, fault: Fault): Promise<Partial<Row>> {
  moveEtcdLeaderFrom(bench, node);
  const prober = await startProber(
    {
      host: contender.vip,
      port: contender.port,
      servername: 'kubernetes',
      path: fault.path,
      caPem: readFileSync(bench.state.caFile, 'utf8'),
      ratePerSecond,
      timeoutMs: 3000,
    },
    { wrap: labClient(bench.lab).argvPrefix, program: proberPath },
  );
  await sleep(1000);
  const fromMs = prober.samples.at(-1)?.sentMs ?? 0;
  const watch = bench.watchHolders(contender.vip);
  if (fault.inject === undefined) await labPowerOff(bench.lab, node);
  else bench.on(node, fault.inject);
  await sleep(fault.watchMs);
  const { twoMs } = await watch.stop();
  const { samples } = await prober.stop();
  if (fault.inject === undefined) await labPowerOn(bench.lab, node);
  else if (fault.heal !== undefined) bench.on(node, fault.heal);
  const found = outage(samples, { ratePerSecond, fromMs });
  return {
    outageMs: Math.round(found.outageMs),
    failed: found.failed + found.slow,
    probes: found.probes,
    twoMs,
    lateMs: Math.round(Math.max(0, ...samples.map(({ latenessMs }) => latenessMs))),
  };
}

it('measures k8s-ha and kube-vip', async () => {
  const bench = await createKubernetesBench('kube-vip');
  const rows: Row[] = [];
  try {
    await good(bench, ['apply', bench.clusterFile('tutorial.yaml'), '--yes']);
    const contenders = contendersOf(bench);
    for (let run = 1; run <= runs; run += 1)
      for (const contender of contenders) {
        contender.start();
        const names = faultsOf(bench, contender, '').map(({ name }) => name);
        for (const name of names.filter((each) => each.includes(only))) {
          const node = await settled(bench, contender.vip, contender.port);
          const fault = faultsOf(bench, contender, node).find((each) => each.name === name);
          if (!fault) continue;
          const row = await measured(bench, contender, node, fault).catch((error: unknown) => ({
            failure: String(error),
          }));
          rows.push({ contender: contender.name, fault: name, run, ...row });
          process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
          writeFileSync(out, `${JSON.stringify(rows, undefined, 1)}\n`);
        }
        contender.stop();
      }
  } finally {
    await bench.down();
  }
  expect(rows.filter(({ failure }) => failure !== undefined)).toEqual([]);
}, 7_200_000);
