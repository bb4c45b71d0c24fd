import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { etcDir, paths, runDir } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';
import { freePort } from './support/api-server.ts';
import { placeHaproxy, untilItAnswers } from './support/haproxy.ts';

/**
 * What the installed keepalived and HAProxy do when the wall clock is set by an hour, with our configurations: libfaketime tells
 * them another time than the machine's, as it stands in a file. Their monotonic clock is the machine's. Needs root.
 */
const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-clock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** It keeps what it knows below /dev/shm by process ids, for ever: every namespace of processes needs a folder of its own there. */
const ownMemory = 'mount -t tmpfs tmpfs /dev/shm';

function fake(file: string, program: string): Record<string, string> {
  return {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_ONLY_CMDS: program,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

describe.runIf(library !== undefined)('a wall clock that is set by an hour', () => {
  test.each(['cp1', 'cp2'])(
    'moves no VIP, and delays no advert and no script, where it is the clock of %s',
    { timeout: 60_000 },
    async (set) => {
      const said = await keepaliveds(
        set,
        `sleep 5
for step in +3600 -3600 +0; do echo "$step" >${set}/clock; sleep 2; kill -USR1 $(cat ${set}/keepalived.pid); sleep 1; done
for node in cp1 cp2; do grep -h 'Entering\\|Printing VRRP' $node/log | sed "s/^/$node /"; done
for node in cp1 cp2; do echo "$node ran $(wc -l <$node/ran)"; done`,
      );
      const entered = said.split('\n').filter((line) => line.includes('Entering'));
      expect(
        entered.map((line) => /^(cp\d).*Entering (\w+)/.exec(line)?.slice(1).join(' ')),
        said,
      ).toEqual(['cp1 BACKUP', 'cp1 MASTER', 'cp2 BACKUP'].flatMap((each) => [each, each]));
      // Each hour as keepalived has it: it believed the clock.
      const hours = [...said.matchAll(/ (\d\d):\d\d:\d\d .*Printing VRRP/g)].map(([, hour]) => Number(hour));
      expect(
        hours.map((hour) => (hour - (hours[2] ?? 0) + 24) % 24),
        said,
      ).toEqual([1, 23, 0]);
      for (const [, ran] of said.matchAll(/ran (\d+)/g)) expect(Number(ran), said).toBeGreaterThanOrEqual(12);
    },
  );

  describe('of HAProxy', () => {
    const clock = join(folder, 'haproxy-clock');
    const spec = fakeSpec({ nodes: fakeSpec().nodes.map((node, i) => ({ ...node, address: `127.0.0.${11 + i}` })) });
    let haproxy: ChildProcess;
    let [port, health, dates] = [0, 0, 0];

    beforeAll(async () => {
      [port, health, dates] = [await freePort(), await freePort(), await freePort()];
      const [, node] = spec.nodes;
      const says = `frontend dates\n    mode http\n    bind 127.0.0.1:${dates}\n    http-request return status 200 content-type text/plain lf-string %[date]\n`;
      const file = placeHaproxy(
        folder,
        { ...spec, endpoint: { ...spec.endpoint, port } },
        node,
        health,
        (text) => `${text}\n${says}`,
      );
      writeFileSync(clock, '+0\n');
      const run = `${ownMemory}; exec env "$@" haproxy -db -f ${file}`;
      const variables = Object.entries(fake(clock, 'haproxy')).map(([key, value]) => `${key}=${value}`);
      haproxy = spawn('unshare', ['-m', 'sh', '-c', run, 'sh', ...variables], { stdio: 'ignore' });
      await untilItAnswers(async () => (await asked('/livez')) === 200);
    });
    afterAll(() => haproxy.kill('SIGKILL'));

    async function asked(path: string, from = '127.0.0.1'): Promise<number | undefined> {
      return new Promise((resolve) => {
        request({ host: '127.0.0.12', port: health, path, localAddress: from, timeout: 2000 }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
          .on('error', () => resolve(undefined))
          .end();
      });
    }

    async function claim(from: 'cp1' | 'cp3'): Promise<number | undefined> {
      return asked(`/claim/172.16.100.100/${from}?holds=1`, from === 'cp1' ? '127.0.0.11' : '127.0.0.13');
    }

    /** Sets the clock, and asks for a second whether the node is in the majority. */
    async function livezAfter(seconds: string): Promise<readonly (number | undefined)[]> {
      writeFileSync(clock, `${seconds}\n`);
      const answers = new Set<number | undefined>();
      for (let asks = 0; asks < 40; asks += 1, await sleep(25)) answers.add(await asked('/livez'));
      return [...answers];
    }

    test('fails no check, ends no connection, and forgets nothing sooner or later', { timeout: 60_000 }, async () => {
      for (const seconds of ['+3600', '-3600', '+0']) {
        // A client that says nothing yet has five seconds.
        const client = connect(port, '127.0.0.12');
        let closed = false;
        client.on('close', () => (closed = true)).on('error', () => undefined);
        expect(await claim('cp1')).toBe(200);
        writeFileSync(clock, `${seconds}\n`);
        expect(await claim('cp3'), `cp1 is forgotten at once by ${seconds}`).toBe(409);
        expect(await livezAfter(seconds)).toEqual([200]);
        await sleep(800);
        expect(await claim('cp3'), `cp1 is not forgotten by ${seconds}`).toBe(200);
        expect(closed, `a connection was ended by ${seconds}`).toBe(false);
        client.destroy();
        // cp3 is forgotten too.
        await sleep(1500);
      }
    });

    test('is what it says where it is asked for a date', async () => {
      await livezAfter('+7200');
      const said = await (await fetch(`http://127.0.0.1:${dates}/`)).text();
      expect(Math.abs(Number(said) - Date.now() / 1000 - 7200)).toBeLessThan(60);
    });
  });
});

/** Runs shell beside the keepaliveds of two nodes, each in a network of its own; what it printed. */
async function keepaliveds(set: string, text: string): Promise<string> {
  const found = goldenCases.find(({ name }) => name === 'tutorial');
  if (!found) throw new Error('no case of the tutorial');
  const { spec, facts } = found;
  const place = mkdtempSync(join(folder, 'keepalived-'));
  // keepalived runs its scripts as nobody, and none that others may write.
  execFileSync('chmod', ['755', folder, place]);
  const nodes = spec.nodes.slice(0, 2);
  for (const node of nodes) {
    const home = join(place, node.name);
    mkdirSync(home, { mode: 0o755 });
    const config = renderNode(spec, node, fakeTimers, facts).files.find(({ path }) => path === paths.keepalivedConfig);
    const local = (config?.content ?? '').replaceAll(runDir, home).replaceAll(etcDir, home);
    writeFileSync(join(home, 'keepalived.conf'), local, { mode: 0o600 });
    for (const name of ['check-haproxy', 'check-support'])
      writeFileSync(join(home, name), `#!/bin/sh\n${name === 'check-haproxy' ? `echo x >>${home}/ran` : ''}\n`, {
        mode: 0o755,
      });
    writeFileSync(join(home, 'haproxy-down'), '0\n');
    writeFileSync(join(home, 'clock'), '+0\n');
    execFileSync('sh', ['-c', `: >${home}/ran && chmod 666 ${home}/ran`]);
  }
  const script = `cd ${place}
${ownMemory}
mount -t tmpfs tmpfs /run && mkdir /run/netns
ip link add bridge type bridge && ip link set bridge up
${nodes
  .map(
    ({ name, address }) => `ip netns add ${name}
ip link add port-${name} type veth peer name eth0 netns ${name} && ip link set port-${name} master bridge up
ip -n ${name} link set lo up; ip -n ${name} link set eth0 up; ip -n ${name} addr add ${address}/16 dev eth0
${
  name === set
    ? Object.entries(fake(`${place}/${name}/clock`, 'keepalived'))
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')
    : ''
} ip netns exec ${name} keepalived --dont-fork --dont-respawn --log-console --vrrp --use-file=${place}/${name}/keepalived.conf --pid=${place}/${name}/keepalived.pid --vrrp_pid=${place}/${name}/keepalived-vrrp.pid >${name}/log 2>&1 & pids="$pids $!"
sleep 1`,
  )
  .join('\n')}
${text}
kill $pids; wait`;
  const file = join(place, 'run.sh');
  writeFileSync(file, `pids=\n${script}\n`);
  return new Promise((resolve) => {
    execFile('unshare', ['-m', '-n', '-p', '-f', '--mount-proc', 'sh', file], { timeout: 50_000 }, (_, out, said) =>
      resolve(`${out}${said}`),
    );
  });
}
