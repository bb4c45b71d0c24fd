import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Rollout } from '../../../src/act/rollout/step.ts';
import type { Command } from '../../../src/core/command.ts';
import type { Host } from '../../../src/host/host.ts';
import { leverText } from '../../../src/node/lever.ts';
import { paths, runDir, stateDir, versionFiles } from '../../../src/node/paths.ts';
import { kubeletAway, kubeletHome } from '../../../src/upkeep/kubelet.ts';
import { bringBack, checkAgain, leaveUnchecked, takeOut } from '../../../src/upkeep/away.ts';
import {
  beginVisit,
  endVisit,
  importImages,
  noteVisit,
  placePrograms,
  startKubeadm,
} from '../../../src/upkeep/version/commands.ts';
import { lookCommand, parseVersions } from '../../../src/upkeep/version/look.ts';
import type { ProgramSeen } from '../../../src/upkeep/version/model.ts';
import { parseSections } from '../../../src/observe/once/sections.ts';
import { from, spec, to, wanted } from './scenarios.ts';

/**
 * The commands' own shell, with programs of ours in place of kubeadm and the others. Needs sh, flock, awk and tar. All that would
 * be on a node is below a folder.
 */
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-version-'));
const bin = join(folder, 'bin');
const log = join(folder, 'log');
const token = 'the-lock';

/** Where a path of a node is in the folder. */
function at(path: string): string {
  return join(folder, path);
}

