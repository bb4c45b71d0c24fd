import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { labClient, labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';

/**
 * What a client that knows one, two or three addresses of the API by a DNS name sees when the machine of the first is lost.
 * RUNS (3), OUT (docs/benchmarks/addresses.json), KUBECTL (the one that the lab has built, if it has).
 */
const runs = Number(process.env['RUNS'] ?? 3);
const out = process.env['OUT'] ?? 'docs/benchmarks/addresses.json';

const [first, second, six] = ['172.16.100.100', '172.16.100.101', 'fd17:216::100'] as const;
const names: Readonly<Record<string, readonly string[]>> = {
  'one address': [first],
  'two of one family': [first, second],
  'one of each family': [first, six],
};

const builtKubectl = (): string | undefined => {
  const folder = '/var/lib/k8s-ha-lab/kubernetes';
  return (existsSync(folder) ? readdirSync(folder) : [])
    .map((version) => join(folder, version, 'kubectl'))
    .find((file) => existsSync(file));
};
const kubectl = process.env['KUBECTL'] ?? builtKubectl();
const programs: Readonly<Record<string, string>> = {
  curl: 'curl',
  node: process.execPath,
  ...(kubectl !== undefined && { kubectl }),
};

interface Seen {
  readonly requests: number;
  readonly failed: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

const clusterText = (text: string): string =>
  `${text.replace(/virtualIPs: .*/, `virtualIPs: [${first}, ${second}, '${six}']`)}failover:\n  preempt: true\n`;

const holderOf = (bench: Bench, vip: string): string =>
  bench.state.nodes.find(({ name }) => bench.on(name, `ip -o address show to ${vip}`) !== '')?.name ?? '';

it('loses the machine of the first address', { timeout: 3_600_000 }, async () => {
  const bench = await createBench('addresses', { family: 'dual', extraSans: ['api.lab'] });
  try {
    const applied = await bench.cli(['apply', bench.clusterFile('three.yaml', clusterText), '--yes']);
    expect(applied.rc, applied.stderr).toBe(0);
    const rows: (Seen & { readonly client: string; readonly name: string })[] = [];
    const trial = async (client: string, name: string, addresses: readonly string[]): Promise<void> => {
      // Each at home, on a node of its own: the one that is lost holds no other of them.
      await expect
        .poll(() => [first, second, six].map((vip) => holderOf(bench, vip)), { timeout: 60_000, interval: 500 })
        .toEqual(['cp1', 'cp2', 'cp3']);
      const hosts = join(bench.folder, 'hosts');
      writeFileSync(hosts, `127.0.0.1 localhost\n${addresses.map((address) => `${address} api.lab\n`).join('')}`);
      const script = new URL('client.mjs', import.meta.url).pathname;
      const [program = '', ...args] = [
        ...labClient(bench.lab).argvPrefix,
        ...['unshare', '-m', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec "$@"`, 'sh'],
        ...[process.execPath, script, client, '6', bench.state.caFile, programs[client] ?? ''],
      ];
      const running = promisify(execFile)(program, args);
      await sleep(2000);
      expect(await labPowerOff(bench.lab, 'cp1')).toMatchObject({ ok: true });
      const seen: Seen = JSON.parse((await running).stdout);
      expect(await labPowerOn(bench.lab, 'cp1')).toMatchObject({ ok: true });
      rows.push({ client, name, ...seen });
    };
    for (let run = 0; run < runs; run += 1)
      for (const client of Object.keys(programs))
        for (const [name, addresses] of Object.entries(names)) await trial(client, name, addresses);
    const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Math.round(value) : value);
    const about = { at: new Date().toISOString(), runs, node: process.version };
    writeFileSync(
      out,
      `{ "about": ${JSON.stringify(about)}, "results": [\n${rows.map((row) => JSON.stringify(row, rounded)).join(',\n')}\n] }\n`,
    );
    for (const client of Object.keys(programs))
      for (const name of Object.keys(names)) {
        const these = rows.filter((row) => row.client === client && row.name === name);
        const longest = these.map(({ longestMs }) => Math.round(longestMs)).toSorted((a, b) => a - b);
        process.stdout.write(
          `${client} ${name}: longest ${longest.join(' ')}, failed ${these.map(({ failed }) => failed).join(' ')}\n`,
        );
      }
  } finally {
    await bench.down();
  }
});
