import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { confinementSection, parseConfinement } from '../../../src/observe/once/confinement.ts';

interface Kernel {
  readonly enforce?: '0' | '1';
  /** What the kernel does with a context that it is asked about. */
  readonly contexts?: 'known' | 'unknown';
  readonly profiles?: string;
  readonly additions?: Readonly<Record<string, string>>;
}

/** Runs the section where these folders are the machine's. */
function seen({ enforce, contexts = 'unknown', profiles, additions = {} }: Kernel) {
  const root = mkdtempSync(join(tmpdir(), 'k8s-ha-confinement-'));
  const folders = {
    selinux: '/sys/fs/selinux',
    security: '/sys/kernel/security/apparmor',
    local: '/etc/apparmor.d/local',
  };
  try {
    for (const folder of Object.values(folders)) mkdirSync(join(root, folder), { recursive: true });
    if (enforce !== undefined) writeFileSync(join(root, folders.selinux, 'enforce'), enforce);
    // A write to /dev/full fails, as the kernel's answer to a context that its policy does not know.
    if (enforce !== undefined)
      symlinkSync(contexts === 'known' ? '/dev/null' : '/dev/full', join(root, folders.selinux, 'context'));
    if (profiles !== undefined) writeFileSync(join(root, folders.security, 'profiles'), profiles);
    for (const [name, text] of Object.entries(additions)) writeFileSync(join(root, folders.local, name), text);
    const script = Object.values(folders).reduce(
      (text, folder) => text.replaceAll(folder, join(root, folder)),
      confinementSection,
    );
    return parseConfinement(execFileSync('sh', ['-euc', `emit() { shift; "$@"; }\n${script}`], { encoding: 'utf8' }));
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('confinement of a node', () => {
  test('is absent where nobody asked, and empty where the kernel has neither SELinux nor AppArmor', () => {
    expect(parseConfinement(undefined)).toBeUndefined();
    expect(seen({})).toEqual({ profiles: [] });
  });

  test('tells whether SELinux enforces, and whether its policy knows HAProxy and our module', () => {
    expect(seen({ enforce: '1' })?.selinux).toEqual({ enforcing: true, confinesHaproxy: false, moduleLoaded: false });
    expect(seen({ enforce: '0', contexts: 'known' })?.selinux).toEqual({
      enforcing: false,
      confinesHaproxy: true,
      moduleLoaded: true,
    });
  });

  test('reads the type of our folder out of its context', () => {
    const said = 'selinux 1\ntype haproxy_t\nfolder unconfined_u:object_r:etc_t:s0';
    expect(parseConfinement(said)?.selinux).toEqual({
      enforcing: true,
      confinesHaproxy: true,
      moduleLoaded: false,
      folderType: 'etc_t',
    });
    // What stat says without SELinux.
    expect(parseConfinement('selinux 1\nfolder ?')?.selinux).not.toHaveProperty('folderType');
  });

  test('names profiles of AppArmor that are enforced and have no additions for our files', () => {
    const profiles = 'unix-chkpwd (enforce)\nhaproxy (enforce)\n/usr/sbin/keepalived (complain)\n';
    expect(seen({ profiles })?.profiles).toEqual(['haproxy']);
    expect(seen({ profiles, additions: { haproxy: '# nothing yet\n' } })?.profiles).toEqual(['haproxy']);
    expect(seen({ profiles, additions: { haproxy: '  /etc/k8s-ha/haproxy.cfg r,\n' } })?.profiles).toEqual([]);
    expect(seen({ profiles: '/usr/sbin/keepalived (enforce)\nmy-haproxy (enforce)\n' })?.profiles).toEqual([
      '/usr/sbin/keepalived',
    ]);
  });
});
