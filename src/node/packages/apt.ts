import { quoteAll } from '../../core/command.ts';
import type { PackageManager, PackageVersion } from './manager.ts';

const get = 'apt-get -qq -y -o DPkg::Lock::Timeout=60';

function set(packages: readonly PackageVersion[], option: string): string {
  return `${get} -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold ${option} --no-install-recommends \\
    install ${quoteAll(packages.map(({ name, version }) => `${name}=${version}`))} >/dev/null 9>&-`;
}

/** apt of Debian and Ubuntu: apt-get(8), apt-cache(8), dpkg-query(1). */
export const apt: PackageManager = {
  program: 'apt-get',
  kind: 'a Debian package',
  refresh: 'apt-get -qq update',
  asks: {
    installed: `dpkg-query -W -f '\${db:Status-Status} \${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'`,
    available: `apt-cache madison "$1" | cut -d'|' -f2`,
    preferred: `LC_ALL=C apt-cache policy "$1" | sed -n 's/^ *Candidate: //p'`,
    newer: `dpkg --compare-versions "$(target "$1")" gt "$(installed "$1")"`,
  },
  quiet: {
    install: 'export DEBIAN_FRONTEND=noninteractive',
    change: 'export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1',
  },
  install: (names) => {
    const list = quoteAll(names);
    return `get() { ${get} "$@" 9>&-; }
get install --no-install-recommends ${list} >/dev/null 2>&1 || { get update && get install --no-install-recommends ${list} >/dev/null; } || exit 1`;
  },
  upgrade: (packages) => set(packages, '--only-upgrade'),
  downgrade: (packages) => set(packages, '--allow-downgrades'),
  remove: 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge --autoremove',
  says: {
    locked: /Could not get lock|dpkg frontend lock/i,
    missing: /Unable to locate package|Could not resolve|Failed to fetch|Temporary failure resolving/i,
  },
  byHand: {
    refresh: 'apt-get update',
    install: (names) => `apt-get install ${names.join(' ')}`,
    hold: (names) => `apt-mark hold ${names.join(' ')}`,
    owner: (file) => `dpkg -S ${file}`,
  },
};
