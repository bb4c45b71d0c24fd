import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assumedFacts, type HmacMode } from '../../src/cluster/timers.ts';
import { parseVersion, versionText, type Version } from '../../src/core/version.ts';
import { paths, runDir } from '../../src/node/paths.ts';
import { canHmac, hmacSince } from '../../src/render/hmac.ts';
import { renderNode } from '../../src/render/render.ts';
import { packetOf, type Forged } from '../e2e/support/forge.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

/** Few machines have it: a keepalived that was built from its sources is named by this. */
const program = process.env['K8S_HA_TEST_KEEPALIVED'] ?? 'keepalived';
const version = versionOf(program);
const able = version !== undefined && canHmac(version);

const spec = fakeSpec({ guard: 'off' }, { nodes: 2, vips: 1 });
const [vip] = spec.endpoint.virtualIPs;
const key = 'c3'.repeat(32);

/** A bridge, a namespace for each node, and one for a neighbour, all of the test's own. */
const prefix = `k8s-ha-hmac-${process.pid}`;
const [hub, neighbour] = [`${prefix}-hub`, `${prefix}-nb`];
const nodes = spec.nodes.map(({ name, address }) => ({ name, address, namespace: `${prefix}-${name}` }));

let folder = '';
const started: ChildProcess[] = [];

function versionOf(file: string): Version | undefined {
  try {
    return parseVersion(execFileSync('sh', ['-c', '"$0" --version 2>&1', file], { encoding: 'utf8' }));
  } catch {
    return undefined;
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

function inNamespace(namespace: string, argv: readonly string[], stdout: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, ...argv], {
    stdio: ['ignore', stdout, 'ignore'],
    detached: true,
  });
  started.push(child);
  return child;
}

function plug(namespace: string, port: string, address: string): void {
  ip('netns', 'add', namespace);
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  ip('-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', hub);
  ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up');
  ip('-n', namespace, 'address', 'add', `${address}/16`, 'dev', 'eth0');
  ip('-n', namespace, 'link', 'set', 'eth0', 'up');
}

beforeEach(() => {
  if (!able) return;
  // Not in /tmp: keepalived runs no script of a folder that others may write to.
  folder = mkdtempSync('/run/k8s-ha-hmac-');
  execFileSync('chmod', ['755', folder]);
  ip('netns', 'add', hub);
  ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', hub, 'link', 'set', 'br0', 'up');
  nodes.forEach(({ namespace, address }, i) => plug(namespace, `port${i}`, address));
  plug(neighbour, 'portn', '172.16.217.99');
});
afterEach(async () => {
  if (!able) return;
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.pid === undefined) continue;
    const ended = once(child, 'exit');
    // With what it started: each is a process group of its own.
    process.kill(-child.pid);
    await ended;
  }
  for (const namespace of [...nodes.map((node) => node.namespace), neighbour, hub]) ip('netns', 'del', namespace);
  rmSync(folder, { recursive: true, force: true });
});

