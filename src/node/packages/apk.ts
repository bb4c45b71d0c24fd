import { quoteAll } from '../../core/command.ts';
import { isInstalled, type PackageManager, type PackageVersion } from './manager.ts';

const get = 'apk -q --wait 60';

const installed = `apk info -e -v "$1" 2>/dev/null | sed -n "s/^$1-//p"`;

/** A version that was asked for is pinned in /etc/apk/world: that of the name alone lets the next upgrade have it again. */
function set(packages: readonly PackageVersion[]): string {
  return `${get} add ${quoteAll(packages.map(({ name, version }) => `${name}=${version}`))} >/dev/null 9>&- || exit 1
${get} add ${quoteAll(packages.map(({ name }) => name))} >/dev/null 9>&- || exit 1
${isInstalled(installed, packages)}`;
}

/** apk of Alpine and of distributions with systemd that are made from it: apk(8) of version 2. */
export const apk: PackageManager = {
  program: 'apk',
  kind: 'an Alpine package',
  refresh: 'apk -q --wait 60 update',
  asks: {
    installed,
    // "  2.8.5-r0:", below it where that version comes from: its own database, or sources.
    available: `apk policy "$1" | awk '/^  [0-9][^ ]*:$/ { version = substr($1, 1, length($1) - 1) } /^    / && $0 !~ /lib\\/apk\\/db\\/installed/ && version != "" { print version; version = "" }'`,
    preferred: `k8s_best=; for k8s_one in $(available "$1"); do { [ -z "$k8s_best" ] || [ "$(apk version -t "$k8s_one" "$k8s_best")" = '>' ]; } && k8s_best=$k8s_one; done; echo "$k8s_best"`,
    newer: `[ "$(apk version -t "$(target "$1")" "$(installed "$1")")" = '>' ]`,
  },
  quiet: { install: ':', change: ':' },
  install: (names) => {
    const list = quoteAll(names);
    return `${get} add ${list} >/dev/null 2>&1 9>&- || { ${get} update 9>&- && ${get} add ${list} >/dev/null 9>&-; } || exit 1`;
  },
  upgrade: set,
  downgrade: set,
  remove: 'apk -q --wait 60 del',
  says: {
    locked: /Unable to lock database/i,
    missing: /unable to select packages|no such package|temporary error \(try again later\)|DNS lookup error/i,
  },
  byHand: {
    sources: 'They are in the repository "community" (/etc/apk/repositories).',
    refresh: 'apk update',
    install: (names) => `apk add ${names.join(' ')}`,
    hold: (names) =>
      names.map((name) => `apk add '${name}='"$(apk info -ev ${name} | sed 's/^${name}-//')"`).join('; '),
    owner: (file) => `apk info --who-owns ${file}`,
  },
};
