import { quoteAll } from '../../core/command.ts';
import { isInstalled, type PackageManager, type PackageVersion } from './manager.ts';
import { rpmInstalled } from './rpm.ts';

/**
 * zypper ends with 102 or 103 where all went well and the machine, or zypper itself, should be started again (zypper(8)). Why it
 * cannot do something is on its standard output, with what it asks then.
 */
function install(words: string): string {
  return `k8s_said=$(zypper -n -q install --no-recommends ${words} 2>&1 9>&-) ||
    case $? in 102 | 103) ;; *) printf '%s\\n' "$k8s_said" >&2; exit 1 ;; esac`;
}

function set(packages: readonly PackageVersion[], options: string): string {
  return `${install(`${options}${quoteAll(packages.map(({ name, version }) => `${name}=${version}`))}`)}
${isInstalled(rpmInstalled, packages)}`;
}

/** zypper of SUSE and openSUSE: zypper(8). An older version without --oldpackage, it ends well and changes nothing. */
export const zypper: PackageManager = {
  program: 'zypper',
  kind: 'an RPM package',
  refresh: 'zypper -n -q refresh',
  asks: {
    installed: rpmInstalled,
    // S | Name | Type | Version | Arch | Repository
    available: `zypper -n -q --no-refresh search -s -x -t package "$1" 2>/dev/null | awk -F ' *[|] *' '$3 == "package" && $6 !~ /^[(]System Packages[)]/ { print $4 }'`,
    preferred: `zypper -n -q --no-refresh info "$1" 2>/dev/null | sed -n 's/^Version *: //p' | head -n 1`,
    newer: `[ "$(zypper --terse versioncmp "$(target "$1")" "$(installed "$1")")" = 1 ]`,
  },
  quiet: { install: 'export ZYPP_LOCK_TIMEOUT=60', change: 'export ZYPP_LOCK_TIMEOUT=60' },
  install: (names) => install(quoteAll(names)),
  upgrade: (packages) => set(packages, ''),
  downgrade: (packages) => set(packages, '--oldpackage '),
  remove: 'ZYPP_LOCK_TIMEOUT=60 zypper -n -q remove --clean-deps',
  says: {
    locked: /System management is locked by the application/i,
    missing:
      /No provider of|not found in package names|Could not resolve host|Valid metadata not found|Download .*error/i,
  },
  byHand: {
    sources: 'On SLES they come with the High Availability extension (SUSEConnect --list-extensions).',
    refresh: 'zypper refresh',
    install: (names) => `zypper install ${names.join(' ')}`,
    hold: (names) => `zypper addlock ${names.join(' ')}`,
    owner: (file) => `rpm -qf ${file}`,
  },
};
