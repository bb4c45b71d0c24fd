import { quoteAll } from '../../core/command.ts';
import { isInstalled, type PackageManager, type PackageVersion } from './manager.ts';
import { rpmInstalled } from './rpm.ts';

const get = 'dnf -q -y --setopt=install_weak_deps=False';

/** Versions that are on offer, `[EPOCH:]VERSION-RELEASE`, one on a line; no source packages. dnf 5 writes no newline by itself. */
function offered(options: string): string {
  return `dnf -q -C repoquery ${options} --qf '%{arch} %{evr}\\n' "$1" | sed -n '/^src /d; s/^[^ ][^ ]* //p'`;
}

function change(verb: string, packages: readonly PackageVersion[]): string {
  return `${get} ${verb} ${quoteAll(packages.map(({ name, version }) => `${name}-${version}`))} >/dev/null 9>&- || exit 1
${isInstalled(rpmInstalled, packages)}`;
}

/**
 * dnf of the Red Hat family: dnf(8) of version 4, and version 5 where both have the option. It waits for its own lock. `upgrade`
 * and `downgrade` of a version that cannot be had end well and change nothing.
 */
export const dnf: PackageManager = {
  program: 'dnf',
  kind: 'an RPM package',
  // Otherwise a source that is away would read as one without newer versions.
  refresh: 'dnf -q --refresh --setopt=skip_if_unavailable=False makecache',
  asks: {
    installed: rpmInstalled,
    available: offered('--showduplicates'),
    preferred: `${offered('--latest-limit=1')} | head -n 1`,
    newer: `${offered('--upgrades --showduplicates')} | grep -qFx -- "$(target "$1")"`,
  },
  quiet: { install: ':', change: ':' },
  install: (names) => `${get} install ${quoteAll(names)} >/dev/null 9>&- || exit 1`,
  upgrade: (packages) => change('upgrade', packages),
  downgrade: (packages) => change('downgrade', packages),
  remove: 'dnf -q -y remove',
  says: {
    locked: /Waiting for process with pid|Failed to obtain the transaction lock/i,
    missing:
      /Unable to find a match|No match for argument|Failed to download metadata|Cannot download repomd|Could not resolve host|There are no enabled repositories/i,
  },
  byHand: {
    sources: 'haproxy, keepalived and socat are in AppStream, which a registered system has.',
    refresh: 'dnf --refresh makecache',
    install: (names) => `dnf install ${names.join(' ')}`,
    hold: (names) => `dnf versionlock add ${names.join(' ')}`,
    owner: (file) => `rpm -qf ${file}`,
  },
};
