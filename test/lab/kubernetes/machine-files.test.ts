import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { libraryPaths } from '../../../src/lab/kubernetes/images.ts';
import { machineFiles, machineUnits, podRoutes, podSubnet } from '../../../src/lab/kubernetes/machine-files.ts';

const nodes = ['cp1', 'cp2', 'w1'].map((name, i) => ({ name, address: `172.16.217.${171 + i}` }));
const [cp1 = { name: '', address: '' }] = nodes;
const files = new Map(machineFiles(cp1, nodes, 'registry.k8s.io/pause:3').map(({ path, content }) => [path, content]));

describe('a machine on which kubeadm makes a node', () => {
  it('has a network of pods of its own, and a way to those of all others', () => {
    expect(podSubnet(0)).toBe('10.244.1.0/24');
    expect(files.get('etc/cni/net.d/10-lab.conflist')).toContain('10.244.1.0/24');
    expect(podRoutes(nodes, 'cp1')).toBe(
      'ip route replace 10.244.2.0/24 via 172.16.217.172 dev eth0\nip route replace 10.244.3.0/24 via 172.16.217.173 dev eth0\n',
    );
  });

  it('keeps the image that every pod starts from', () => {
    expect(files.get('etc/containerd/config.toml')).toContain("sandbox = 'registry.k8s.io/pause:3'");
  });

  it('has a file for every unit that starts at boot', () => {
    for (const unit of machineUnits) expect(files.has(`etc/systemd/system/${unit}.service`)).toBe(true);
  });

  it.each(['etc/lab/prepare', 'etc/lab/import-images'])('has a script %s that a shell can read', (path) => {
    expect(spawnSync('sh', ['-n'], { input: files.get(path) }).status).toBe(0);
  });
});

describe('libraries of a program', () => {
  it('are what ldd says, with the loader and without what the kernel gives', () => {
    const text =
      '\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f4)\n';
    expect(libraryPaths(text)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });
});