/** What `renderNode` makes, with the paths of this test. @returns the configuration's */
function configure(at: number, mode: HmacMode | undefined): string {
  const dir = join(folder, spec.nodes[at]!.name);
  mkdirSync(dir, { recursive: true });
  const facts = { ...assumedFacts, keepalived: version ?? hmacSince, ...(mode && { hmac: { mode, key } }) };
  const local = (text: string): string =>
    text
      .replaceAll(paths.hmacKey, join(dir, 'vrrp.key'))
      .replaceAll(paths.checkScript, join(dir, 'check'))
      .replaceAll(`${runDir}/`, `${dir}/`);
  for (const { path, content, mode: rights } of renderNode(spec, spec.nodes[at]!, fakeTimers, facts).files) {
    if (path === paths.keepalivedConfig) writeFileSync(join(dir, 'keepalived.conf'), local(content), { mode: rights });
    if (path === paths.hmacKey) writeFileSync(join(dir, 'vrrp.key'), content, { mode: rights });
  }
  writeFileSync(join(dir, 'check'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return join(dir, 'keepalived.conf');
}

function run(at: number, config: string): void {
  const pid = (name: string): string => config.replace('keepalived.conf', `${name}.pid`);
  inNamespace(nodes[at]!.namespace, [
    program,
    '--dont-fork',
    '--dont-respawn',
    '--vrrp',
    `--use-file=${config}`,
    `--pid=${pid('keepalived')}`,
    `--vrrp_pid=${pid('vrrp')}`,
  ]);
}

function holders(): readonly string[] {
  return nodes
    .filter(({ namespace }) => ip('-n', namespace, '-brief', 'address', 'show', 'eth0').includes(`${vip!.address}/`))
    .map(({ name }) => name);
}

/** @returns what the kernel tells of the VIP while the neighbour forges: a node may have it for milliseconds alone */
async function movesWhileForged(): Promise<readonly string[]> {
  const moves: string[] = [];
  for (const { name, namespace } of nodes) {
    const monitor = inNamespace(namespace, ['ip', '-o', 'monitor', 'address'], 'pipe');
    monitor.stdout?.on('data', (text) => {
      if (String(text).includes(`${vip!.address}/`)) moves.push(`${name}: ${String(text).trim()}`);
    });
  }
  await sleep(300);
  forge();
  await sleep(4000);
  return moves;
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function macOf(namespace: string): readonly number[] {
  const said = /link\/ether (\S+)/.exec(ip('-n', namespace, 'link', 'show', 'eth0'))?.[1] ?? '';
  return said.split(':').map((byte) => Number.parseInt(byte, 16));
}

/** The neighbour sends, every 10 ms: to each node in the name of the other, with every rank that could move a VIP. */
function forge(): void {
  const frames = [0, 1].flatMap((at) =>
    [255, 0].map((priority) => {
      const forged: Forged = {
        version: 3,
        source: nodes[1 - at]!.address,
        target: nodes[at]!.address,
        vip: vip!.address,
        virtualRouterId: vip!.virtualRouterId,
        priority,
        ttl: 255,
      };
      const frame = Buffer.alloc(64);
      frame.set([...macOf(nodes[at]!.namespace), ...macOf(neighbour), 0x08, 0x00, ...packetOf(forged)]);
      return frame;
    }),
  );
  // A process of its own: the test waits for others while it looks who holds the VIP.
  const send = 'setInterval(() => process.stdout.write(Buffer.from(process.argv[1], "hex")), 10)';
  const pipe = '"$0" -e "$1" "$2" | exec socat -u -b 64 - INTERFACE:eth0';
  inNamespace(neighbour, ['sh', '-c', pipe, process.execPath, send, Buffer.concat(frames).toString('hex')]);
}

async function elected(modes: readonly (HmacMode | undefined)[]): Promise<readonly string[]> {
  modes.forEach((mode, at) => run(at, configure(at, mode)));
  return settled();
}

async function settled(): Promise<readonly string[]> {
  for (let i = 0; i < 100 && holders().length === 0; i++) await sleep(100);
  // Who has it a second later has it.
  await sleep(1000);
  return holders();
}

const what = able
  ? `keepalived ${versionText(version)}`
  : `left out: no keepalived ${versionText(hmacSince)} or newer here`;

describe.skipIf(!able)(`signed adverts with ${what}`, () => {
  test.each(['receive-only', 'permissive', 'enforce'] as const)('%s is accepted without a complaint', (mode) => {
    const config = configure(0, mode);
    const argv = [
      'netns',
      'exec',
      nodes[0]!.namespace,
      'unshare',
      '-pf',
      'sh',
      '-c',
      '"$0" -t -f "$1" 2>&1',
      program,
      config,
    ];
    expect(ip(...argv).trim()).toBe('');
  });

  test('two nodes elect one holder, and a neighbour that forges adverts takes nothing', async () => {
    const before = await elected(['enforce', 'enforce']);
    expect(before).toHaveLength(1);
    expect(await movesWhileForged()).toEqual([]);
    expect(holders()).toEqual(before);
  });

  test('without `lower_prio_no_advert` the adverts that are refused silence the holder', async () => {
    nodes.forEach((_, at) => {
      const config = configure(at, 'enforce');
      writeFileSync(config, readFileSync(config, 'utf8').replace(/^ +lower_prio_no_advert true\n/m, ''));
      run(at, config);
    });
    expect(await settled()).toHaveLength(1);
    expect(await movesWhileForged()).not.toEqual([]);
  });

  test('without them the same neighbour takes the VIP: so the test above can fail', async () => {
    expect(await elected([undefined, undefined])).toHaveLength(1);
    expect(await movesWhileForged()).not.toEqual([]);
  });

  test.each([
    [undefined, 'receive-only'],
    ['receive-only', 'permissive'],
    ['permissive', 'enforce'],
  ] as const)('nodes with %s and %s hear each other', async (one, other) => {
    expect(await elected([one, other])).toHaveLength(1);
  });

  test('nodes further apart do not, which is why it takes steps', async () => {
    expect(await elected(['receive-only', 'enforce'])).toHaveLength(2);
  });
});
