import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownImage } from '../../src/index.ts';
import { createBench, type Bench } from './support/bench.ts';
import { changeUnderLoad } from './support/change.ts';
import { expectAsPredicted } from './support/predicted.ts';
import { startLoad, type Load } from './support/load.ts';

const vip = '172.16.100.100';
const containers = 'k8s-ha-haproxy\nk8s-ha-keepalived';

/** Faults whose clean-up systemd does for packages and the containers' own first process for these. */
const broken = ['haproxy-killed', 'haproxy-hung', 'keepalived-killed', 'keepalived-hung'];

describe('HAProxy and keepalived in containers of podman', () => {
  let bench: Bench;
  let load: Load | undefined;
  let file: string;
  let packages: string;
  const names = (): readonly string[] => bench.state.nodes.map(({ name }) => name);
  const running = (node: string): string => bench.on(node, "podman ps --format '{{.Names}}' | sort");

  beforeAll(async () => {
    // podman 4.3 and 5.
    const podman = { image: ownImage.name, containerfile: ownImage.containerfile };
    bench = await createBench('podman', { podman, debian: ['bookworm', 'trixie'] });
    packages = bench.clusterFile('packages.yaml');
    file = bench.clusterFile('podman.yaml', (text) => `${text}runtime: podman\n`);
  });
  afterAll(async () => bench.down());

  it('are refused where the image cannot be had, and nothing is changed', async () => {
    const absent = bench.clusterFile(
      'absent.yaml',
      (text) => `${text}runtime: podman\nimages:\n  haproxy: registry.invalid/haproxy:1\n`,
    );
    const ran = await bench.cli(['apply', absent, '--yes']);
    expect(ran.rc).toBe(1);
    expect(ran.stderr).toContain('pull the image registry.invalid/haproxy:1 failed');
    for (const node of names()) expect(bench.on(node, 'ls -A /etc/k8s-ha 2>/dev/null || :')).toBe('');
  });

  it('serve, with no package of either program on the nodes, and a second plan is empty', async () => {
    const ran = await bench.cli(['apply', file, '--yes']);
    expect(ran.rc, ran.stderr).toBe(0);
    for (const node of names()) {
      expect(running(node)).toBe(containers);
      expect(bench.on(node, 'command -v haproxy keepalived || :')).toBe('');
    }
    expect((await bench.cli(['plan', file, '--exit-code'])).rc).toBe(0);
    const status = await bench.cli(['status', file]);
    expect(status.rc, status.stdout + status.stderr).toBe(0);
    expect(bench.on('cp1', `curl -s --cacert /etc/kubernetes/pki/ca.crt https://${vip}:7443/readyz`)).toBe('ok');
  });

  it('can do little on the host: no capability but what each needs, and nothing to write but the run folder', () => {
    const capabilities = (file: string): string =>
      bench.on('cp1', `grep CapBnd "/proc/$(cat /run/k8s-ha/${file})/status" | cut -f2`);
    // capabilities(7): KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10, NET_BROADCAST 11, NET_ADMIN 12, NET_RAW 13, IPC_LOCK 14.
    expect(Number.parseInt(capabilities('haproxy.pid'), 16)).toBe(0b0000_0100_1110_0000);
    expect(Number.parseInt(capabilities('keepalived.pid'), 16)).toBe(0b0111_1000_1110_0000);
    const write = bench.on('cp1', 'podman exec k8s-ha-haproxy sh -c "echo > /etc/k8s-ha/x; echo > /usr/x" 2>&1 || :');
    expect(write.match(/Read-only file system/g)).toHaveLength(2);
  });

  it('cost what was predicted when they break', async () => {
    await expectAsPredicted(bench, file, broken);
    for (const node of names()) expect(running(node)).toBe(containers);
  }, 900_000);

  it('become packages and containers again under load, with a handover that is announced', async () => {
    load = await startLoad(bench, vip);
    const away = await changeUnderLoad(bench, load, vip, packages);
    expect(away.announced).toMatchObject({ handover: true, gapMs: 0 });
    for (const node of names()) {
      expect(running(node)).toBe('');
      expect(bench.on(node, 'ls /etc/k8s-ha/run-* 2>/dev/null || :')).toBe('');
    }
    const back = await changeUnderLoad(bench, load, vip, file);
    expect(back.announced).toMatchObject({ handover: true, gapMs: 0 });
    for (const node of names()) expect(running(node)).toBe(containers);
    expect(await load.stop()).toMatchObject({ lost: [] });
  }, 300_000);

  it('are not upgraded as packages: the reason is told', async () => {
    const ran = await bench.cli(['upgrade', file, '--yes']);
    expect(ran.rc).toBe(1);
    expect(ran.stderr).toContain('there is no package to upgrade');
  });

  it('are gone when they are removed, and nothing of them is left', async () => {
    const ran = await bench.cli(['remove', file, '--yes']);
    expect(ran.rc, ran.stderr).toBe(0);
    for (const node of names()) {
      expect(bench.on(node, 'podman ps --all --quiet')).toBe('');
      expect(bench.on(node, 'ls -d /etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha 2>/dev/null || :')).toBe('');
      expect(bench.on(node, `ip -o address show to ${vip}`)).toBe('');
    }
  });
});
