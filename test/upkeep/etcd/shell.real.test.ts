import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { etcdFolder, manifestsDir, paths, runDir } from '../../../src/node/paths.ts';
import { snapshotProgram } from '../../../src/render/etcd-snapshot.ts';
import { restoreCommand } from '../../../src/upkeep/etcd/restore/commands.ts';
import type { RestorePlan, RestoreStep } from '../../../src/upkeep/etcd/restore/plan.ts';
import { receiveCommand } from '../../../src/upkeep/etcd/transfer.ts';
import { fakeSpec } from '../../fakes/spec.ts';

/** The steps' own shell, with an etcdutl of ours. Needs sh and flock. All that would be on a node is below a folder. */
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-restore-'));
const bin = join(folder, 'bin');
const log = join(folder, 'log');
const token = 'the-lock';
const content = Buffer.alloc(1_500_000, 'snapshot');
const member = { name: 'cp1', dataDir: '/var/lib/etcd', peerUrl: 'https://172.16.217.171:2380' };

const plan: RestorePlan = {
  cluster: 'prod',
  about: { id: '20261129T031500Z-0123abcd', sha256: createHash('sha256').update(content).digest('hex'), above: 500 },
  members: [{ node: 'cp1', manifest: member, phase: undefined }],
  steps: [],
  resumes: false,
};

function at(path: string): string {
  return join(folder, path);
}

/** The same text with all of a node's folders below ours. */
function moved(text: string): string {
  return (
    text
      .replaceAll(runDir, at(runDir))
      .replaceAll(etcdFolder, at(etcdFolder))
      .replaceAll(manifestsDir, at(manifestsDir))
      // The machine of this test may have an API server of its own.
      .replaceAll('/proc/', at('/proc/'))
      .replaceAll('/var/lib/etcd', at('/var/lib/etcd'))
  );
}

function run({ argv: [file = '', ...args], stdin = '' }: Command) {
  const { status, stdout, stderr } = spawnSync(file, args.map(moved), {
    input: moved(stdin),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
  });
  return { status, stdout, stderr };
}

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

function step(does: RestoreStep) {
  const [first] = plan.members;
  if (!first) throw new Error('no member');
  return run(restoreCommand(token, plan, first, does));
}

function receive(): void {
  for (const offset of [0, 1_048_576])
    expect(run(receiveCommand(plan.about.id, offset, content.subarray(offset, offset + 1_048_576))).status).toBe(0);
}

