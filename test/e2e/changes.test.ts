import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBench, type Bench } from './support/bench.ts';
import { changeUnderLoad } from './support/change.ts';
import { good } from './support/killed.ts';
import { defaults, fileText, machine, type Settings } from './support/file.ts';
import { startLoad, type Load } from './support/load.ts';

const vip = '172.16.100.100';

/**
 * Each changes what the one before it left, and those are together whose services do the same; what is announced is told by the
 * plan, and held against what clients lost. Each kind alone is planned and simulated elsewhere.
 */
const kinds: readonly { what: string; change: Partial<Settings>; handover?: true; gap?: true }[] = [
  {
    what: 'slower timers, pinned ones, no fencing, other names of nodes and priorities',
    change: {
      target: '3s',
      nodes: [1, 2, 3].map((n) => machine(n, { name: `node-${n}`, priority: 100 + 20 * n })),
      rest: ['  timers:', '    checkInterval: 700ms', "  fencing: 'off'"],
    },
  },
  {
    what: 'faster timers, by far: nodes listen first; fencing, and options of HAProxy and of keepalived',
    change: {
      target: '300ms',
      rest: ['haproxy:', '  maxConnections: 5000', 'keepalived:', '  extra: |', '    # mine'],
    },
    handover: true,
  },
  {
    what: 'another VIP in the place of one, one more, and preference for a node',
    change: { vips: [vip, '172.16.100.103', '172.16.100.102'], rest: ['  preempt: true'] },
    handover: true,
  },
  { what: 'the name of the cluster, and with it the router ids', change: { name: 'other' }, gap: true },
];

/** What an operator does who wants machines of their own on the node's network: the address moves to a bridge. */
function bridge(address: string): string {
  return `set -e
mac=$(cat /sys/class/net/eth0/address)
ip link add br0 address "$mac" type bridge
ip link set eth0 master br0
ip address del ${address}/16 dev eth0
ip address add ${address}/16 dev br0
ip link set br0 up`;
}

const caFile = '/etc/kubernetes/pki/ca.crt';

function newCa(): string {
  return spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=next -keyout /dev/null'.split(' '),
    { encoding: 'utf8' },
  ).stdout;
}

describe('a change under load loses nothing that its plan did not announce', () => {
  let bench: Bench;
  let load: Load;
  let settings = defaults;
  const fileOf = (next: Settings): string => bench.clusterFile('changes.yaml', () => fileText(next));

  beforeAll(async () => {
    bench = await createBench('changes');
    const ran = await bench.cli(['apply', fileOf(defaults), '--yes']);
    if (ran.rc !== 0) throw new Error(ran.stderr);
    load = await startLoad(bench, vip);
  });
  afterAll(async () => {
    await bench.down();
  });

  it.each(kinds)('$what', async ({ change, handover = false, gap = false }) => {
    settings = { ...settings, ...change };
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(settings));
    expect(announced.gapMs > 0, announced.effects.join('\n')).toBe(gap);
    expect(announced.handover, announced.effects.join('\n')).toBe(handover);
  });

  it("the API servers' CA: a file that has the next one too", async () => {
    const present = `${bench.on('cp1', `cat ${caFile}`)}\n`;
    const next = newCa();
    expect(next).toContain('BEGIN CERTIFICATE');
    for (const { name } of bench.state.nodes)
      bench.on(name, `echo ${Buffer.from(present + next).toString('base64')} | base64 -d >${caFile}`);
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(settings));
    expect(announced.effects).toHaveLength(3);
    expect(announced).toMatchObject({ handover: false, gapMs: 0 });
  });

  it("the interface: a node's becomes a port of a bridge while it is drained", async () => {
    const [{ name, address } = { name: '', address: '' }] = bench.state.nodes;
    await good(bench, ['drain', fileOf(settings), 'node-1', '--sessions', '0']);
    bench.on(name, bridge(address));
    const { announced } = await changeUnderLoad(bench, load, vip, fileOf(settings));
    expect(announced).toMatchObject({ handover: false, gapMs: 0 });
    await good(bench, ['undrain', fileOf(settings), 'node-1']);
    const onBridge = await bench.everywhere('grep -c "interface br0" /etc/k8s-ha/keepalived.conf || true');
    expect(onBridge).toEqual([String(settings.vips.length), '0', '0']);
  });

  it('lost no acknowledged write in all of this', async () => {
    const audit = await load.stop();
    expect(audit).toMatchObject({ lost: [] });
    expect(audit?.acknowledged).toBeGreaterThan(100);
  });

  it('the port of the endpoint: the former one is closed, as announced, and the new one serves', async () => {
    const file = fileOf({ ...settings, endpoint: ['port: 8443'] });
    const plan = await bench.cli(['plan', file]);
    expect(plan.stdout).toContain('port 7443 is closed on this node, and 8443 serves instead');
    const ran = await bench.cli(['apply', file, '--yes']);
    expect(ran.rc, ran.stderr).toBe(0);
    const answer = (port: number): string =>
      bench.inClient([
        'sh',
        '-c',
        `curl -s --cacert ${bench.state.caFile} https://${vip}:${port}/readyz || echo " $?"`,
      ]);
    expect(answer(8443)).toBe('ok');
    // curl's exit code for a refused connection.
    expect(answer(7443)).toBe('7');
    expect((await bench.cli(['plan', file, '--exit-code'])).rc).toBe(0);
  });
});
