import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labDown, labPowerOff, labPowerOn, labSsh, labUp } from '../../src/lab/lab.ts';
import { ownImage } from '../../src/render/runtimes/image.ts';

/** Needs root, Linux, the packages of src/lab/packages.ts, and `npm run build` before it. */
const lab = `t-podman-${process.pid}`;
const podman = { image: ownImage.name, containerfile: ownImage.containerfile };
const haproxy = `podman run --rm --pull=never --network=host --cgroups=disabled --read-only ${podman.image} haproxy -v`;

function run(argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 });
  return status === 0 ? stdout.trim() : `rc ${status}: ${stdout}${stderr}`;
}

function ssh(node: string, command: string): string {
  return run(labSsh(lab, node, [command]));
}

describe('a lab with a container image', () => {
  beforeAll(async () => {
    const up = await labUp({ name: lab, podman });
    if (!up.ok) throw new Error(JSON.stringify(up.error));
  }, 600_000);
  afterAll(async () => {
    await labDown(lab);
  });

  it.each(['cp1', 'cp2'])('runs it on %s, from packages and images that need no network', (node) => {
    expect(ssh(node, 'command -v podman')).toContain('rc ');
    const install = 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends podman crun';
    expect(ssh(node, install)).not.toContain('rc ');
    expect(ssh(node, haproxy)).toMatch(/^HAProxy version/);
  });

  it("keeps both it and the node's own containers over a loss of power", async () => {
    const node = 'cp1';
    const create = `podman create --name kept --pull=never --network=host --cgroups=disabled ${podman.image} cat /kept`;
    expect(ssh(node, `${create} && echo yes > /root/kept && podman cp /root/kept kept:/kept && sync`)).not.toContain(
      'rc ',
    );
    expect(await labPowerOff(lab, node)).toMatchObject({ ok: true });
    expect(await labPowerOn(lab, node)).toMatchObject({ ok: true });
    expect(ssh(node, haproxy)).toMatch(/^HAProxy version/);
    expect(ssh(node, 'podman start --attach kept')).toBe('yes');
  });

  it('is not given another image while it runs', async () => {
    expect(await labUp({ name: lab, podman })).toMatchObject({ ok: true });
    const other = await labUp({ name: lab, podman: { ...podman, image: 'localhost/other:1' } });
    expect(other).toMatchObject({ ok: false, error: [{ rule: 'lab-container-image' }] });
  });
});

describe('a build of a container image that is killed', () => {
  const home = mkdtempSync('/var/tmp/k8s-ha-lab-test-');
  afterAll(() => {
    delete process.env['K8S_HA_LAB_DIR'];
    rmSync(home, { recursive: true, force: true });
  });

  it('leaves no process, mount or store behind', async () => {
    const wanted = {
      image: 'localhost/slow:1',
      containerfile: 'FROM docker.io/library/debian:bookworm-slim\nRUN : > /began && sleep 300\n',
    };
    const modules =
      "const { containerImage } = await import('./dist/lab/base/container-image.js'); const { createRunner } = await import('./dist/lab/process.js');";
    const script = `${modules} await containerImage(createRunner('${lab}'), () => undefined, ${JSON.stringify(wanted)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, K8S_HA_LAB_DIR: home },
    });
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let tooEarly = '';
    void ended.then(() => (tooEarly = `it ended before the build began: ${text}`));
    const images = join(home, 'images');
    const began = (): boolean =>
      existsSync(images) && readdirSync(images, { recursive: true }).some((path) => String(path).endsWith('/began'));
    await expect.poll(() => tooEarly || began(), { timeout: 150_000, interval: 500 }).not.toBe(false);
    expect(tooEarly).toBe('');
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => run(['pgrep', '-f', home])).toContain('rc 1');
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(home);
    process.env['K8S_HA_LAB_DIR'] = home;
    expect(await labDown(lab)).toMatchObject({ ok: true });
    expect(readdirSync(images)).toEqual([]);
  });
});
