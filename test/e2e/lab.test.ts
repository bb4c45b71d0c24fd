import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectAt, textAt, type JsonObject } from '../../src/lab/api-server/json.ts';
import { parseJson } from '../../src/lab/api-server/objects.ts';
import { labClient, labDown, labHome, labPowerOff, labPowerOn, labSsh, labStatus, labUp } from '../../src/lab/lab.ts';

/** Needs root, Linux, the packages of src/lab/packages.ts, and `npm run build` before it. */
const lab = `t-lab-${process.pid}`;
const second = `t-two-${process.pid}`;
const config = 'api/v1/namespaces/default/configmaps';

function run(argv: readonly string[], input = ''): string {
  const [program = '', ...args] = argv;
  const { stdout, stderr, status, error } = spawnSync(program, args, { input, encoding: 'utf8', timeout: 20_000 });
  if (error) throw error;
  return status === 0 ? stdout.trim() : `rc ${status}: ${stdout}${stderr}`;
}

function ssh(node: string, ...command: string[]): string {
  return run(labSsh(lab, node, command));
}

function url(node: number, path: string): string {
  return `https://172.16.217.${170 + node}:6443/${path}`;
}

function curl(node: number, path: string, ...options: string[]): string[] {
  const ca = join(labHome(), 'labs', lab, 'pki', 'ca.crt');
  return [...labClient(lab).argvPrefix, 'curl', '-sS', '-m', '10', '--cacert', ca, ...options, url(node, path)];
}

function post(node: number, object: unknown): string {
  return run(curl(node, config, '-H', 'content-type: application/json', '--data-binary', '@-'), JSON.stringify(object));
}

function revisionOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'resourceVersion');
}

function nameIn(event: JsonObject): string {
  return textAt(objectAt(objectAt(event, 'object'), 'metadata'), 'name');
}

function names(dir: string): readonly string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** What can be seen of a lab on this host, looked for in other ways than the lab's own clean-up does. */
function traces(name: string): readonly string[] {
  const commands = names('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        // A zombie has no command line: it is dead, and only waits for this host's init to take notice.
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command === '' ? [] : [`process ${command} ${readFileSync(`/proc/${pid}/cgroup`, 'utf8')}`];
      } catch {
        return [];
      }
    });
  const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'];
  return [
    ...readFileSync('/proc/self/mounts', 'utf8').split('\n'),
    ...names('/run/netns'),
    ...commands,
    ...groups.flatMap((group) => names(join(group, 'k8s-ha-lab')).map((found) => `cgroup ${found}`)),
    ...names('/run/systemd/nspawn/propagate'),
    ...names(join(labHome(), 'labs')).map((found) => `folder ${found}`),
  ].filter((text) => text.includes(name));
}

/** Lock files of machines that no process holds: those of other labs are held. */
function staleLocks(): readonly string[] {
  const dir = '/run/systemd/nspawn/locks';
  const held = new Set(
    readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => /:(\d+) \S+ \S+$/.exec(line)?.[1]),
  );
  return names(dir).filter((name) => {
    const inode = statSync(join(dir, name), { throwIfNoEntry: false })?.ino;
    return inode !== undefined && !held.has(String(inode));
  });
}

