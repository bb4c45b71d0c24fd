import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { parse } from 'yaml';
import { paths, runDir, stateDir } from '../../src/node/paths.ts';
import { pointKubeletCommand } from '../../src/up/balance-commands.ts';
import { endpointOf } from '../../src/render/kubeadm.ts';
import { localServer } from '../../src/render/worker.ts';
import { fakeSpec } from '../fakes/spec.ts';

/** The command's own shell on a kubeconfig as kubeadm writes it, with a systemctl of ours. Needs sh and flock. */
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-balance-'));
const spec = fakeSpec();
const conf = join(folder, 'etc/kubernetes/kubelet.conf');
const former = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0t
    server: https://172.16.100.100:7443
  name: default-cluster
contexts:
- context:
    cluster: default-cluster
    namespace: default
    user: default-auth
  name: default-context
current-context: default-context
kind: Config
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
`;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const dir of ['bin', runDir, stateDir, 'etc/kubernetes']) mkdirSync(join(folder, dir), { recursive: true });
  writeFileSync(join(folder, paths.lock), '{"token":"the-lock"}\n');
  writeFileSync(conf, former, { mode: 0o600 });
  const systemctl = join(folder, 'bin/systemctl');
  writeFileSync(systemctl, `#!/bin/sh\necho "$*" >>${join(folder, 'log')}\n`);
  chmodSync(systemctl, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function point(server: string): string {
  const { argv, stdin = '' } = pointKubeletCommand('the-lock', spec, server);
  const [file = '', ...args] = argv;
  const { status, stderr } = spawnSync(file, args, {
    input: stdin
      .replaceAll(runDir, join(folder, runDir))
      .replaceAll(stateDir, join(folder, stateDir))
      .replaceAll('/etc/kubernetes/', join(folder, 'etc/kubernetes/')),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
  });
  expect(status, stderr).toBe(0);
  return readFileSync(conf, 'utf8');
}

const seen = z.object({ clusters: z.array(z.object({ cluster: z.record(z.string(), z.string()) })) });

test('a kubelet is pointed at its own machine, with the name that it verifies, and starts again', () => {
  const text = point(localServer(spec));
  expect(seen.parse(parse(text)).clusters[0]?.cluster).toEqual({
    'certificate-authority-data': 'LS0t',
    server: 'https://127.0.0.1:7443',
    'tls-server-name': 'kubernetes',
  });
  expect(statSync(conf).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('restart kubelet\n');
});

test('done twice it is the same, and undone it is what kubeadm wrote', () => {
  const once = point(localServer(spec));
  expect(point(localServer(spec))).toBe(once);
  expect(point(`https://${endpointOf(spec)}`)).toBe(former);
});
