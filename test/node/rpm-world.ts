import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../src/core/command.ts';

/** What ran and what it said. */
export interface Ran {
  readonly rc: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A root folder with an RPM data base of its own and one repository of stand-in packages: Debian's dnf, zypper and rpm work in it. */
export interface RpmWorld {
  /** Runs the shell of a command as a node does, with its paths below the folder. */
  readonly run: (command: Command) => Ran;
  readonly shell: (text: string, environment?: Readonly<Record<string, string>>) => Ran;
  /** Words of systemctl, a line for each call. */
  readonly systemctl: () => string;
  /** The repository is there, or away. */
  readonly offer: (there: boolean) => void;
  readonly folder: string;
  readonly end: () => void;
}

export const needed = ['dnf', 'zypper', 'rpm', 'rpmbuild', 'createrepo_c'] as const;

/** Programs of those that this machine has not got. */
export function missingPrograms(): readonly string[] {
  return needed.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
}

/** name, version, release, epoch */
const packages = [
  ['haproxy', '2.4.17', '3.el9', ''],
  ['haproxy', '2.4.22~rc1', '1.el9', ''],
  ['haproxy', '2.4.22', '1.el9_3', ''],
  ['keepalived', '2.2.4', '2', '1'],
  ['keepalived', '2.2.8', '1', '1'],
  // libzypp cannot read a data base without any package.
  ['filesystem', '3', '1', ''],
] as const;

function spec(name: string, version: string, release: string, epoch: string): string {
  return `Name: ${name}
Version: ${version}
Release: ${release}
${epoch === '' ? '' : `Epoch: ${epoch}\n`}Summary: stand-in
License: MIT
BuildArch: noarch
%description
stand-in
%install
mkdir -p %{buildroot}/usr/share/stand-in
echo ${version} >%{buildroot}/usr/share/stand-in/${name}
%files
/usr/share/stand-in/${name}
`;
}

export function rpmWorld(): RpmWorld {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-rpm-'));
  const at = (path: string): string => join(folder, path);
  const root = at('root');
  const environment = { ...process.env, HOME: folder, LC_ALL: 'C', PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` };
  const shell: RpmWorld['shell'] = (text, more = {}) => {
    const ran = spawnSync('sh', ['-s'], { encoding: 'utf8', input: text, env: { ...environment, ...more } });
    return { rc: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  };
  for (const path of ['bin', 'specs', 'repo', 'run', ...inRoot]) mkdirSync(at(path), { recursive: true });
  // Debian's rpm would keep its data base in the home folder, inside of the root folder.
  writeFileSync(at('.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  const repositories = join(root, 'etc/yum.repos.d');
  writeFileSync(
    join(repositories, 'local.repo'),
    `[local]\nname=local\nbaseurl=file://${at('repo')}\ngpgcheck=0\nenabled=1\n`,
  );
  for (const [name, text] of Object.entries({
    dnf: `exec /usr/bin/dnf --installroot=${root} --releasever=9 --setopt=reposdir=${repositories} --setopt=cachedir=${root}/var/cache/dnf $DNF_OPTIONS "$@"`,
    rpm: `exec /usr/bin/rpm --root=${root} "$@"`,
    zypper: `exec /usr/bin/zypper --root ${root} --reposd-dir ${repositories} "$@"`,
    systemctl: `echo "$@" >>${at('systemctl.log')}\n[ "$1" != is-active ]`,
  })) {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    chmodSync(at(`bin/${name}`), 0o755);
  }
  for (const [name, version, release, epoch] of packages) {
    const file = at(`specs/${name}-${version}.spec`);
    writeFileSync(file, spec(name, version, release, epoch));
    const built = shell(
      `rpmbuild --quiet -bb --define '_topdir ${at('build')}' --define '_rpmdir ${at('repo')}' ${file}`,
    );
    if (built.rc !== 0) throw new Error(built.stderr);
  }
  const made = shell(`createrepo_c -q ${at('repo')}`);
  if (made.rc !== 0) throw new Error(made.stderr);
  shell(`rpm -i ${at('repo')}/noarch/filesystem-3-1.noarch.rpm`);
  return {
    folder,
    shell,
    run: ({ stdin = '' }) =>
      shell(
        ['/run/k8s-ha', '/var/lib/k8s-ha', '/etc/systemd'].reduce(
          (text, path) => text.replaceAll(path, at(`node${path}`)),
          stdin,
        ),
      ),
    systemctl: () => (existsSync(at('systemctl.log')) ? readFileSync(at('systemctl.log'), 'utf8') : ''),
    offer: (there) => {
      const moved = there ? ['away', 'repo'] : ['repo', 'away'];
      shell(`mv ${moved.map((name) => at(name)).join(' ')}`);
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const inRoot = ['etc/yum.repos.d', 'etc/zypp', 'var/lib/rpm', 'var/log', 'var/cache'].map((path) => `root/${path}`);
