import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBench, type Bench } from './support/bench.ts';
import { changeUnderLoad } from './support/change.ts';
import { defaults, fileText, type Settings } from './support/file.ts';
import { startLoad, type Load } from './support/load.ts';
import { expectAsPredicted } from './support/predicted.ts';

const vip = '172.16.100.100';

/** cp1 and cp3 are Debian 12 (keepalived 2.2, HAProxy 2.6), cp2 is Debian 13 (keepalived 2.3, HAProxy 3.0). */
const debian = ['bookworm', 'trixie'];
const changed = { ...defaults, target: '700ms', vips: [...defaults.vips, '172.16.100.102'] };

describe('a cluster of mixed versions, as in the middle of an upgrade of the machines', () => {
  let bench: Bench;
  let load: Load;
  const fileOf = (settings: Settings): string => bench.clusterFile('mixed.yaml', () => fileText(settings));

  beforeAll(async () => {
    bench = await createBench('mixed', { debian });
    const ran = await bench.cli(['apply', fileOf(defaults), '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
    load = await startLoad(bench, vip);
  }, 600_000);
  afterAll(async () => bench.down());

  it('has files of each node’s own version, and is well', async () => {
    const head = (node: string): string => bench.on(node, 'head -n 1 /etc/k8s-ha/keepalived.conf');
    expect(head('cp1')).toContain('for keepalived 2.2.');
    expect(head('cp2')).toContain('for keepalived 2.3.');
    const status = await bench.cli(['status', fileOf(defaults)]);
    expect(status.rc, status.stdout).toBe(0);
  });

  it('takes slower timers and a VIP more, of which nodes with keepalived before 2.3.3 hear only once they know it', async () => {
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(changed));
    expect(announced.gapMs).toBe(0);
  });

  it('loses no acknowledged write in all of this', async () => {
    const audit = await load.stop();
    expect(audit).toMatchObject({ lost: [] });
    expect(audit?.acknowledged).toBeGreaterThan(50);
  });

  // cp1's versions are those of the labs that the other drills are run in.
  it('heals with the VIP on cp2, within what was predicted', async () => {
    for (const other of ['cp1', 'cp3']) bench.on(other, 'echo 1 test >/run/k8s-ha/yield-172.16.100.100');
    await expect.poll(() => bench.on('cp2', `ip -o address show to ${vip}`), { timeout: 20_000 }).not.toBe('');
    for (const other of ['cp1', 'cp3']) bench.on(other, 'echo 0 >/run/k8s-ha/yield-172.16.100.100');
    await expectAsPredicted(bench, fileOf(changed), ['haproxy-killed', 'node-lost']);
  }, 400_000);
});