const pods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const dir of [bin, at(runDir), at(manifestsDir), at('/var/lib/etcd/member')])
    mkdirSync(dir, { recursive: true });
  writeFileSync(at(paths.lock), `{"token":"${token}"}\n`);
  writeFileSync(at('/var/lib/etcd/member/db'), 'before');
  for (const pod of pods) writeFileSync(join(at(manifestsDir), `${pod}.yaml`), pod);
  program('systemctl', '');
  program(
    'etcdutl',
    `case "$*" in
*--help*) echo '      --bump-revision uint'; exit ;;
*"snapshot status"*) echo '{"hash":7,"revision":100,"totalKey":3,"totalSize":10}'; exit ;;
esac
while [ "$1" != --data-dir ]; do shift; done
mkdir -p "$2/member" && echo restored >"$2/member/db"`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const order: readonly RestoreStep[] = [
  'begin',
  'prepare',
  'stop-api',
  'stop-etcd',
  'swap',
  'start-etcd',
  'start-api',
  'finish',
];

describe('the steps of a restore', () => {
  test('put what was restored in place, keep what was there, and leave nothing else', () => {
    // Each of them twice: a run that was killed does not know whether it was done.
    const there = order.flatMap((does) => {
      if (does === 'prepare') receive();
      const times = does === 'begin' || does === 'finish' ? 1 : 2;
      const ended = Array.from({ length: times }, () => step(does));
      expect(ended.map(({ status, stderr }) => [does, status, stderr])).toEqual(ended.map(() => [does, 0, '']));
      return [`${does}: ${readdirSync(at(manifestsDir)).join(' ')}`];
    });
    expect(there).toEqual(expect.arrayContaining(['stop-api: etcd.yaml', 'stop-etcd: ', 'start-etcd: etcd.yaml']));
    const data = at('/var/lib/etcd');
    expect(readFileSync(join(data, 'member/db'), 'utf8')).toBe('restored\n');
    expect(readFileSync(join(data, `member.before-${plan.about.id}/db`), 'utf8')).toBe('before');
    expect(readdirSync(data).toSorted()).toEqual(['member', `member.before-${plan.about.id}`]);
    expect(readdirSync(at(manifestsDir)).toSorted()).toEqual(pods.map((pod) => `${pod}.yaml`));
    expect(readdirSync(at(etcdFolder))).toEqual(['restored']);
  });

  test('begin above every revision that clients have seen, as one member of all', () => {
    step('begin');
    receive();
    step('prepare');
    const said = readFileSync(log, 'utf8');
    // 500 were seen, the snapshot has 100.
    expect(said).toContain('--bump-revision 1000000400 --mark-compacted');
    expect(said).toContain('--initial-cluster cp1=https://172.16.217.171:2380');
    expect(said).toContain(`--initial-cluster-token k8s-ha-${plan.about.id}`);
  });

  test('refuse a snapshot that did not arrive whole, with nothing stopped', () => {
    step('begin');
    run(receiveCommand(plan.about.id, 0, content.subarray(0, 1_048_576)));
    expect(step('prepare')).toMatchObject({ status: 1, stderr: 'the snapshot did not arrive whole\n' });
    expect(readdirSync(at(manifestsDir))).toHaveLength(4);
    expect(existsSync(join(at(etcdFolder), 'restore/phase'))).toBe(false);
  });

  test('end with what etcdutl says of a snapshot that it refuses', () => {
    program(
      'etcdutl',
      `case "$*" in *"snapshot status"*) echo '{"revision":1}';; *) echo "expected sha256" >&2; exit 1;; esac`,
    );
    step('begin');
    receive();
    const { status, stderr } = step('prepare');
    expect([status, stderr.includes('expected sha256')]).toEqual([1, true]);
    program('etcdutl', 'echo {}');
    step('begin');
    receive();
    expect(step('prepare')).toMatchObject({ status: 1, stderr: 'the snapshot has no revision\n' });
  });

  test('keep the copy of all Secrets where root alone can read it', () => {
    step('begin');
    receive();
    expect(statSync(join(at(etcdFolder), 'restore/snapshot.db')).mode & 0o077).toBe(0);
    expect(statSync(join(at(etcdFolder), 'restore')).mode & 0o077).toBe(0);
  });
});

test('a snapshot is refused on a node where kubeadm runs no etcd', () => {
  const text = snapshotProgram(fakeSpec(), 0).replaceAll(manifestsDir, at(manifestsDir));
  const { status, stderr } = spawnSync('sh', ['-s'], { input: text, encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('names no data folder')]);
});

/** A member whose etcdctl and etcdutl are in its own image. */
function memberThat(saves: string): void {
  const image = at('/proc/7/root/usr/local/bin');
  mkdirSync(image, { recursive: true });
  writeFileSync(join(at(manifestsDir), 'etcd.yaml'), '    - --data-dir=/data\n');
  writeFileSync(at('/proc/7/comm'), 'etcd\n');
  writeFileSync(at('/proc/7/cmdline'), 'etcd\0--data-dir=/data\0');
  for (const [name, text] of [
    ['etcdctl', `case "$*" in *" save "*) while [ $# -gt 1 ]; do shift; done; ${saves};; esac`],
    ['etcdutl', `[ -s "$4" ] && echo '{"hash":7,"revision":100,"totalKey":3,"totalSize":10}'`],
  ] as const) {
    writeFileSync(join(image, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(image, name), 0o755);
  }
}
function kept(): readonly string[] {
  return readdirSync(at(`${etcdFolder}/snapshots`)).map((name) => name.replaceAll(/\d{8}T\d{6}Z/g, 'TIME'));
}

function take(keep: number, prefix?: string) {
  return spawnSync('sh', ['-s'], { input: moved(snapshotProgram(fakeSpec(), keep, prefix)), encoding: 'utf8' });
}

describe('a snapshot', () => {
  test('is there whole or not at all', () => {
    memberThat('exit 1');
    expect(take(1).status).toBe(1);
    expect(kept()).toEqual([]);
    memberThat('echo data >"$1"');
    const { status, stdout, stderr } = take(1);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/snapshots\/etcd-\d{8}T\d{6}Z\.db\n\{"hash":7,.*\}\n[0-9a-f]{64}\n$/);
    expect(kept()).toEqual(['etcd-TIME.db']);
  });

  test('that is kept for something stays beside the scheduled, and replaces the one before it', () => {
    memberThat('echo data >"$1"');
    take(2);
    const snapshots = at(`${etcdFolder}/snapshots`);
    for (const name of ['etcd-20200101T000000Z.db', 'before-v1.36.3-etcd-20200101T000000Z.db'])
      writeFileSync(join(snapshots, name), 'old');
    expect(take(1, 'before-v1.36.3-').status).toBe(0);
    expect(kept()).toEqual(['before-v1.36.3-etcd-TIME.db', 'etcd-TIME.db', 'etcd-TIME.db']);
    expect(readFileSync(join(snapshots, readdirSync(snapshots)[0] ?? ''), 'utf8')).toBe('data\n');
    take(1);
    expect(kept()).toEqual(['before-v1.36.3-etcd-TIME.db', 'etcd-TIME.db']);
  });

  test.each([
    [1, ['data\n']],
    [2, ['data\n', '2099']],
    [3, ['2020', 'data\n', '2099']],
  ])('that was just taken is never the oldest of %i, whatever the clock was before', (keep, contents) => {
    memberThat('echo data >"$1"');
    const snapshots = at(`${etcdFolder}/snapshots`);
    mkdirSync(snapshots, { recursive: true });
    for (const year of ['2020', '2099']) writeFileSync(join(snapshots, `etcd-${year}0101T000000Z.db`), year);
    expect(take(keep).status).toBe(0);
    const left = readdirSync(snapshots).toSorted();
    expect(left.map((name) => readFileSync(join(snapshots, name), 'utf8'))).toEqual(contents);
  });
});
