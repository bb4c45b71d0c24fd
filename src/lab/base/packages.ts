import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** A Debian package, with a program in PATH or a file that shows that it is there. */
export interface HostPackage {
  readonly name: string;
  readonly program: string;
}

/** Debian packages that the lab needs on its host, each with a program that shows that it is there. */
export const requiredPackages = [
  { name: 'mmdebstrap', program: 'mmdebstrap' },
  { name: 'systemd-container', program: 'systemd-nspawn' },
  { name: 'socat', program: 'socat' },
  { name: 'iproute2', program: 'ip' },
  { name: 'openssh-client', program: 'ssh' },
  { name: 'openssl', program: 'openssl' },
  { name: 'util-linux', program: 'nsenter' },
  { name: 'mount', program: 'mount' },
  { name: 'apt', program: 'apt-get' },
] as const;

/** What it needs besides to build a container image for its machines. */
export const podmanPackages = [
  { name: 'podman', program: 'podman' },
  { name: 'crun', program: 'crun' },
] as const;

/** What it needs to build runc for machines on which kubeadm makes the cluster. */
export const kubeadmPackages = [
  { name: 'gcc', program: 'gcc' },
  { name: 'libc6-dev', program: '/usr/include/stdio.h' },
  { name: 'libseccomp-dev', program: '/usr/include/seccomp.h' },
  { name: 'pkg-config', program: 'pkg-config' },
] as const;

function searchPath(): readonly string[] {
  return [...new Set([...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'])];
}

async function isInstalled(program: string): Promise<boolean> {
  if (program.startsWith('/'))
    return access(program).then(
      () => true,
      () => false,
    );
  for (const dir of searchPath()) {
    const found = await access(join(dir, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** Names of those packages whose programs are not on this host, for `apt-get install`. */
export async function missingPackages(packages: readonly HostPackage[]): Promise<readonly string[]> {
  const checked = await Promise.all(
    packages.map(async ({ name, program }) => ((await isInstalled(program)) ? undefined : name)),
  );
  return checked.filter((name) => name !== undefined);
}
