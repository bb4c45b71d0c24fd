import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBench, type Bench } from './support/bench.ts';
import { faults } from '../../src/drill/faults/index.ts';
import { good } from './support/killed.ts';
import { expectAsPredicted, told } from './support/predicted.ts';
import { anonymousFile, createKubernetesBench, drillEnvironment, refuseAnonymous } from './support/kubernetes.ts';

const vips = ['172.16.100.100', '172.16.100.101'];

/**
 * One drill of each kind: nothing moves, a handover, packets of the nodes that stop. Or FAULTS: some, or `all`, with real API
 * servers, which refuse anonymous requests (as in kubernetes.test.ts).
 */
const real = process.env['FAULTS'] !== undefined;
const named = process.env['FAULTS'] ?? 'network-restarted drained cut-from-peers';
const wanted = named === 'all' ? faults.map(({ name }) => name) : named.split(' ');
const drillsMs = wanted.length * 120_000;

const findingsSchema = z.object({
  findings: z.array(
    z.object({ rule: z.string(), node: z.string().optional(), message: z.string(), suggestion: z.string().optional() }),
  ),
});

/** What people have on their nodes: each has its own, and lets in what Kubernetes itself needs. */
const machines: Readonly<Record<string, string>> = {
  cp1: `${install('firewalld iptables')}
systemctl start firewalld || { journalctl -n 20 -u firewalld >&2; exit 1; }
firewall-cmd --permanent --add-port=2379-2380/tcp && firewall-cmd --reload`,
  cp2: `${install('ufw')}
ufw allow 22/tcp && ufw allow 2379:2380/tcp && ufw --force enable`,
  cp3: install('network-manager'),
};

function install(name: string): string {
  return `apt-get install -qy ${name} socat >/tmp/apt.log 2>&1 || { tail -n 5 /tmp/apt.log >&2; exit 1; }`;
}

/** systemd-networkd has the interface, as it is, and after a reboot too. */
const networkd = `systemctl unmask systemd-networkd
systemctl enable systemd-networkd
address=$(ip -4 -o address show dev eth0 | awk '{ print $4; exit }')
printf '[Match]\\nName=eth0\\n[Network]\\nAddress=%s\\n' "$address" >/etc/systemd/network/10-eth0.network
systemctl start systemd-networkd`;

const networkManager = `address=$(ip -4 -o address show dev eth0 | awk '{ print $4; exit }')
file=/etc/NetworkManager/system-connections/lan.nmconnection
printf '[connection]\\nid=lan\\ntype=ethernet\\ninterface-name=eth0\\n[ipv4]\\nmethod=manual\\naddress1=%s\\n[ipv6]\\nmethod=disabled\\n' "$address" >$file
chmod 600 $file
nmcli connection load $file && nmcli connection up lan`;

const services: Readonly<Record<string, string>> = {
  cp1: 'systemd-networkd',
  cp2: 'systemd-networkd',
  cp3: 'NetworkManager',
};

