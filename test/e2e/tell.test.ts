import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { labClient, labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { macOf } from '../../src/lab/machine/network.ts';
import { createAppliedBench, type Bench } from './support/bench.ts';
import { good } from './support/killed.ts';

const vip = '172.16.100.100';
const many = 300;
/** A SYN flood in the names of addresses that the lab's client has. */
const forge = new URL('./support/syn.mjs', import.meta.url).pathname;
const program = new URL('./support/idle-clients.mjs', import.meta.url).pathname;

function telling(tellClients: boolean) {
  return (text: string) => text.replace('target: 500ms', `target: 500ms\n  tellClients: ${tellClients}`);
}

/** Idle connections: each ends by itself when its client is told, or with the test. */
describe('clients that wait for an answer', () => {
  let bench: Bench;
  let file: string;
  let clients: ChildProcess | undefined;

  beforeAll(async () => {
    const made = await createAppliedBench('tell', telling(true));
    [bench, file] = [made, made.tutorial];
  });
  afterEach(() => {
    clients?.kill('SIGKILL');
  });
  afterAll(async () => {
    await bench.down();
  });

  /** Connects them; the result tells when each has ended, of those that have within these seconds. */
  async function connected(seconds: number): Promise<() => Promise<readonly number[]>> {
    const [nsenter = '', ...prefix] = labClient(bench.lab).argvPrefix;
    const argv = [...prefix, process.execPath, program, vip, '7443', String(many), String(seconds)];
    clients = spawn(nsenter, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (!clients.stdout) throw new Error('no output');
    const lines = createInterface({ input: clients.stdout });
    expect((await once(lines, 'line'))[0]).toBe('connected');
    const told = once(lines, 'line').then(
      ([line]) => z.object({ ended: z.array(z.number()) }).parse(JSON.parse(String(line))).ended,
    );
    // The other nodes hear of the last ones.
    await sleep(1000);
    return async () => told;
  }

  async function holder(): Promise<string> {
    const seen = z
      .object({ virtualIPs: z.array(z.object({ address: z.string(), holders: z.array(z.string()) })) })
      .parse(JSON.parse((await bench.cli(['status', file, '-o', 'json'])).stdout));
    return seen.virtualIPs.find(({ address }) => address === vip)?.holders[0] ?? '';
  }

  function addressOf(node: string): string {
    return bench.state.nodes.find(({ name }) => name === node)?.address ?? '';
  }

  it('are told by the node that takes the VIP over when the holder loses its power', async () => {
    const told = await connected(60);
    const node = await holder();
    const watch = bench.watchHolders(vip);
    expect(await labPowerOff(bench.lab, node)).toMatchObject({ ok: true });
    const ended = await told();
    const { moves } = await watch.stop();
    expect(await labPowerOn(bench.lab, node)).toMatchObject({ ok: true });
    expect(ended).toHaveLength(many);
    expect(moves).toBe(1);
    await expect.poll(async () => (await bench.cli(['status', file])).rc, { timeout: 60_000 }).toBe(0);
  });

  it('are told after they were idle for longer than an untouched entry lives, when the holder is drained', async () => {
    const told = await connected(120);
    await sleep(40_000);
    const node = await holder();
    expect(await bench.cli(['drain', file, node])).toMatchObject({ rc: 0 });
    expect(await told()).toHaveLength(many);
    expect(await bench.cli(['undrain', file, node])).toMatchObject({ rc: 0 });
  });

  it('are told, and nobody else is: what never completed a handshake gets no packet', async () => {
    const forgers = ['172.16.99.1', '172.16.99.2'];
    const before = await holder();
    const reply = `ip saddr ${vip} ip daddr { ${forgers.join(', ')} }`;
    bench.inClient([
      'sh',
      '-ec',
      `${forgers.map((address) => `ip address add ${address}/32 dev eth0`).join('\n')}
nft -f - <<'END'
table ip tell_test {
  counter asked { }
  counter forged { }
  counter told { }
  chain in { type filter hook prerouting priority -300;
    ${reply} tcp flags & (syn | ack) == syn | ack counter name asked drop
    ip saddr ${vip} ip daddr != { ${forgers.join(', ')} } tcp flags & (syn | ack) == ack tcp sequence 0 counter name told
    ${reply} tcp flags & (syn | ack) == ack counter name forged
  }
}
END`,
    ]);
    const counted = (name: string): number =>
      Number(/packets (\d+)/.exec(bench.inClient(['nft', 'list', 'counter', 'ip', 'tell_test', name]))?.[1]);
    try {
      const told = await connected(60);
      const flood = [
        forge,
        macOf('172.16.217.10'),
        macOf(addressOf(before)),
        vip,
        '7443',
        '500',
        '6',
        forgers.join(','),
      ];
      bench.inClient([process.execPath, ...flood]);
      const watch = bench.watchHolders(vip);
      expect(await labPowerOff(bench.lab, before)).toMatchObject({ ok: true });
      expect(await told()).toHaveLength(many);
      expect((await watch.stop()).moves).toBe(1);
      await sleep(1000);
      expect(counted('asked')).toBeGreaterThan(500);
      expect(counted('told')).toBeGreaterThanOrEqual(many);
      expect(counted('forged')).toBe(0);
    } finally {
      bench.inClient([
        'sh',
        '-c',
        `nft delete table ip tell_test; ${forgers.map((address) => `ip address delete ${address}/32 dev eth0`).join('; ')}`,
      ]);
      expect(await labPowerOn(bench.lab, before)).toMatchObject({ ok: true });
    }
    await expect.poll(async () => (await bench.cli(['status', file])).rc, { timeout: 60_000 }).toBe(0);
  });

  it('are not told by anybody but the nodes: a peer that is none is not heard', () => {
    const answer = bench.inClient([
      'sh',
      '-c',
      'curl -s -o /dev/null --noproxy "*" --max-time 1 http://172.16.217.171:7445/; echo $?',
    ]);
    // No answer at all: 28 is a time limit, 7 would be a refusal.
    expect(answer).toBe('28');
  });

  it('wait on where the key is off: nothing of it is left on the nodes', async () => {
    file = bench.clusterFile('tutorial.yaml', telling(false));
    await good(bench, ['apply', file, '--yes']);
    for (const left of await bench.everywhere(
      'ls /etc/k8s-ha/tell-clients 2>/dev/null; pgrep -f "[t]ell-clients keep"; grep -c k8s_clients /etc/k8s-ha/haproxy.cfg || :',
    ))
      expect(left.trim()).toBe('0');
    const told = await connected(8);
    expect(await bench.cli(['drain', file, await holder()])).toMatchObject({ rc: 0 });
    expect(await told()).toHaveLength(0);
  });
});