function program(name: string, text: string, dir = bin): void {
  writeFileSync(join(dir, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${text}\n`);
  chmodSync(join(dir, name), 0o755);
}

function run({ argv: [file = '', ...args], stdin = '' }: Command) {
  const moved = stdin
    .replaceAll(runDir, at(runDir))
    .replaceAll(stateDir, at(stateDir))
    .replaceAll('/opt/kubernetes', at('/opt/kubernetes'))
    .replaceAll('/etc/kubernetes', at('/etc/kubernetes'));
  const { status, stdout, stderr } = spawnSync(file, args, {
    input: moved,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
  });
  return { status, stdout, stderr, log: existsSync(log) ? readFileSync(log, 'utf8') : '' };
}

function contentOf(path: string): string | undefined {
  return existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined;
}

const says = (version: string): string => `echo "Kubernetes ${version}"`;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const dir of [bin, ...[runDir, stateDir, '/opt/kubernetes/images', '/etc/kubernetes/manifests'].map(at)])
    mkdirSync(dir, { recursive: true });
  writeFileSync(at(paths.lock), `{"token":"${token}"}\n`);
  program('systemd-run', 'while [ "$1" != sh ]; do shift; done; exec "$@"');
  program('systemctl', '');
  for (const name of ['kubeadm', 'kubelet', 'kubectl']) {
    program(name, says(from));
    program(name, says(to), at('/opt/kubernetes'));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function seen(name: string): ProgramSeen {
  return { path: join(bin, name), version: from, package: undefined, ours: false, offered: to };
}

describe('a visit', () => {
  test('is remembered from its beginning, with each thing once, to its end', () => {
    expect(run(beginVisit(token, wanted, 'apply')).status).toBe(0);
    expect(run(beginVisit(token, wanted, 'node')).status).toBe(0);
    expect(run(noteVisit(token, 'cordoned')).status).toBe(0);
    expect(run(noteVisit(token, 'cordoned')).status).toBe(0);
    expect(contentOf(versionFiles.visit)).toBe(`${to} apply ${at(wanted.folder)}\ncordoned\n`);
    expect(run(endVisit(token)).status).toBe(0);
    expect(contentOf(versionFiles.visit)).toBeUndefined();
  });

  test('has kubeadm in a unit, and remembers its good end alone', () => {
    run(beginVisit(token, wanted, 'apply'));
    program('kubeadm', 'exit 1');
    run(startKubeadm(token, spec, to, 'apply'));
    expect(contentOf(versionFiles.visit)).toBe(`${to} apply ${at(wanted.folder)}\n`);
    program('kubeadm', '');
    const ran = run(startKubeadm(token, spec, to, 'apply'));
    expect(ran.log).toContain(`kubeadm upgrade apply ${to} --yes\n`);
    expect(contentOf(versionFiles.visit)).toBe(`${to} apply ${at(wanted.folder)}\nkubeadm\n`);
  });

  test('leaves out again what kubeadm was told to leave out when it made the cluster', () => {
    const { kubernetes } = spec;
    const without = { ...spec, kubernetes: { ...kubernetes, coreDNS: false, kubeProxy: false } };
    program('kubeadm', '');
    expect(run(startKubeadm(token, without, to, 'node')).log).toContain(
      'kubeadm upgrade node --ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration --skip-phases=addon/kube-proxy,addon/coredns\n',
    );
  });

  test('is nobody’s who has lost the lock', () => {
    expect(run(beginVisit('another', wanted, 'apply')).status).toBe(76);
    expect(contentOf(versionFiles.visit)).toBeUndefined();
  });
});

describe('programs', () => {
  test('are placed whole, over a link too, and known as ours afterwards', () => {
    rmSync(join(bin, 'kubelet'));
    symlinkSync(at('/opt/kubernetes/kubeadm'), join(bin, 'kubelet'));
    const placed = run(placePrograms(token, '/opt/kubernetes', to, [['kubelet', seen('kubelet')]], true));
    expect(placed.status, placed.stderr).toBe(0);
    expect(placed.log).toContain('systemctl restart kubelet');
    expect(readFileSync(join(bin, 'kubelet'), 'utf8')).toBe(readFileSync(at('/opt/kubernetes/kubelet'), 'utf8'));
    const [machine] = spec.nodes;
    if (!machine) throw new Error('no node');
    const look = (): ReturnType<typeof parseVersions> =>
      parseVersions(parseSections(run(lookCommand(spec, machine, '/opt/kubernetes', to)).stdout));
    expect(look().programs).toMatchObject({
      kubelet: { version: to, ours: true, offered: to },
      kubeadm: { version: from, ours: false, offered: to },
    });
    writeFileSync(join(bin, 'kubelet'), '#!/bin/sh\necho "Kubernetes v1.36.0"\n');
    expect(look().programs.kubelet).toMatchObject({ version: 'v1.36.0', ours: false });
  });

  test('stay as they are where the folder has none', () => {
    rmSync(at('/opt/kubernetes/kubelet'));
    expect(run(placePrograms(token, '/opt/kubernetes', to, [['kubelet', seen('kubelet')]], true)).status).not.toBe(0);
    expect(readFileSync(join(bin, 'kubelet'), 'utf8')).toContain(from);
  });
});

/** What HAProxy is told about an API server. */
function servers(state: string): string {
  return ['k8s_api_ready', 'k8s_api_any'].map((backend) => `set server ${backend}/cp1 state ${state}\n`).join('');
}

function checks(does: string): string {
  return ['k8s_api_ready', 'k8s_api_any'].map((backend) => `${does} health ${backend}/cp1\n`).join('');
}

/** Commands that something would run on the node that is visited, cp1. */
async function commandsOf(work: (rollout: Rollout) => Promise<unknown>): Promise<readonly Command[]> {
  const commands: Command[] = [];
  const hostOf = (name: string): Host => ({
    name,
    close: async () => undefined,
    run: async (command) => {
      if (name === 'cp1') commands.push(command);
      return { command, rc: 0, stdout: '', stderr: '' };
    },
  });
  const owner = { token, owner: 'ada' };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what these two read of a rollout
  await work({ spec, owner, hostOf, onEvent: () => undefined } as unknown as Rollout);
  return commands;
}

describe('an API server that is taken out', () => {
  test('gets no connections, until it is brought back or its timer does it, with the drain that was ours', async () => {
    program('socat', 'cat >>$0.got');
    program('sleep', 'echo "sleep $*" >>${0%sleep}socat.got');
    program('systemd-run', `while [ $# -gt 1 ]; do shift; done; printf '%s' "$1" >${at('/heal')}`);
    const got = (): string => readFileSync(join(bin, 'socat.got'), 'utf8');

    for (const command of await commandsOf(async (rollout) => takeOut(rollout, 'cp1'))) {
      const ran = run(command);
      expect(ran.status, ran.stderr).toBe(0);
    }
    expect(got()).toBe(servers('drain') + checks('enable'));

    const heals = (): void => {
      spawnSync('sh', [at('/heal')], { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } });
    };
    writeFileSync(at(paths.drain), '1 operator eve: disks\n');
    heals();
    expect(contentOf(paths.drain)).toBe('1 operator eve: disks\n');
    writeFileSync(at(paths.drain), `${leverText({ by: 'rollout', token, owner: 'ada' })}\n`);
    heals();
    expect(contentOf(paths.drain)).toBe('0\n');
    // HAProxy has checked it before clients get there: it may be dead.
    const healed = `${checks('enable')}sleep 5\n${servers('ready')}`;
    expect(got()).toBe(servers('drain') + checks('enable') + healed + healed);

    rmSync(join(bin, 'socat.got'));
    for (const command of await commandsOf(async (rollout) => bringBack(rollout, 'cp1')))
      expect(run(command).log).toContain('systemctl stop k8s-ha-server-back-*.timer');
    expect(got()).toBe(checks('enable') + servers('ready'));
  });

  test('is not checked while it ends, and is again', async () => {
    program('socat', 'cat >>$0.got');
    for (const command of await commandsOf(async (rollout) => leaveUnchecked(rollout, 'cp1')))
      expect(run(command).status).toBe(0);
    for (const command of await commandsOf(async (rollout) => checkAgain(rollout, 'cp1')))
      expect(run(command).status).toBe(0);
    expect(readFileSync(join(bin, 'socat.got'), 'utf8')).toBe(checks('disable') + checks('enable'));
  });
});

