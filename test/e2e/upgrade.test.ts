import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import { createBench, probesPerSecond, type Bench, type Ran } from './support/bench.ts';
import { keptClients } from './support/kept-clients.ts';
import { killedAndFinished } from './support/killed.ts';
import { bump, bumpCommand } from './support/packages.ts';

const vip = '172.16.100.100';
const nodes = ['cp1', 'cp2', 'cp3'] as const;

function good(ran: Ran): Ran {
  expect(ran.rc, `${ran.stderr}\n${ran.stdout}`).toBe(0);
  return ran;
}

describe('packages on three machines', () => {
  let bench: Bench;
  let file: string;
  const version = (node: string, name: string): string => bench.on(node, `dpkg-query -W -f '\${Version}' ${name}`);

  beforeAll(async () => {
    bench = await createBench('upgrade');
    file = bench.clusterFile('tutorial.yaml');
    good(await bench.cli(['apply', file, '--yes']));
  });
  afterAll(async () => bench.down());

  it('have nothing to upgrade as long as the sources have nothing newer', async () => {
    expect(good(await bench.cli(['upgrade', file, '--yes'])).stdout).toContain('no node can get a newer version');
  });

  it('are upgraded node by node, holders last, and clients lose no more than one handover of each VIP', async () => {
    await bump(bench, ['haproxy', 'keepalived'], '+k8sha1');
    const before = nodes.map((node) =>
      bench.on(node, 'systemctl show -p MainPID --value k8s-ha-haproxy k8s-ha-keepalived'),
    );
    const prober = await bench.startProber();
    const holders = bench.watchHolders(vip);
    const ran = good(await bench.cli(['upgrade', file, '--yes']));
    const seen = await holders.stop();
    const { samples } = await prober.stop();
    expect(ran.stderr).toMatch(/3 nodes are upgraded, in this order[^]*cp3\n[^]*cp2\n[^]*cp1\n/);
    expect(ran.stdout).toContain('upgraded; every gate passed');
    for (const node of nodes)
      for (const name of ['haproxy', 'keepalived']) expect(version(node, name)).toMatch(/\+k8sha1$/);
    const after = nodes.map((node) =>
      bench.on(node, 'systemctl show -p MainPID --value k8s-ha-haproxy k8s-ha-keepalived'),
    );
    for (const [index, pids] of after.entries()) expect(pids).not.toBe(before[index]);
    // One announced handover; what it may cost is in the predictions: a connection in the moment of the move.
    expect(seen).toMatchObject({ moves: 1 });
    expect(seen.longestNoneMs).toBeLessThan(50);
    const loss = outage(samples, { ratePerSecond: probesPerSecond });
    expect(loss.probes).toBeGreaterThan(200);
    // 50 ms of them.
    expect(loss.failed, JSON.stringify(loss)).toBeLessThanOrEqual(2);
    good(await bench.cli(['plan', file, '--exit-code']));
    for (const node of nodes)
      expect(
        bench.on(node, 'systemctl is-enabled haproxy keepalived; systemctl is-active haproxy keepalived; true'),
      ).toBe('disabled\ndisabled\ninactive\ninactive');
  }, 300_000);

  it('that were upgraded by somebody else run their old programs: status says so, and apply restarts them', async () => {
    bench.on(
      'cp3',
      `${bumpCommand('haproxy', '+k8sha2')}
apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --only-upgrade haproxy >/dev/null 2>&1`,
    );
    const status = await bench.cli(['status', file, '--verbose']);
    expect(status.stdout).toMatch(
      /old-program-runs\] on cp3\n.*HAProxy runs 2\.\d+\.\d+ from a package that was replaced/,
    );
    const plan = JSON.parse((await bench.cli(['plan', file, '-o', 'json'])).stdout);
    expect(plan.nodes).toMatchObject([{ node: 'cp3', haproxy: 'restart', keepalived: 'none', changes: [] }]);
    good(await bench.cli(['apply', file, '--yes']));
    expect((await bench.cli(['status', file])).stdout).not.toContain('old-program-runs');
  }, 300_000);

  it('whose upgrade was killed with SIGKILL are upgraded by the next one, and the address answers throughout', async () => {
    const prober = await bench.startProber(50);
    const holders = bench.watchHolders(vip);
    await bump(bench, ['haproxy'], '+k8sha3');
    await killedAndFinished(bench, ['upgrade', file, '--yes'], /upgrade haproxy to/);
    good(await bench.cli(['plan', file, '--exit-code']));
    for (const node of nodes) expect(version(node, 'haproxy')).toContain('+k8sha3');
    good(await bench.cli(['status', file]));
    expect((await holders.stop()).longestNoneMs).toBeLessThan(1000);
    expect(outage((await prober.stop()).samples, { ratePerSecond: 50 }).outageMs).toBeLessThan(1000);
  }, 300_000);

  it('that do not work stop the upgrade at the first node, which gets its old package back', async () => {
    const broken = "printf '#!/bin/sh\\necho broken >&2; exit 1\\n' >usr/sbin/keepalived";
    await bump(bench, ['keepalived'], '+k8sha4', broken);
    const ran = await bench.cli(['upgrade', file, '--package', 'keepalived', '--yes']);
    expect(ran.rc).toBe(1);
    expect(ran.stderr).toMatch(/refused-by-node\] on cp\d/);
    expect(ran.stderr).toMatch(/it has keepalived .*\+k8sha1 again, and every gate passed/);
    for (const node of nodes) expect(version(node, 'keepalived')).toMatch(/\+k8sha1$/);
    good(await bench.cli(['plan', file, '--exit-code']));
    const older = await bench.cli(['upgrade', file, '--package', 'keepalived', '--to', '1:1.0-1', '--yes']);
    expect(older).toMatchObject({
      rc: 1,
      stderr: expect.stringMatching(/keepalived 1:1\.0-1 is not available on the node/),
    });
  }, 300_000);

  it('cut no connection that is in use where the cluster file wants them kept', async () => {
    const keeps = bench.clusterFile('keeps.yaml', (text) =>
      text.replace('target: 500ms', 'target: 500ms\n  keepConnections: true'),
    );
    good(await bench.cli(['apply', keeps, '--yes']));
    const [clients, prober] = [await keptClients(bench, vip, 20), await bench.startProber()];
    await bump(bench, ['haproxy', 'keepalived'], '+k8sha5');
    good(await bench.cli(['upgrade', keeps, '--yes']));
    for (const node of nodes)
      for (const name of ['haproxy', 'keepalived']) expect(version(node, name)).toMatch(/\+k8sha5$/);
    good(await bench.cli(['plan', keeps, '--exit-code']));
    const { samples } = await prober.stop();
    expect(await clients.stop()).toMatchObject({ kept: 20, hung: 0, ended: [] });
    expect(outage(samples, { ratePerSecond: probesPerSecond }).failed).toBe(0);
  }, 300_000);
});
