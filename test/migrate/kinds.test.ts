import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseForeign, formerText, lookCommand } from '../../src/migrate/look.ts';
import type { Former } from '../../src/migrate/foreign/foreign.ts';
import { bootAgain, bootNoMore, leftAlone, leftAloneFile } from '../../src/migrate/foreign/podman-restart.ts';
import { kindOf, summaryOf } from '../../src/migrate/foreign/index.ts';
import { encodeSections } from '../e2e/support/answers.ts';

function section(text: string, rc = 0) {
  return { rc, text };
}

function listening(port: number, pid: number, more = ''): string {
  return `LISTEN 0      4000          0.0.0.0:${port} 0.0.0.0:*    users:(("haproxy",pid=${pid},fd=6)) ${more}ino:1 sk:1 cgroup:/x <->`;
}

function seen(sections: readonly (readonly [string, ReturnType<typeof section>])[]) {
  const read = parseForeign(encodeSections([['listening', section('')], ...sections]));
  if (!read.known) throw new Error(read.reason);
  return read.value;
}

/** As `docker inspect` and `podman inspect` print it, without what nothing is read from. */
function container(engine: 'docker' | 'podman', overrides: object = {}): string {
  return JSON.stringify([
    {
      Id: 'f00d'.repeat(16),
      Name: engine === 'docker' ? '/lb' : 'lb',
      Path: engine === 'docker' ? 'docker-entrypoint.sh' : 'haproxy',
      Args: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
      State: { Status: 'running', Running: true, Pid: 4711 },
      ...(engine === 'podman' && { ImageName: 'docker.io/library/haproxy:2.3-alpine' }),
      Config: { Image: 'haproxy:2.3-alpine', Env: ['HAPROXY_PORT=7443'] },
      HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
      ...overrides,
    },
  ]);
}

