import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPrograms } from './missing.ts';

const missing = missingPrograms("the tool's container image", ['podman', 'crun', 'mmdebstrap', 'dpkg-deb']);
const root = process.getuid?.() === 0;
if (!root) process.stderr.write("LEFT OUT: the tool's container image, because it needs root.\n");

/**
 * Builds the image as its users do, from the release's Debian package, and runs it: `$1` is the folder with both. No registry is
 * asked: the base that the recipe names is made of Debian's mirror. Stores are in memory, in a mount namespace of its own, and the
 * machine's podman sees nothing of them. crun wants no second hierarchy of control groups beside those of version 1.
 */
const script = `set -eu
for dir in /var/lib/containers /dev/shm; do mkdir -p $dir; mount -t tmpfs k8s-ha-test $dir; done
umount -R /sys/fs/cgroup/unified 2>/dev/null || :
printf '[storage]\\ndriver = "vfs"\\ngraphroot = "/var/lib/containers/storage"\\nrunroot = "/var/lib/containers/run"\\n' >$1/storage.conf
export CONTAINERS_STORAGE_CONF=$1/storage.conf
pod() { podman --tmpdir /var/lib/containers/tmp --events-backend none "$@"; }
pod import --quiet $1/base.tar docker.io/library/debian:trixie-slim
pod build --isolation=chroot --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --network=host --pull=never \\
    --tag k8s-ha --file deploy/container/Containerfile $1/release
attempt() {
    name=$1 rc=0; shift
    pod run --rm --cgroups=disabled --network=none --volume $work/clusters:/work:ro "$@" >$work/$name.said 2>&1 || rc=$?
    echo $rc >$work/$name.rc
}
work=$1
attempt good k8s-ha check prod.yaml
attempt bad k8s-ha check broken.yaml
attempt live k8s-ha check prod.yaml --live
attempt user --entrypoint id k8s-ha
attempt write --entrypoint touch k8s-ha /usr/bin/new
`;

const isolated = ['--pdeathsig', 'SIGKILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

async function run(program: string, ...args: readonly string[]) {
  return promisify(execFile)(program, args, { maxBuffer: 64_000_000 });
}

describe.skipIf(missing.length > 0 || !root)("the tool's container image", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-container-'));
    for (const name of ['release', 'clusters']) mkdirSync(join(folder, name));
    copyFileSync('examples/tutorial.yaml', join(folder, 'clusters/prod.yaml'));
    writeFileSync(join(folder, 'clusters/broken.yaml'), 'name: broken\nnodes: []\n');
    writeFileSync(join(folder, 'sources.list'), 'deb http://deb.debian.org/debian trixie main\n');
    const base = [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--dpkgopt=force-unsafe-io',
      '--format=tar',
      'trixie',
    ];
    await Promise.all([
      run('setpriv', ...isolated, ...base, join(folder, 'base.tar'), join(folder, 'sources.list')),
      run(resolve('scripts/package.sh'), join(folder, 'release')),
    ]);
    await run('setpriv', ...isolated, 'sh', '-c', script, 'sh', folder);
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ended = (name: string) => ({
    rc: Number(readFileSync(join(folder, `${name}.rc`), 'utf8')),
    said: readFileSync(join(folder, `${name}.said`), 'utf8'),
  });

  test('checks a file of the folder that it is given, and tells what is wrong by its exit code', () => {
    expect(ended('good')).toEqual({ rc: 0, said: 'prod.yaml: 3 nodes, 2 VIPs, no problems found\n' });
    expect(ended('bad')).toMatchObject({ rc: 1, said: expect.stringContaining('broken.yaml:') });
  });

  test('has an ssh that looks for the nodes', () => {
    const { rc, said } = ended('live');
    expect(rc).toBe(1);
    expect(said).toMatch(/node-unreachable[\s\S]*172\.16\.217\.171[^\n]*unreachable/);
  });

  test('runs as nobody special, who has a name', () => {
    expect(ended('user').said).toMatch(/^uid=1000\(k8s-ha\) /);
    expect(ended('write').rc).not.toBe(0);
  });
});
