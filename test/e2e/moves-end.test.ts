import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppliedBench, type Bench } from './support/bench.ts';
import { keptClients } from './support/kept-clients.ts';
import { good } from './support/killed.ts';
import { keeping, move, nodes, vip } from './support/moving.ts';

const many = 20;

describe('what keeps connections after a move', () => {
  let bench: Bench;
  let file: string;

  beforeAll(async () => {
    const made = await createAppliedBench('moves-end', keeping(true));
    [bench, file] = [made, made.tutorial];
  });
  afterAll(async () => bench.down());

  it('goes with the last of them, and with the key', async () => {
    const left = (): readonly string[] =>
      nodes.map((node) =>
        bench.on(
          node,
          `ip -o address show dev lo to ${vip}; nft list tables | grep kept; ls /run/k8s-ha | grep -e kept -e handed; cat /proc/sys/net/ipv4/conf/eth0/arp_ignore`,
        ),
      );
    const kept = await keptClients(bench, vip, many);
    await move(bench, file);
    expect(left().join('')).toContain('k8s_ha_kept');
    await kept.stop();
    await expect.poll(left, { timeout: 90_000, interval: 2000 }).toEqual(nodes.map(() => '0'));
    const again = await keptClients(bench, vip, many);
    await move(bench, file);
    await good(bench, ['apply', bench.clusterFile('tutorial.yaml', keeping(false)), '--yes']);
    expect(left()).toEqual(nodes.map(() => '0'));
    expect(await again.stop()).toMatchObject({ kept: 0, hung: 0 });
  });
});
