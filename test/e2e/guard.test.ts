import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppliedBench, type Bench } from './support/bench.ts';
import { forge, type Forged } from './support/forge.ts';
import { good } from './support/killed.ts';

const nodes = [1, 2, 3].map((n) => ({ name: `cp${n}`, address: `172.16.217.${170 + n}` }));
const vips = ['172.16.100.100', '172.16.100.101'];
const neighbour = '172.16.217.10';
const loaded = "nft list tables | grep -c 'inet k8s_ha$' || true";

/** Every node is told by everybody else, and by a stranger, that they have the VIPs, or give them up. */
function everyAdvert(
  firstRouterId: number,
  sources: readonly string[],
  priorities: readonly number[],
): readonly Forged[] {
  return nodes.flatMap(({ address: target }) =>
    sources
      .filter((source) => source !== target)
      .flatMap((source) =>
        vips.flatMap((vip, i) =>
          ([2, 3] as const).flatMap((version) =>
            priorities.flatMap((priority) =>
              [255, 64].map((ttl) => ({
                version,
                source,
                target,
                vip,
                priority,
                ttl,
                virtualRouterId: firstRouterId + i,
              })),
            ),
          ),
        ),
      ),
  );
}

describe('the guard against adverts that no node sent', () => {
  let bench: Bench;
  let tutorial: string;

  beforeAll(async () => {
    const applied = await createAppliedBench('guard');
    [bench, tutorial] = [applied, applied.tutorial];
  });
  afterAll(async () => bench.down());

  const routerId = (): number =>
    Number(/virtual_router_id (\d+)/.exec(bench.on('cp1', 'cat /etc/k8s-ha/keepalived.conf'))?.[1]);

  /** What became of both VIPs while something was done. */
  const watching = async (act: () => Promise<void>) => {
    const watches = vips.map((vip) => bench.watchHolders(vip));
    await act();
    return Promise.all(watches.map(async (watch) => watch.stop()));
  };
  const attack = async (sources: readonly string[], ms: number, priorities: readonly number[] = [0, 255]) =>
    watching(async () => {
      const end = forge(bench.lab, everyAdvert(routerId(), sources, priorities));
      await pause(ms);
      await end();
    });
  const quiet = { longestNoneMs: 0, twoMs: 0, moves: 0 };
  const findings = async (): Promise<string> => (await bench.cli(['status', tutorial, '--verbose'])).stdout;

  it('keeps every VIP where it is while a neighbour forges all kinds of adverts, and tells of them', async () => {
    expect(await bench.everywhere(loaded)).toEqual(['1', '1', '1']);
    expect(await findings()).not.toMatch(/guard|adverts/);
    const seen = await attack([...nodes.map(({ address }) => address), neighbour], 5000);
    expect(seen).toEqual([quiet, quiet]);
    expect(await findings()).toMatch(/warning\[adverts-dropped\] on cp1/);
  });

  it('lets no user, and no pod, of a node say that it holds a VIP', () => {
    // What the other node answers; nothing where it is not reached.
    const claim = `curl -s -o /dev/null --max-time 2 -w '%{http_code}' http://${nodes[1]?.address}:7444/claim/${vips[0]}/cp1 || :`;
    expect(bench.on('cp1', claim)).toMatch(/^(200|409)$/);
    expect(bench.on('cp1', `runuser -u nobody -- ${claim}`)).toBe('000');
    // A pod as a bridge makes it: its packets leave with the node's address.
    bench.on(
      'cp1',
      `ip netns add pod && ip link add pod0 type veth peer name eth0 netns pod
ip address add 10.88.0.1/24 dev pod0 && ip link set pod0 up
ip -n pod address add 10.88.0.2/24 dev eth0 && ip -n pod link set eth0 up && ip -n pod route add default via 10.88.0.1
sysctl -qw net.ipv4.ip_forward=1
nft 'add table ip pods; add chain ip pods out { type nat hook postrouting priority srcnat; }; add rule ip pods out ip saddr 10.88.0.0/24 oifname eth0 masquerade'`,
    );
    const end = 'ip netns del pod; nft delete table ip pods; sysctl -qw net.ipv4.ip_forward=0';
    try {
      const inPod = `ip netns exec pod ${claim}`;
      expect(bench.on('cp1', inPod)).toBe('000');
      // Without the rule it is heard: the test can fail.
      bench.on('cp1', 'nft flush chain inet k8s_ha claims');
      expect(bench.on('cp1', inPod)).toMatch(/^(200|409)$/);
      expect(bench.on('cp1', `runuser -u nobody -- ${claim}`)).toMatch(/^(200|409)$/);
    } finally {
      bench.on('cp1', `${end}; nft -f /etc/k8s-ha/guard.nft`);
    }
  });

  it('is found missing after somebody flushed all rules, and comes back without a VIP that moves', async () => {
    bench.on('cp1', 'nft flush ruleset');
    expect(await findings()).toMatch(/warning\[guard-not-loaded\] on cp1/);
    const seen = await watching(async () => {
      await good(bench, ['apply', tutorial, '--yes']);
    });
    expect(seen).toEqual([quiet, quiet]);
    expect(bench.on('cp1', loaded)).toBe('1');
    await good(bench, ['plan', tutorial, '--exit-code']);
  });

  it('is there after a reboot', async () => {
    const node = nodes.find(({ name }) => vips.every((vip) => bench.on(name, `ip -o address show to ${vip}`) === ''));
    expect(node).toBeDefined();
    bench.on(node?.name ?? '', 'systemctl --no-block reboot');
    const booted = `systemctl is-active k8s-ha-keepalived; cut -d. -f1 /proc/uptime >/dev/null; ${loaded}`;
    await pause(3000);
    await expect.poll(() => bench.on(node?.name ?? '', booted), { timeout: 60_000, interval: 1000 }).toBe('active\n1');
    // Its API server is ready a little later.
    await expect.poll(async () => (await bench.cli(['status', tutorial])).rc, { timeout: 60_000 }).toBe(0);
  });

  it('does not let a node that the others do not hear hold a VIP, and hears it again after the next apply', async () => {
    const seen = await watching(async () => {
      const node = nodes.find(({ name }) => vips.every((vip) => bench.on(name, `ip -o address show to ${vip}`) === ''));
      const { name = '' } = node ?? {};
      const mac = bench.on(name, 'cat /sys/class/net/eth0/address');
      const becomes = async (address: string): Promise<void> => {
        // The others find the new one at once, as after the start of a machine with another card.
        bench.on(name, `ip link set eth0 address ${address}`);
        await bench.everywhere('ip neigh flush dev eth0');
        await pause(4000);
        expect(await findings()).toMatch(new RegExp(`error\\[mac-changed\\] on ${name}`));
        expect(await findings()).toMatch(new RegExp(`error\\[instance-fault\\] on ${name}`));
        await good(bench, ['apply', tutorial, '--yes']);
        expect((await bench.cli(['status', tutorial])).rc).toBe(0);
      };
      await becomes('02:00:00:00:00:99');
      await becomes(mac);
    });
    expect(seen).toEqual([quiet, quiet]);
  });

  it('goes by one key with no VIP that moves; then the same adverts take the VIPs away; a rollback brings it back', async () => {
    const without = bench.clusterFile('without.yaml', (text) => `${text}guard: off\n`);
    const off = await watching(async () => {
      await good(bench, ['apply', without, '--yes']);
    });
    expect(off).toEqual([quiet, quiet]);
    expect(await bench.everywhere(loaded)).toEqual(['0', '0', '0']);
    // Without "I give it up" in between: each node believes that another one has the VIPs, as long as this lasts.
    const taken = await attack(
      nodes.map(({ address }) => address),
      3000,
      [255],
    );
    for (const { longestNoneMs } of taken) expect(longestNoneMs).toBeGreaterThan(500);
    await expect
      .poll(async () => (await bench.cli(['status', without])).rc, { timeout: 30_000, interval: 1000 })
      .toBe(0);
    await good(bench, ['rollback', tutorial, '--yes']);
    expect(await bench.everywhere(loaded)).toEqual(['1', '1', '1']);
    const seen = await attack(
      nodes.map(({ address }) => address),
      3000,
    );
    expect(seen).toEqual([quiet, quiet]);
  });

  it('leaves nothing behind', async () => {
    await good(bench, ['remove', tutorial, '--yes']);
    expect(await bench.everywhere('nft list tables')).toEqual(['', '', '']);
  });
});