describe('a lab of three nodes', () => {
  const staleBefore = staleLocks();

  beforeAll(async () => {
    const up = await labUp({ name: lab });
    if (!up.ok) throw new Error(JSON.stringify(up.error));
  }, 240_000);

  afterAll(async () => {
    await labDown(lab);
    await labDown(second);
  });

  it('lets the operator in on every node, by name and by address, with checked host keys', () => {
    for (const i of [1, 2, 3]) {
      expect(ssh(`cp${i}`, 'hostname')).toBe(`cp${i}`);
      expect(ssh(`172.16.217.17${i}`, 'hostname')).toBe(`cp${i}`);
    }
    expect(run([...labSsh(lab, 'cp1').slice(0, -1), '-l', 'ops', 'cp1', 'sudo', '-n', 'id', '-un'])).toBe('root');
    expect(run([...labSsh(lab, 'cp1').slice(0, -1), '-l', 'nosudo', 'cp1', 'sudo', '-n', 'id'])).toContain('rc 1');
  });

  it('boots whole Debian machines: nothing failed, timers, real time, kills by unit', () => {
    expect(ssh('cp1', 'systemctl is-system-running --wait')).toBe('running');
    expect(ssh('cp1', 'chrt -f 50 echo real-time')).toBe('real-time');
    const timer = 'systemd-run -q --on-active=1 --timer-property=AccuracySec=50ms touch /run/timer-ran';
    expect(ssh('cp1', `${timer} && sleep 1.5 && ls /run/timer-ran`)).toBe('/run/timer-ran');
    expect(ssh('cp1', 'sysctl -n -w net.ipv4.conf.eth0.arp_notify=1')).toBe('1');
    const pid = 'systemctl show -P MainPID etcd';
    const killed = `old=$(${pid}); systemctl kill -s KILL etcd; sleep 3; new=$(${pid}); [ "$old" != "$new" ] && systemctl is-active etcd`;
    expect(ssh('cp1', killed)).toBe('active');
  });

  it('runs one etcd of three healthy members', () => {
    const health = ssh('cp2', 'ETCDCTL_API=3 etcdctl endpoint health --cluster 2>&1');
    expect(health.split('\n').filter((line) => line.includes('is healthy'))).toHaveLength(3);
  });

  it('says on every node that the API server is a stand-in, and which node it is', () => {
    for (const i of [1, 2, 3]) {
      const answer = run(curl(i, 'version', '-i'));
      expect(answer).toContain('v0.0.0-stand-in');
      expect(answer.toLowerCase()).toContain(`x-served-by: cp${i}`);
      expect(run(curl(i, 'readyz'))).toBe('ok');
    }
  });

  it('reads through cp3 what was written through cp1, and refuses a stale replacement', () => {
    const created = parseJson(post(1, { metadata: { name: 'shared' }, data: { x: '1' } }));
    expect(parseJson(run(curl(3, `${config}/shared`)))).toEqual(created);
    expect(parseJson(post(2, { metadata: { name: 'shared' } }))).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    const put = (object: unknown): unknown =>
      parseJson(run(curl(2, `${config}/shared`, '-X', 'PUT', '--data-binary', '@-'), JSON.stringify(object)));
    expect(put({ ...created, data: { x: '2' } })).toMatchObject({ data: { x: '2' } });
    expect(put({ ...created, data: { x: '3' } })).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('delivers to a watch on cp2 what happens through cp1, from the revision asked for', async () => {
    const list = parseJson(run(curl(1, config)));
    post(1, { metadata: { name: 'before-watch' } });
    const path = `${config}?watch=1&timeoutSeconds=2&resourceVersion=${revisionOf(list)}`;
    const [program = '', ...args] = curl(2, path, '-N');
    const watch = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    watch.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await sleep(500);
    post(1, { metadata: { name: 'during-watch' } });
    run(curl(3, `${config}/during-watch`, '-X', 'DELETE'));
    await new Promise((resolve) => watch.on('close', resolve));
    const events = text
      .trim()
      .split('\n')
      .map((line) => parseJson(line));
    expect(events.map((event) => `${textAt(event, 'type')} ${nameIn(event)}`)).toEqual([
      'ADDED before-watch',
      'ADDED during-watch',
      'DELETED during-watch',
    ]);
  });

  it('ends a watch from a compacted revision with 410', () => {
    const list = parseJson(run(curl(1, config)));
    ssh('cp1', `ETCDCTL_API=3 etcdctl compact ${revisionOf(list)}`);
    const answer = run(curl(1, `${config}?watch=1&resourceVersion=1`, '-N'));
    expect(parseJson(answer)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('answers 500 on /readyz while told to, or without etcd, and lives on', () => {
    const status = ['-o', '/dev/null', '-w', '%{http_code}'];
    ssh('cp3', 'touch /run/lab-api-server/not-ready');
    expect(run(curl(3, 'readyz', ...status))).toBe('500');
    ssh('cp3', 'rm /run/lab-api-server/not-ready');
    expect(run(curl(3, 'readyz', ...status))).toBe('200');
    ssh('cp3', 'systemctl kill -s STOP etcd');
    expect(run(curl(3, 'readyz', ...status))).toBe('500');
    expect(run(curl(3, 'livez', ...status))).toBe('200');
    expect(run(curl(2, 'readyz', ...status))).toBe('200');
    ssh('cp3', 'systemctl kill -s CONT etcd');
  });

  it('installs keepalived and haproxy on a node that has no network to a mirror', () => {
    ssh('cp1', 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends keepalived haproxy');
    expect(ssh('cp1', 'keepalived --version 2>&1 | head -1')).toContain('Keepalived');
    expect(ssh('cp1', 'haproxy -v')).toContain('HAProxy version');
  });

  it('takes the power of a node at once, serves on, and gives it back with its disk', async () => {
    ssh('cp2', 'echo kept > /root/kept; sync');
    const off = await labPowerOff(lab, 'cp2');
    if (!off.ok) throw new Error(off.error[0]?.message);
    expect(Number(off.value.cutDone - off.value.cutBegan) / 1e6).toBeLessThan(500);
    expect(Number(off.value.dead - off.value.cutBegan) / 1e6).toBeLessThan(3000);
    expect(run([...labClient(lab).argvPrefix, 'ping', '-c1', '-W1', '172.16.217.172'])).toContain('rc 1');
    // The lost member may have led etcd: then the write waits for an election.
    await expect
      .poll(() => parseJson(post(1, { metadata: { name: 'with-two-members' } })), { timeout: 15_000 })
      .toMatchObject({ kind: 'ConfigMap' });
    const during = await labStatus(lab);
    expect(during.ok && during.value.statuses.map(({ power }) => power)).toEqual(['on', 'off', 'on']);
    expect(await labPowerOn(lab, 'cp2')).toMatchObject({ ok: true });
    expect(ssh('cp2', 'cat /root/kept')).toBe('kept');
    expect(parseJson(run(curl(2, `${config}/with-two-members`)))).toMatchObject({ kind: 'ConfigMap' });
  });

  it('survives a reboot of a node from inside', async () => {
    const boot = (): string => ssh('cp3', 'cat /proc/sys/kernel/random/boot_id');
    const before = boot();
    ssh('cp3', 'systemctl reboot');
    await expect.poll(boot, { timeout: 30_000, interval: 200 }).toMatch(/^[0-9a-f-]{36}$/);
    await expect.poll(boot, { timeout: 30_000, interval: 200 }).not.toBe(before);
  });

  it('is repaired by a second `up`, which changes nothing where nothing is missing', async () => {
    await labPowerOff(lab, 'cp1');
    expect(await labUp({ name: lab })).toMatchObject({ ok: true });
    const first = await labStatus(lab);
    expect(first.ok && first.value.statuses.map(({ power }) => power)).toEqual(['on', 'on', 'on']);
    expect(await labUp({ name: lab })).toMatchObject({ ok: true });
    expect(await labStatus(lab)).toEqual(first);
    const five = await labUp({ name: lab, nodes: 5 });
    expect(five).toMatchObject({ ok: false, error: [{ rule: 'lab-node-count' }] });
  });

  it('runs beside a second lab with the same addresses, and is untouched when that one goes', async () => {
    expect(await labUp({ name: second })).toMatchObject({ ok: true });
    expect(run(labSsh(second, 'cp1', ['test', '-e', '/root/mine']))).toContain('rc 1');
    run(labSsh(second, 'cp1', ['touch', '/root/mine']));
    expect(ssh('cp1', 'test -e /root/mine')).toContain('rc 1');
    const before = await labStatus(lab);
    expect(await labDown(second)).toMatchObject({ ok: true });
    expect(traces(second)).toEqual([]);
    expect(await labStatus(lab)).toEqual(before);
  });

  it('leaves nothing when it is taken down, even with a command still running in its client', async () => {
    const [program, ...args] = [...labClient(lab).argvPrefix, 'sleep', '300'];
    const left = spawn(program ?? '', args, { stdio: 'ignore' });
    const ended = new Promise((resolve) => left.on('close', resolve));
    await sleep(100);
    expect(traces(lab)).not.toEqual([]);
    expect(await labDown(lab)).toMatchObject({ ok: true });
    await ended;
    expect(traces(lab)).toEqual([]);
    await expect.poll(() => staleLocks().filter((lock) => !staleBefore.includes(lock))).toEqual([]);
    expect(await labStatus(lab)).toMatchObject({ ok: false, error: [{ rule: 'lab-none' }] });
    expect(await labDown(lab)).toMatchObject({ ok: true });
  });
});

function startUp(name: string, env: NodeJS.ProcessEnv = {}) {
  return spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const lab = await import('./dist/lab/lab.js'); await lab.labUp({ name: '${name}' });`,
    ],
    { stdio: 'ignore', env: { ...process.env, ...env } },
  );
}

describe('an interrupted `up`', () => {
  const name = `t-cut-${process.pid}`;
  afterAll(async () => {
    await labDown(name);
  });

  it.each([60, 160, 280, 600, 1500])('killed after %i ms leaves nothing that `down` does not find', async (ms) => {
    const child = startUp(name);
    const ended = new Promise((resolve) => child.on('close', resolve));
    await sleep(ms);
    child.kill('SIGKILL');
    await ended;
    expect(await labDown(name)).toMatchObject({ ok: true });
    expect(traces(name)).toEqual([]);
  });

  it('is started over by the next `up`', async () => {
    const child = startUp(name);
    const ended = new Promise((resolve) => child.on('close', resolve));
    await sleep(400);
    child.kill('SIGKILL');
    await ended;
    expect(await labUp({ name })).toMatchObject({ ok: true });
    expect(await labDown(name)).toMatchObject({ ok: true });
  });

  it('takes itself down when it is aborted', async () => {
    for (const ms of [20, 150, 500]) {
      const result = await labUp({ name, signal: AbortSignal.timeout(ms) });
      expect(result).toMatchObject({ ok: false, error: [{ rule: 'lab-aborted' }] });
      expect(traces(name)).toEqual([]);
    }
  });

  it('leaves no image and no build behind when it is killed while building one', async () => {
    const home = mkdtempSync('/var/tmp/k8s-ha-lab-test-');
    try {
      const child = startUp(name, { K8S_HA_LAB_DIR: home });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await expect.poll(() => names(join(home, 'images')).length, { timeout: 10_000 }).toBe(1);
      await sleep(1500);
      child.kill('SIGKILL');
      await ended;
      process.env['K8S_HA_LAB_DIR'] = home;
      expect(await labDown(name)).toMatchObject({ ok: true });
      expect(names(join(home, 'images'))).toEqual([]);
      expect(run(['pgrep', '-f', home])).toContain('rc 1');
      expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(home);
    } finally {
      delete process.env['K8S_HA_LAB_DIR'];
      rmSync(home, { recursive: true, force: true });
    }
  });
});