function conf(server: string): string {
  return `apiVersion: v1\nclusters:\n- cluster:\n    server: ${server}\n`;
}

describe('the kubelet of a node that is visited', () => {
  const [own, endpoint] = ['https://172.16.217.171:6443', 'https://172.16.100.100:7443'];
  const kubelet = '/etc/kubernetes/kubelet.conf';

  beforeEach(() => {
    writeFileSync(at('/etc/kubernetes/admin.conf'), conf(endpoint));
    writeFileSync(at(kubelet), conf(own), { mode: 0o600 });
    run(beginVisit(token, wanted, 'node'));
  });

  test('asks the endpoint until it asks its own API server again', () => {
    for (let i = 0; i < 2; i += 1) expect(run(kubeletAway(token, versionFiles.visit)).stderr).toBe('');
    expect(contentOf(kubelet)).toBe(conf(endpoint));
    expect(contentOf(versionFiles.visit)).toBe(`${to} node ${at(wanted.folder)}\nkubelet ${own}\n`);
    const { log: said } = run(kubeletHome(token, versionFiles.visit));
    expect(contentOf(kubelet)).toBe(conf(own));
    expect(statSync(at(kubelet)).mode & 0o777).toBe(0o600);
    expect(said.match(/systemctl restart kubelet/g)).toHaveLength(2);
    // As it is, nothing is restarted.
    expect(run(kubeletHome(token, versionFiles.visit)).log).toBe(said);
  });

  test('is not started for that where it is about to be replaced', () => {
    run(kubeletAway(token, versionFiles.visit));
    const { log: said } = run(kubeletHome(token, versionFiles.visit, 'later'));
    expect(contentOf(kubelet)).toBe(conf(own));
    expect(said.match(/systemctl restart kubelet/g)).toHaveLength(1);
  });

  test('that asked the endpoint before goes on so', () => {
    writeFileSync(at(kubelet), conf(endpoint));
    run(kubeletAway(token, versionFiles.visit));
    expect(run(kubeletHome(token, versionFiles.visit)).log).not.toContain('restart kubelet');
    expect(contentOf(kubelet)).toBe(conf(endpoint));
  });
});

test('what a machine has is read: manifests, archives, a visit', () => {
  writeFileSync(at('/etc/kubernetes/manifests/etcd.yaml'), '    image: registry.k8s.io/etcd:3.6.6-0\n');
  writeFileSync(
    at('/etc/kubernetes/manifests/kube-apiserver.yaml'),
    `    image: registry.example.com:5000/k8s/kube-apiserver:${from}\n`,
  );
  writeFileSync(at('/opt/kubernetes/images/one.tar'), '');
  run(beginVisit(token, wanted, 'node'));
  const [machine] = spec.nodes;
  if (!machine) throw new Error('no node');
  const read = parseVersions(parseSections(run(lookCommand(spec, machine, '/opt/kubernetes', to)).stdout));
  expect([...read.images]).toEqual([
    ['etcd', '3.6.6-0'],
    ['kube-apiserver', from],
  ]);
  expect(read).toMatchObject({
    archives: true,
    running: false,
    visit: { version: to, does: 'node', kubeadmDone: false, cordoned: false },
    server: { known: false, reason: 'it has no admin.conf' },
  });
});

test('images that containerd has are not imported again', () => {
  const work = at('/work');
  mkdirSync(work);
  writeFileSync(
    join(work, 'manifest.json'),
    '[{"Config":"c","RepoTags":["registry.k8s.io/pause:3.10.2"],"Layers":[]}]',
  );
  spawnSync('tar', ['--create', '--file', at('/opt/kubernetes/images/pause.tar'), '--directory', work, '.']);
  program('ctr', '[ "$4" != list ] || cat "$0.has" 2>/dev/null; exit 0');
  expect(run(importImages(token, '/opt/kubernetes')).log).toMatch(/ctr .*import .*pause\.tar/);
  rmSync(log);
  writeFileSync(join(bin, 'ctr.has'), 'registry.k8s.io/pause:3.10.2\n');
  expect(run(importImages(token, '/opt/kubernetes')).log).not.toContain('import');
});