function pod(images: readonly string[]): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: { name: lb }\nspec:\n  hostNetwork: true\n  containers:\n${images
    .map((image) => `    - { name: c, image: "${image}" }`)
    .join('\n')}\n`;
}

describe('what is found on a node', () => {
  it("Debian's units, and one under another name by its process", () => {
    const { found, strays, ports } = seen([
      ['process:haproxy:12', section('ancestors=1\ncgroup=/\ncgroup=/system.slice/lb-haproxy.service')],
      ['unit:keepalived.service', section('LoadState=loaded\nActiveState=failed\nUnitFileState=enabled')],
      ['unit:haproxy.service', section('LoadState=not-found\nActiveState=inactive\nUnitFileState=')],
      ['unit:lb-haproxy.service', section('LoadState=loaded\nActiveState=active\nUnitFileState=disabled')],
      ['listening', section(listening(7443, 12))],
    ]);
    expect(found).toEqual([
      { runner: 'systemd', programs: ['keepalived'], id: 'keepalived.service', active: false, restart: 'enabled' },
      { runner: 'systemd', programs: ['haproxy'], id: 'lb-haproxy.service', active: true, restart: '' },
    ]);
    expect(strays).toEqual([]);
    expect(ports).toEqual([{ port: 7443, shared: true, by: 'lb-haproxy.service' }]);
  });

  it.each(['docker', 'podman'] as const)(
    'containers of %s in the host network, with their restart policy',
    (engine) => {
      const { found, ports, strays } = seen([
        ['process:haproxy:4711', section(`ancestors=1\ncgroup=/system.slice/${engine}-${'f00d'.repeat(16)}.scope`)],
        [`containers:${engine}`, section(container(engine))],
        ['listening', section(listening(7443, 4711, 'uid:99 '))],
      ]);
      expect(found).toMatchObject([
        { runner: engine, programs: ['haproxy'], id: 'lb', active: true, restart: 'always' },
      ]);
      // Another user's socket shares no port with root's.
      expect(ports).toEqual([{ port: 7443, shared: false, by: 'lb' }]);
      expect(strays).toEqual([]);
    },
  );

  it('not a container in a network of its own, nor one that has ended for good', () => {
    const bridged = container('docker', { HostConfig: { NetworkMode: 'bridge', RestartPolicy: { Name: 'no' } } });
    const ended = container('podman', {
      State: { Running: false, Pid: 0 },
      HostConfig: { NetworkMode: 'host', RestartPolicy: { Name: '' } },
    });
    expect(
      seen([
        ['containers:docker', section(bridged)],
        ['containers:podman', section(ended)],
      ]).found,
    ).toEqual([]);
  });

  it('a container in the control group of who started it, by its process: not the unit of the ssh daemon', () => {
    const cgroup = 'cgroup=/\ncgroup=/system.slice/ssh.service';
    const { found, strays, ports } = seen([
      ['process:haproxy:4711', section(`ancestors= 4700 1\n${cgroup}`)],
      ['process:haproxy:4720', section(`ancestors= 4719 4711 4700 1\n${cgroup}`)],
      ['containers:podman', section(container('podman'))],
      ['listening', section(listening(7443, 4720))],
    ]);
    expect(found).toMatchObject([{ runner: 'podman', id: 'lb' }]);
    expect(ports).toEqual([{ port: 7443, shared: true, by: 'lb' }]);
    expect(strays).toEqual([]);
  });

  it('what somebody started over ssh by hand belongs to nothing, and stopping the ssh daemon is no way to end it', () => {
    const { found, strays } = seen([
      ['process:haproxy:12', section('ancestors= 10 1\ncgroup=/system.slice/ssh.service')],
      ['unit:ssh.service', section('LoadState=loaded\nActiveState=active\nUnitFileState=enabled')],
    ]);
    expect(found).toEqual([]);
    expect(strays).toMatchObject([{ pid: 12 }]);
  });

  it('not our own containers', () => {
    expect(seen([['containers:podman', section(container('podman', { Name: 'k8s-ha-haproxy' }))]]).found).toEqual([]);
  });

  it('a container that ended, and that the machine does not start again', () => {
    const ended = container('podman', { State: { Running: false, Pid: 0 } });
    expect(seen([['containers:podman', section(ended)]]).found).toMatchObject([{ active: false, restart: 'always' }]);
    expect(
      seen([
        ['containers:podman', section(ended)],
        ['podman-restart', section('[Service]\n# not web\n# not lb\n')],
      ]).found,
    ).toEqual([]);
  });

  it.each([
    ['by its label', { Config: { Labels: { PODMAN_SYSTEMD_UNIT: 'lb.service' } } }, ''],
    ['by the command in the unit', {}, 'lb.service 31 31 /usr/bin/podman run --rm --name lb haproxy:2.3'],
    [
      'by its monitor in the unit',
      {},
      `lb.service 31 31 /usr/bin/conmon --api-version 1 -c ${'f00d'.repeat(16)} -n lb`,
    ],
  ])('the unit that runs a container, %s', (_, overrides, line) => {
    const { found } = seen([
      ['containers:podman', section(container('podman', overrides))],
      ['container-units', section(`other.service 9 8 /usr/bin/conmon -n lb\n${line}`)],
    ]);
    expect(found).toMatchObject([{ id: 'lb', unit: 'lb.service' }]);
  });

  it.each([
    'k8s-ha-end-lb.service 31 31 podman stop --time=600 lb',
    'logs.service 31 31 /usr/bin/podman logs --follow lb',
  ])('no unit that runs a container, but one that ends it or asks for it: %s', (line) => {
    const { found } = seen([
      ['containers:podman', section(container('podman'))],
      ['container-units', section(line)],
    ]);
    expect(found.map(({ unit }) => unit)).toEqual([undefined]);
  });

  it('a container that ends when its connections have, although podman says that it does not run', () => {
    const ending = container('podman', { State: { Status: 'stopping', Running: false, Pid: 4711 } });
    const { found, strays } = seen([
      ['process:haproxy:4711', section('ancestors= 1\ncgroup=/system.slice/ssh.service')],
      ['containers:podman', section(ending)],
    ]);
    expect(found).toMatchObject([{ id: 'lb', active: true }]);
    expect(strays).toEqual([]);
  });

  it('nothing, for certain, where an engine does not answer', () => {
    const read = parseForeign(
      encodeSections([
        ['listening', section('')],
        ['silent:podman', section('podman does not answer')],
      ]),
    );
    expect(read).toMatchObject({ known: false, reason: 'podman does not answer' });
  });

  it('static pods, by their manifests', () => {
    const path = '/etc/kubernetes/manifests/lb.yaml';
    expect(seen([[`manifest:${path}`, section(pod(['osixia/keepalived:2.0.20', 'haproxy:2.3']))]]).found).toEqual([
      { runner: 'static-pod', programs: ['keepalived', 'haproxy'], id: path, active: true, restart: 'kubelet' },
    ]);
  });

  it('a process that nothing is known to run, what it serves, and what it floats', () => {
    const { strays, frontends, floats } = seen([
      ['process:keepalived:9', section('ancestors=1\ncgroup=/user.slice/user-0.slice/session-1.scope')],
      [
        'config:keepalived:9',
        section('vrrp_instance A {\n  virtual_ipaddress {\n    172.16.100.100\n    10.0.0.9/24\n  }\n}\n'),
      ],
      [
        'config:haproxy:8',
        section(
          'listen stats\n  bind *:8404\n  stats enable\nfrontend web\n  bind *:80,*:443\n  default_backend web\n',
        ),
      ],
    ]);
    expect(strays).toMatchObject([{ pid: 9, program: 'keepalived' }]);
    expect(frontends).toEqual([
      { name: 'stats', port: 8404, onlyTells: true },
      { name: 'web', port: 80, onlyTells: false },
      { name: 'web', port: 443, onlyTells: false },
    ]);
    expect(floats).toEqual(['172.16.100.100', '10.0.0.9']);
  });

  it('what the node remembers; a memory that cannot be read is no empty one', () => {
    const former: Former = {
      runner: 'podman',
      programs: ['keepalived'],
      id: 'vrrp',
      active: true,
      restart: 'always',
    };
    expect(seen([['former', section(formerText([former]))]]).remembered).toEqual([former]);
    const broken = parseForeign(
      encodeSections([
        ['listening', section('')],
        ['former', section('[{')],
      ]),
    );
    expect(broken.known).toBe(false);
  });
});

describe('how it ends and starts', () => {
  const formers: readonly Former[] = [
    { runner: 'systemd', programs: ['haproxy'], id: 'haproxy.service', active: true, restart: 'enabled' },
    { runner: 'docker', programs: ['haproxy'], id: 'lb', active: true, restart: 'always' },
    { runner: 'podman', programs: ['keepalived'], id: "it's mine", active: true, restart: 'unless-stopped' },
    {
      runner: 'static-pod',
      programs: ['haproxy'],
      id: '/etc/kubernetes/manifests/haproxy.yaml',
      active: true,
      restart: 'kubelet',
    },
  ];

  it.each(formers)('$runner: lines that a POSIX shell reads', (former) => {
    const kind = kindOf(former);
    for (const lines of [kind.forbid(former), kind.stop(former), kind.quiet(former), kind.start(former)]) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: lines.join('\n'), encoding: 'utf8' });
      expect(status, `${stderr}\n${lines.join('\n')}`).toBe(0);
    }
    expect(summaryOf(former)).toContain(former.id.split('/').at(-1));
  });

  it('what the machine starts no more, and starts again', () => {
    const dir = mkdtempSync(join(tmpdir(), 'k8s-ha-restart-'));
    const run = (shell: string): string => {
      const lines = `systemctl() { :; }; ${shell.replaceAll('/etc/systemd', '"$dir"/etc/systemd')}`;
      const { status, stdout, stderr } = spawnSync('sh', ['-euc', lines], {
        encoding: 'utf8',
        env: { ...process.env, dir },
      });
      expect(status, stderr).toBe(0);
      return stdout;
    };
    const file = join(dir, leftAloneFile);
    for (const id of ['lb', 'vrrp', 'lb']) run(bootNoMore(id));
    expect(leftAlone(readFileSync(file, 'utf8'))).toEqual(['lb', 'vrrp']);
    run(bootAgain('lb'));
    expect(leftAlone(readFileSync(file, 'utf8'))).toEqual(['vrrp']);
    run(bootAgain('vrrp'));
    expect(existsSync(file)).toBe(false);
    run(bootAgain('vrrp'));
    rmSync(dir, { recursive: true });
  });

  it('the look at a node is a script that a POSIX shell reads', () => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: lookCommand().stdin ?? '', encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });

  it('keeps what is shell from what is a name', () => {
    const hostile: Former = {
      runner: 'docker',
      programs: ['haproxy'],
      id: 'a; reboot',
      active: true,
      restart: 'always',
    };
    const kind = kindOf(hostile);
    expect(kind.stop(hostile)).toEqual(["docker stop 'a; reboot' >/dev/null"]);
    expect(kind.quiet(hostile).at(-1)).toContain(String.raw`/bin/sh -c 'docker stop '\''a; reboot'\'''`);
  });
});
