import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBench, type Bench } from './support/bench.ts';
import { keptClients } from './support/kept-clients.ts';
import { good } from './support/killed.ts';
import { expectAsPredicted, told } from './support/predicted.ts';

/** Those whose rules, addresses and announcements depend on the family; every fault once, on IPv4, is in drill.test.ts. */
const faultsOf = {
  ipv6: ['haproxy-killed', 'cut-from-peers', 'link-down'],
  dual: ['node-lost'],
};

describe.each(['ipv6', 'dual'] as const)('a cluster of %s machines', (family) => {
  let bench: Bench;
  let file: string;
  const vip = 'fd17:216::100';

  beforeAll(async () => {
    bench = await createBench(family, { family });
    file = bench.clusterFile(`${family}.yaml`);
    const ran = await bench.cli(['apply', file, '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stdout + ran.stderr);
  });
  afterAll(async () => bench.down());

  it('is well, has nothing left to do, and every VIP answers', async () => {
    const status = await bench.cli(['status', file]);
    expect(status.rc, status.stdout + status.stderr).toBe(0);
    expect(status.stdout).toContain(vip);
    const again = await bench.cli(['apply', file, '--yes']);
    expect(again.rc, again.stderr).toBe(0);
    for (const address of family === 'dual' ? [vip, '172.16.100.100'] : [vip, 'fd17:216::101']) {
      const host = address.includes(':') ? `[${address}]` : address;
      expect(bench.on('cp1', `curl -s --cacert /etc/kubernetes/pki/ca.crt https://${host}:7443/readyz`)).toBe('ok');
    }
  });

  it('finds a stranger that answers for the VIP on the wire', async () => {
    const stranger = 'fd17:216::1ff';
    const taken = bench.clusterFile('taken.yaml', (text) => text.replace(vip, stranger));
    bench.inClient(['ip', 'address', 'add', `${stranger}/64`, 'dev', 'eth0', 'nodad']);
    const ran = await bench.cli(['check', taken, '--live']);
    bench.inClient(['ip', 'address', 'del', `${stranger}/64`, 'dev', 'eth0']);
    expect(ran.stdout + ran.stderr).toContain(`the VIP ${stranger} is already answered on the wire`);
    expect(ran.rc).not.toBe(0);
  });

  it('costs what was predicted when it breaks, and the client sees the VIP move', async () => {
    const results = await expectAsPredicted(bench, file, faultsOf[family], ['--vip', vip]);
    for (const result of results) {
      expect(result.vip).toBe(vip);
      expect(new Set(result.clientView?.map(({ node }) => node)).size, told(result)).toBeGreaterThan(1);
    }
  }, 900_000);

  // Dual stack moves a VIP of each family to each node.
  it.runIf(family === 'dual')('keeps connections that are in use when a VIP is moved on purpose', async () => {
    const keeps = bench.clusterFile('keeps.yaml', (text) => `${text}\nfailover: { keepConnections: true }\n`);
    await good(bench, ['apply', keeps, '--yes']);
    const clients = await Promise.all([vip, '172.16.100.100'].map(async (address) => keptClients(bench, address, 10)));
    for (const node of ['cp1', 'cp2', 'cp3']) {
      await good(bench, ['drain', keeps, node, '--sessions', '0']);
      await good(bench, ['undrain', keeps, node]);
    }
    for (const each of clients) expect(await each.stop()).toMatchObject({ kept: 10, hung: 0, ended: [] });
  });
});