describe('a cluster with firewalld, ufw, NetworkManager and networkd', () => {
  let bench: Bench;
  let byHand: string;
  let managed: string;

  beforeAll(async () => {
    bench = real ? await refuseAnonymous(await createKubernetesBench('everywhere')) : await createBench('everywhere');
    byHand = bench.clusterFile('by-hand.yaml');
    managed = bench.clusterFile('managed.yaml', (text) => `${text}firewall: manage\n`);
    await Promise.all(
      Object.entries(machines).map(async ([node, command]) =>
        bench.everywhere(`[ "$(hostname)" != ${node} ] || { ${command}\n}`),
      ),
    );
    for (const node of ['cp1', 'cp2']) bench.on(node, networkd);
    bench.on('cp3', networkManager);
  }, 10 * 60_000);
  afterAll(async () => bench?.down());

  const live = async (file: string) =>
    findingsSchema.parse(JSON.parse((await bench.cli(['check', file, '--live', '-o', 'json'])).stdout)).findings;
  const walls = async (file: string) => (await live(file)).filter(({ rule }) => /^(firewall|vrrp)-/.test(rule));

  /** Nodes that have just changed, on a machine that is short of processors, take a moment to answer. */
  const well = async (file: string) =>
    expect
      .poll(async () => (await bench.cli(['status', file, '--wait'])).rc, { timeout: 60_000, interval: 1000 })
      .toBe(0);

  it('has every obstacle named before anything is applied, and each goes by the commands that are printed', async () => {
    const found = await live(real ? anonymousFile(bench) : byHand);
    expect(found.filter(({ rule }) => rule === 'anonymous-refused')).toHaveLength(real ? 3 : 0);
    const closed = found.filter(({ rule }) => rule === 'firewall-closed');
    expect(closed.map(({ node }) => node)).toEqual(['cp1', 'cp2']);
    for (const { message } of closed) {
      expect(message).toMatch(/TCP port 7444 is not reached from/);
      expect(message).toMatch(/TCP port 7443 is not reached from/);
      expect(message).toMatch(/TCP port 6443 is not reached from/);
      expect(message).toMatch(/IP protocol 112 \(VRRP\) is not reached from/);
    }
    for (const { node = '', suggestion = '' } of closed) {
      const [, commands = ''] = /^On the node, as root: (.*)\.$/.exec(suggestion) ?? [];
      bench.on(node, commands);
    }
    expect(await walls(byHand)).toEqual([]);
    // As they were, for what follows.
    bench.on(
      'cp1',
      `firewall-cmd --permanent --list-rich-rules | while read -r rule; do firewall-cmd --quiet --permanent --remove-rich-rule="$rule"; done; firewall-cmd --quiet --reload`,
    );
    bench.on(
      'cp2',
      `ufw show added | sed -n 's/^ufw \\(allow .*\\(7443\\|7444\\|6443\\|vrrp\\).*\\)$/\\1/p' | while read -r rule; do ufw delete $rule </dev/null; done`,
    );
  });

  it('has its firewalls opened by apply where the file says so', async () => {
    expect((await walls(managed)).map(({ rule, node }) => `${node} ${rule}`)).toEqual([
      'cp1 firewall-opens',
      'cp2 firewall-opens',
    ]);
    await good(bench, ['apply', managed, '--yes']);
    await well(managed);
    expect(bench.on('cp1', 'firewall-cmd --get-active-policies')).toContain('k8s-ha');
    expect(bench.on('cp2', 'ufw show added')).toContain("ufw allow from 172.16.217.171 proto vrrp comment 'k8s-ha'\n");
    // Nothing is done twice.
    expect((await bench.cli(['plan', managed])).stdout).toMatch(/nothing to do|in sync/i);
  });

  it('keeps them open over reloads of the firewalls, and tells of a rule that somebody removed', async () => {
    bench.on('cp1', 'firewall-cmd --quiet --reload');
    bench.on('cp2', 'ufw reload');
    await pause(3000);
    await well(managed);
    bench.on('cp2', 'ufw delete allow from 172.16.217.171 proto vrrp');
    bench.on(
      'cp1',
      'firewall-cmd --quiet --policy=k8s-ha --remove-rich-rule=\'rule port port="7443" protocol="tcp" accept\'',
    );
    const told = (await bench.cli(['status', managed, '--verbose'])).stdout;
    expect(told).toMatch(/firewall-not-loaded\] on cp1/);
    expect(told).toMatch(/firewall-not-loaded\] on cp2/);
    await good(bench, ['apply', managed, '--yes']);
    await well(managed);
  });

  it("moves no VIP while each node's network service restarts", async () => {
    const watches = vips.map((vip) => bench.watchHolders(vip));
    for (const [node, service] of Object.entries(services)) {
      bench.on(node, `systemctl restart ${service}`);
      await pause(1000);
    }
    const quiet = { longestNoneMs: 0, twoMs: 0, moves: 0 };
    expect(await Promise.all(watches.map(async (watch) => watch.stop()))).toEqual([quiet, quiet]);
  });

  it(
    'holds the drills',
    async () => {
      // Real API servers take half of what two processors have.
      const [power, rate] = real ? [drillEnvironment(bench), '20'] : [bench.power, '50'];
      const options = ['--allow-quorum-loss', '--rate', rate];
      const results = await expectAsPredicted({ ...bench, power }, managed, wanted, options);
      if (real) process.stdout.write(`${results.map(told).join('\n')}\n`);
    },
    drillsMs,
  );

  it('leaves nothing in the firewalls when it is removed', async () => {
    await good(bench, ['remove', managed, '--yes']);
    expect(bench.on('cp1', 'ls /etc/firewalld/policies; firewall-cmd --get-policies')).not.toContain('k8s-ha');
    const left = bench.on('cp2', 'ufw show added');
    expect(left).not.toMatch(/7443|7444|vrrp|k8s-ha/);
    expect(left).toContain('ufw allow 22/tcp');
  });
});
