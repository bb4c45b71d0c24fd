import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../src/lab/kubernetes/binaries.ts';
import { kubernetesPrograms, pinned, requiredPrograms } from '../../../src/lab/kubernetes/releases.ts';
import { findingsOf } from '../../../src/lab/problem.ts';
import { createRunner } from '../../../src/lab/process.ts';

/** A mirror of one release on loopback, with programs that only say their name. Needs tar. */
const version = 'v1.99.1';
const arch = process.arch === 'x64' ? 'amd64' : process.arch;

function program(name: string): string {
  return `#!/bin/sh\necho ${name}\n`;
}

function sumOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

async function find(options: { version?: string; dir?: string; from?: 'release' | 'go' }) {
  return findBinaries(createRunner('t-release'), { ...options, onProgress: () => undefined });
}

async function ruleOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => findingsOf(error)?.[0]?.rule,
  );
}

describe('the programs of a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-release-'));
  const files = new Map<string, string | Buffer>();
  const asked: string[] = [];
  let server: Server;
  const before = { ...process.env };

  beforeAll(async () => {
    for (const name of kubernetesPrograms) {
      const path = `/release/${version}/bin/linux/${arch}/${name}`;
      files.set(path, program(name));
      files.set(`${path}.sha256`, sumOf(program(name)));
    }
    const top = `etcd-${pinned.etcd}-linux-${arch}`;
    mkdirSync(join(folder, top));
    for (const name of ['etcd', 'etcdctl', 'README.md'])
      writeFileSync(join(folder, top, name), program(name), { mode: 0o755 });
    spawnSync('tar', ['-C', folder, '-czf', join(folder, 'etcd.tar.gz'), top]);
    const archive = readFileSync(join(folder, 'etcd.tar.gz'));
    files.set(`/etcd/${pinned.etcd}/${top}.tar.gz`, archive);
    files.set(`/etcd/${pinned.etcd}/SHA256SUMS`, `${sumOf(archive)}  ${top}.tar.gz\n`);
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const body = files.get(request.url ?? '');
      if (body === undefined) response.writeHead(404).end();
      else response.end(body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    Object.assign(process.env, {
      K8S_HA_KUBERNETES_URL: `${base}/release`,
      K8S_HA_ETCD_URL: `${base}/etcd`,
      K8S_HA_LAB_DIR: join(folder, 'home'),
    });
  });
  afterAll(() => {
    process.env = before;
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('are fetched, checked, unpacked, and kept for the next time', async () => {
    const found = await find({ version: '1.99.1', from: 'release' });
    expect(found.version).toBe(version);
    for (const name of requiredPrograms)
      expect(spawnSync(join(found.dir, name), { encoding: 'utf8' }).stdout).toBe(`${name}\n`);
    expect(existsSync(join(found.dir, 'README.md'))).toBe(false);
    const count = asked.length;
    expect(await find({ version, from: 'release' })).toEqual(found);
    expect(asked).toHaveLength(count);
  });

  it('are refused as a whole when one of them is not what its sum says', async () => {
    const wrong = 'v1.99.2';
    for (const name of kubernetesPrograms) {
      const path = `/release/${wrong}/bin/linux/${arch}/${name}`;
      files.set(path, program(name));
      files.set(`${path}.sha256`, sumOf(name === 'kubectl' ? 'another' : program(name)));
    }
    expect(await ruleOf(find({ version: wrong, from: 'release' }))).toBe('lab-checksum');
    expect(await ruleOf(find({ version: wrong, from: 'release' }))).toBe('lab-checksum');
  });

  it('that are in a folder of yours are taken from there, or it says which are missing', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    expect(await ruleOf(find({ dir: own }))).toBe('lab-binaries');
    for (const name of requiredPrograms)
      writeFileSync(join(own, name), '#!/bin/sh\necho Kubernetes v1.98.7\n', { mode: 0o755 });
    expect(await find({ dir: own })).toEqual({ dir: own, version: 'v1.98.7' });
  });

  it('of a version that is none, or that is not pinned, are not looked for', async () => {
    expect(await ruleOf(find({ version: 'newest' }))).toBe('lab-kubernetes-version');
    expect(await ruleOf(find({ version: '1.99.3', from: 'go' }))).toBe('lab-kubernetes-version');
    expect(await ruleOf(find({ version: '1.99.3', from: 'release' }))).toBe('lab-download');
  });
});
