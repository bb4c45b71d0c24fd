import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labPowerOff } from '../../src/lab/lab.ts';
import { createBench, type Bench } from './support/bench.ts';
import { changeUnderLoad } from './support/change.ts';
import { good } from './support/killed.ts';
import { defaults, fileText, machines, type Settings } from './support/file.ts';
import { startLoad, type Load } from './support/load.ts';

const vip = '172.16.100.100';
const four = { ...defaults, nodes: machines(1, 2, 3, 4) };
const five = { ...defaults, nodes: machines(1, 2, 3, 4, 5) };

/** Everything of k8s-ha is gone, packages too, as on a machine that was installed again. The base image has the packages' files. */
const wipe = `systemctl disable -q --now k8s-ha-keepalived k8s-ha-haproxy
rm -rf /etc/k8s-ha /run/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-*
systemctl daemon-reload
DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge keepalived haproxy socat >/dev/null`;

describe('a cluster of three becomes one of five and one of three again, under load', () => {
  let bench: Bench;
  let load: Load;
  const fileOf = (settings: Settings): string => bench.clusterFile('members.yaml', () => fileText(settings));
  const holders = (): string[] =>
    ['cp1', 'cp2', 'cp3', 'cp4'].filter((node) => bench.on(node, `ip -o address show to ${vip}`) !== '');

  beforeAll(async () => {
    bench = await createBench('members', { nodes: 5 });
    const ran = await bench.cli(['apply', fileOf(defaults), '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
    load = await startLoad(bench, vip);
  });
  afterAll(async () => bench.down());

  it('two nodes join: they count first and elect last, and no client notices', async () => {
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(five));
    expect(announced).toMatchObject({ handover: false, gapMs: 0 });
    for (const node of ['cp1', 'cp4'])
      expect(bench.on(node, "grep -c 'min_ttl' /etc/k8s-ha/keepalived.conf"), node).toBe('8');
  });

  // Minutes, with LOAD=full: nodes that join are new to the others too.
  const replaced = ['cp1', 'cp2', 'cp3', 'cp4', 'cp5'];

  it.runIf(process.env['LOAD'] === 'full')(
    'nodes are replaced, packages and all',
    async () => {
      for (const name of replaced) {
        await good(bench, ['drain', fileOf(five), name, '--sessions', '0']);
        bench.on(name, wipe);
        const { announced } = await changeUnderLoad(bench, load, vip, fileOf(five));
        expect(announced).toMatchObject({ handover: false, gapMs: 0 });
        await good(bench, ['undrain', fileOf(five), name]);
      }
      await good(bench, ['plan', fileOf(five), '--exit-code']);
    },
    900_000,
  );

  it('a dead node is refused, and can be left out on purpose', async () => {
    expect(await labPowerOff(bench.lab, 'cp5')).toMatchObject({ ok: true });
    const refused = await bench.cli(['plan', fileOf(four)]);
    expect(refused.rc).toBe(1);
    expect(refused.stderr).toContain('--without cp5');
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(four), ['--without', 'cp5']);
    expect(announced.effects.some((effect) => effect.startsWith('cp5'))).toBe(false);
    expect(holders()).toHaveLength(1);
    await good(bench, ['plan', fileOf(four), '--exit-code']);
  });

  it('a node leaves that holds the VIP: one handover, and nothing is left on it', async () => {
    // The VIP goes to cp4, where nobody else may take it.
    for (const node of ['cp1', 'cp2', 'cp3']) bench.on(node, 'echo 1 test >/run/k8s-ha/yield-172.16.100.100');
    await expect.poll(holders, { timeout: 20_000 }).toEqual(['cp4']);
    for (const node of ['cp1', 'cp2', 'cp3']) bench.on(node, 'echo 0 >/run/k8s-ha/yield-172.16.100.100');
    const { announced, moves } = await changeUnderLoad(bench, load, vip, fileOf(defaults));
    expect(announced.handover).toBe(true);
    expect(moves).toBe(1);
    const left = 'ls -d /etc/k8s-ha /var/lib/k8s-ha /etc/systemd/system/k8s-ha-* 2>/dev/null; true';
    expect(bench.on('cp4', left)).toBe('');
  });

  it('lost no acknowledged write in all of this', async () => {
    const audit = await load.stop();
    expect(audit).toMatchObject({ lost: [] });
    expect(audit?.acknowledged).toBeGreaterThan(100);
  });
});
