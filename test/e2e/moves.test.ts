import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { createAppliedBench, probesPerSecond, type Bench } from './support/bench.ts';
import { keptClients } from './support/kept-clients.ts';
import type { KeptClients } from './support/kept-report.ts';
import { good } from './support/killed.ts';
import { holderOf, keeping, move, nodes, vip } from './support/moving.ts';

/** Each asks twenty times a second. How many two processors carry is for bench/moves to say. */
const many = 20;

/** Clients that use their connections all the time, while the VIP is moved on purpose. */
describe('connections that are in use when a VIP is moved', () => {
  let bench: Bench;
  let file: string;
  let open: KeptClients[] = [];

  beforeAll(async () => {
    const made = await createAppliedBench('moves', keeping(true));
    [bench, file] = [made, made.tutorial];
  });
  afterEach(async ({ task }) => {
    for (const clients of open) clients.kill();
    open = [];
    // What failed half-way must not fail the next one too.
    if (task.result?.state === 'fail') for (const node of nodes) await bench.cli(['undrain', file, node]);
  });
  afterAll(async () => {
    await bench.down();
  });

  async function clients(count = many): Promise<KeptClients> {
    const opened = await keptClients(bench, vip, count);
    open.push(opened);
    return opened;
  }

  const holder = (): string => holderOf(bench);
  const moved = async (): Promise<void> => move(bench, file);

  it('go on, whichever way it goes, and new ones are served', async () => {
    const [first, prober] = [holder(), await bench.startProber()];
    const few = 5;
    const opened = [await clients()];
    await good(bench, ['drain', file, first, '--sessions', '0']);
    const status = await bench.cli(['status', file]);
    expect(status.stdout, status.stdout).toMatch(new RegExp(`${many} connections? .*${first}`));
    const second = holder();
    opened.push(await clients(few));
    // On to the third, the only one that is left, and from there back over the others.
    await good(bench, ['drain', file, second, '--sessions', '0']);
    const third = holder();
    for (const node of [first, second]) await good(bench, ['undrain', file, node]);
    opened.push(await clients(few));
    await moved();
    opened.push(await clients(few));
    await moved();
    expect(new Set([first, second, third]).size).toBe(nodes.length);
    const { samples } = await prober.stop();
    for (const [at, each] of opened.entries()) {
      const report = await each.stop();
      expect(report, `${at}: ${JSON.stringify(report)}`).toMatchObject({
        kept: at === 0 ? many : few,
        hung: 0,
        ended: [],
      });
    }
    expect(outage(samples, { ratePerSecond: probesPerSecond }).failed).toBe(0);
  });

  it('go on through rollouts that move it from node to node', async () => {
    const [kept, prober] = [await clients(), await bench.startProber()];
    const slower = bench.clusterFile('slower.yaml', (text) => keeping(true)(text).replace('500ms', '700ms'));
    await good(bench, ['apply', slower, '--yes']);
    await good(bench, ['spread', slower, '--yes']);
    const { samples } = await prober.stop();
    expect(await kept.stop()).toMatchObject({ kept: many, hung: 0, ended: [] });
    expect(outage(samples, { ratePerSecond: probesPerSecond }).failed).toBe(0);
  });

  it('go on where the node that takes it over had others from the same ports, which have just ended there', async () => {
    const [firstPort, count] = [40_000, 5];
    const [first, ...others] = [holder(), ...nodes.filter((node) => node !== holder())];
    const [second = '', third = ''] = others;
    // The server closes first, and remembers these ports for a minute.
    const ask = `for (let i = 0; i < ${count}; i += 1) require('tls')
      .connect({ host: '${vip}', port: 7443, localPort: ${firstPort} + i, servername: 'kubernetes', rejectUnauthorized: false })
      .on('secureConnect', function () { this.write('GET /version HTTP/1.1\\r\\nHost: kubernetes\\r\\nConnection: close\\r\\n\\r\\n'); })
      .resume()`;
    bench.inClient([process.execPath, '-e', ask]);
    expect(bench.on(first, `ss -Htn state time-wait src ${vip} dport = :${firstPort}`)).not.toBe('');
    await good(bench, ['drain', file, third, '--sessions', '0']);
    await moved();
    expect(holder()).toBe(second);
    const clientsAgain = await keptClients(bench, vip, count, { firstPort });
    open.push(clientsAgain);
    await moved();
    expect(holder()).toBe(first);
    expect(await clientsAgain.stop()).toMatchObject({ kept: count, hung: 0, ended: [] });
    await good(bench, ['undrain', file, third]);
  });

  it('are reset, and do not hang, when the node is lost that they go on through', async () => {
    const kept = await clients();
    const node = holder();
    await good(bench, ['drain', file, node, '--sessions', '0']);
    expect(await labPowerOff(bench.lab, node)).toMatchObject({ ok: true });
    const address = bench.state.nodes.find(({ name }) => name === node)?.address;
    await expect
      .poll(() => nodes.filter((one) => one !== node).map((one) => bench.on(one, 'nft list ruleset')), {
        timeout: 20_000,
      })
      .not.toContainEqual(expect.stringContaining(`dup to ${address}`));
    // The holder tells the clients then.
    await sleep(6000);
    const { kept: left, hung } = await kept.stop();
    expect({ left, hung }).toEqual({ left: 0, hung: 0 });
    expect(await labPowerOn(bench.lab, node)).toMatchObject({ ok: true });
    await expect.poll(async () => (await bench.cli(['undrain', file, node])).rc, { timeout: 60_000 }).toBe(0);
  });

  it('are reset, and do not hang, where the holder gives the VIP up by itself soon after it was moved', async () => {
    await moved();
    const [node, kept] = [holder(), await clients()];
    bench.on(node, 'systemctl kill -s STOP k8s-ha-haproxy');
    try {
      await expect.poll(holder, { timeout: 20_000 }).not.toBe(node);
      // Its sockets are still there, and the others hand on to them what belongs to none of theirs.
      await sleep(3000);
      const { kept: left, hung } = await kept.stop();
      expect({ left, hung }).toEqual({ left: 0, hung: 0 });
    } finally {
      bench.on(node, 'systemctl kill -s CONT k8s-ha-haproxy');
    }
    await expect.poll(async () => (await bench.cli(['status', file])).rc, { timeout: 20_000 }).toBe(0);
  });
});
