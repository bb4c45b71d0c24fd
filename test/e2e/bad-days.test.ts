import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { createSharedBench, type Bench, type Ran } from './support/bench.ts';

function clientAddress({ state }: Bench, verb: 'add' | 'del', address: string): void {
  void spawnSync('ip', ['-n', state.client.namespace, 'address', verb, `${address}/16`, 'dev', 'eth0']);
}

/** A firewall that answers so where the others ask. */
function firewall(verdict: string): string {
  return `nft 'table inet firewall { chain input { type filter hook input priority filter; policy accept; tcp dport { 6443, 7443, 7444 } ${verdict}; }; }'`;
}

/** Each day is made in the lab, met by `apply`, and healed; the nodes must be as they were. */
describe('apply on a bad day changes nothing and says what to do', () => {
  let bench: Bench;
  let tutorial: string;
  const heals: (() => void)[] = [];

  beforeAll(async () => {
    bench = await createSharedBench('bad', { packages: false });
    tutorial = bench.clusterFile('tutorial.yaml');
  });
  afterEach(() => {
    for (const heal of heals.splice(0).toReversed()) heal();
    for (const node of ['cp1', 'cp2', 'cp3']) {
      const left = bench.on(node, 'ls -d /etc/k8s-ha /etc/systemd/system/k8s-ha-* /run/k8s-ha/lock 2>/dev/null; true');
      if (left !== '') throw new Error(`left on ${node}: ${left}`);
    }
  });
  afterAll(async () => bench.down());

  const breaks = (node: string, command: string, heal: string): void => {
    heals.push(() => void bench.on(node, heal));
    bench.on(node, command);
  };

  /** `apply` must refuse with this rule, and name this node, reason or remedy. */
  const refused = async (rule: string, words: readonly (string | RegExp)[], file = tutorial): Promise<Ran> => {
    const ran = await bench.cli(['apply', file, '--yes']);
    expect(ran.rc, ran.stderr).toBe(1);
    expect(ran.stderr).toContain(`[${rule}]`);
    for (const word of words) expect(ran.stderr).toMatch(word);
    return ran;
  };

  const ssh = (text: string): string =>
    bench.clusterFile('ssh.yaml', (tutorialText) => tutorialText.replace(/ssh:\n {2}user: root\n/, text));

  it('a program is missing and there is no apt, or it is too old', async () => {
    breaks('cp1', 'mv /usr/bin/apt-get /usr/bin/apt-get.away', 'mv /usr/bin/apt-get.away /usr/bin/apt-get');
    await refused('program-missing', [/on cp1/, /keepalived is not installed/, /package manager/]);
    const old = `printf '#!/bin/sh\\necho Keepalived v2.0.10\\n' >/usr/local/sbin/keepalived; chmod 755 /usr/local/sbin/keepalived`;
    breaks('cp2', old, 'rm /usr/local/sbin/keepalived');
    await refused('program-too-old', [/on cp2/, /keepalived 2\.0\.10 is too old: 2\.2\.4 or newer/]);
  });

  it('packages cannot be fetched', async () => {
    breaks('cp3', 'mv /opt/k8s-ha-lab/debs /opt/k8s-ha-lab/away', 'mv /opt/k8s-ha-lab/away /opt/k8s-ha-lab/debs');
    await refused('install-failed', [/on cp3/, /cannot get packages|by hand/]);
  });

  it('the disk is full', async () => {
    const full = 'mkdir /etc/k8s-ha && mount -t tmpfs -o size=4k tmpfs /etc/k8s-ha';
    breaks('cp1', full, 'umount /etc/k8s-ha; rmdir /etc/k8s-ha');
    await refused('stage-failed', [/on cp1/, /No space left/, /free some space/]);
    // The other nodes had their files beside the old ones already, and lost them again.
    for (const node of ['cp2', 'cp3']) expect(bench.on(node, 'ls -A /etc/k8s-ha; rmdir /etc/k8s-ha')).toBe('');
  });

  it('ssh is refused', async () => {
    breaks('cp2', 'systemctl --no-block stop ssh; sleep 0.3', 'true');
    heals.splice(0);
    const ran = await bench.cli(['apply', tutorial, '--yes']);
    await labPowerOff(bench.lab, 'cp2');
    expect(await labPowerOn(bench.lab, 'cp2')).toMatchObject({ ok: true });
    expect(ran.rc).toBe(1);
    expect(ran.stderr).toMatch(/on cp2[^]*cannot be reached[^]*ssh 172\.16\.217\.172 true/);
  });

  it('a host key has changed', async () => {
    const file = join(bench.state.sshConfig, '..', 'known_hosts');
    const good = readFileSync(file, 'utf8');
    const keys = good.trim().split('\n');
    heals.push(() => writeFileSync(file, good));
    // cp1 with cp2's key, as when a machine was replaced.
    writeFileSync(
      file,
      [`cp1,172.16.217.171 ${keys[1]?.split(' ').slice(1).join(' ')}`, ...keys.slice(1), ''].join('\n'),
    );
    await refused('lock-failed', [
      /host key of cp1 \(172\.16\.217\.171\) has changed/,
      /ssh-keygen -R 172\.16\.217\.171/,
    ]);
  });

  it('no key is accepted, and nobody is there to type a password', async () => {
    const file = ssh('ssh:\n  user: root\n  options: { PubkeyAuthentication: false }\n');
    const ran = await refused('lock-failed', [/refused the login/, /ssh-copy-id/], file);
    expect(ran.tookMs).toBeLessThan(20_000);
  });

  it('the login may not become root', async () => {
    await refused(
      'lock-failed',
      [/may not become root without a password/, /passwordless sudo/],
      ssh('ssh:\n  user: nosudo\n'),
    );
  });

  it('/etc is read-only', async () => {
    breaks('cp3', 'mount --bind /etc /etc && mount -o remount,ro,bind /etc', 'umount /etc');
    await refused('etc-read-only', [/on cp3/, /remount,rw/]);
  });

  it('another operator works on the cluster', async () => {
    const lock = { token: 'aa', owner: 'ada', machine: 'elsewhere', pid: 7, action: 'apply', since: 1 };
    breaks('cp2', `mkdir -p /run/k8s-ha && echo '${JSON.stringify(lock)}' >/run/k8s-ha/lock`, 'rm -f /run/k8s-ha/lock');
    await refused('locked', [/ada on elsewhere/, /--break-lock/]);
    expect(bench.on('cp1', 'ls /run/k8s-ha/lock 2>/dev/null; true')).toBe('');
  });

  it('the port is taken', async () => {
    const listen = `systemd-run -q --unit=squatter /opt/k8s-ha-lab/bin/node -e "require('net').createServer().listen(7443)"; sleep 0.5`;
    breaks('cp2', listen, 'systemctl stop squatter');
    await refused('port-taken', [/on cp2/, /port 7443 is taken: node/, /endpoint\.port/]);
  });

  it("a firewall keeps a node's ports from the others", async () => {
    breaks('cp2', firewall('drop'), 'nft delete table inet firewall');
    await refused('firewall-closed', [
      /on cp2/,
      /TCP port 7444 is not reached from cp1, cp3; TCP port 7443 is not reached from cp1, cp3/,
      /IP protocol 112 \(VRRP\) from 172\.16\.217\.171, 172\.16\.217\.173/,
    ]);
    // As firewalld and ufw answer.
    heals.splice(0).forEach((heal) => heal());
    breaks('cp3', firewall('reject with icmpx admin-prohibited'), 'nft delete table inet firewall');
    const ufw = 'mkdir -p /etc/ufw && echo ENABLED=yes >/etc/ufw/ufw.conf';
    breaks('cp3', ufw, 'rm -r /etc/ufw');
    const ran = await refused('firewall-closed', [/on cp3/, /ufw allow from 172\.16\.217\.171 proto vrrp/]);
    expect(ran.stderr).not.toMatch(/firewall-closed\] on cp[12]/);
  });

  it('nodes do not share a segment', async () => {
    const route = '172.16.217.172/32 via 172.16.217.171';
    breaks('cp3', `ip route add ${route}`, `ip route del ${route}`);
    const ran = await refused('nodes-apart', [
      /on cp3/,
      /cp2 \(172\.16\.217\.172\) is behind the router 172\.16\.217\.171, on another segment/,
      /BGP or anycast/,
    ]);
    expect(ran.stderr).not.toMatch(/nodes-apart\] on cp[12]/);
    // One prefix, and two wires.
    heals.splice(0).forEach((heal) => heal());
    breaks(
      'cp2',
      'nft "table arp apart { chain input { type filter hook input priority 0; arp saddr ip 172.16.217.173 drop; }; }"',
      'nft delete table arp apart',
    );
    bench.on('cp2', 'ip neigh flush to 172.16.217.173');
    const wires = await refused('nodes-apart', [
      /on cp2/,
      /nobody answers on the node's segment for 172\.16\.217\.173, which is cp3/,
    ]);
    expect(wires.stderr).not.toContain('firewall-closed');
  });

  it('somebody else answers for the VIP', async () => {
    heals.push(() => clientAddress(bench, 'del', '172.16.100.100'));
    clientAddress(bench, 'add', '172.16.100.100');
    await refused('vip-taken', [/172\.16\.100\.100 is already answered on the wire by 02:00:/, /none of the nodes/]);
  });

  it('a VIP lies outside of every prefix, or a node has another address', async () => {
    const outside = bench.clusterFile('outside.yaml', (text) => text.replace('172.16.100.101', '172.17.0.1'));
    await refused(
      'vip-outside-prefix',
      [/172\.17\.0\.1 is in none of the prefixes of eth0: 172\.16\.217\.171\/16/],
      outside,
    );
  });
});
