import {
  distributions,
  packageManagers,
  type DistributionName,
  type PackageManagerName,
  type Release,
} from '../cluster/distribution.ts';
import type { Version } from '../core/version.ts';
import { forms } from './said.ts';

/** What differs between distributions, as far as nodes of ours have to do with it. */
interface Distribution {
  /** Words of ID and ID_LIKE in /etc/os-release. */
  readonly ids: readonly string[];
  readonly packageManager: PackageManagerName;
  /** Where `ip` is: units name programs by their path. HAProxy and keepalived are in /usr/sbin, and their services have their names. */
  readonly ip: string;
  /** Versions of its own packages that are older than what we can render for, by ID and the first part of VERSION_ID. */
  readonly tooOld: Readonly<Record<string, Readonly<Record<'haproxy' | 'keepalived', Version>>>>;
}

const el8 = { haproxy: [1, 8, 27], keepalived: [2, 1, 5] } as const;

/** Adding a family is one entry here, and its name in `cluster/distribution.ts`. */
const table: Readonly<Record<DistributionName, Distribution>> = {
  debian: {
    ids: ['debian', 'ubuntu'],
    packageManager: 'apt',
    ip: '/bin/ip',
    tooOld: {
      'debian 11': { haproxy: [2, 2, 9], keepalived: [2, 1, 5] },
      'ubuntu 20': { haproxy: [2, 0, 33], keepalived: [2, 0, 19] },
    },
  },
  rhel: {
    ids: ['rhel', 'fedora', 'centos', 'rocky', 'almalinux', 'ol', 'amzn'],
    packageManager: 'dnf',
    ip: '/usr/sbin/ip',
    tooOld: { 'rhel 8': el8, 'centos 8': el8, 'rocky 8': el8, 'almalinux 8': el8, 'ol 8': el8 },
  },
  suse: {
    ids: ['suse', 'sles', 'opensuse', 'opensuse-leap', 'opensuse-tumbleweed'],
    packageManager: 'zypper',
    ip: '/sbin/ip',
    tooOld: {},
  },
  alpine: {
    ids: ['alpine', 'postmarketos'],
    packageManager: 'apk',
    ip: '/sbin/ip',
    tooOld: {},
  },
};

/** Reads /etc/os-release: the distribution itself, else the first that it says it is like; undefined for one that is not known. */
export function releaseOf(osRelease: string): Release | undefined {
  const field = (key: string): string =>
    new RegExp(`^${key}=(["']?)([^"'\n]{0,256})\\1[ \\t]*$`, 'm').exec(osRelease)?.[2] ?? '';
  const words = [field('ID'), ...field('ID_LIKE').split(' ', 20)].filter((word) => forms.distribution.test(word));
  const [id] = words;
  const family = words.map(familyOf).find((found) => found !== undefined);
  const version = field('VERSION_ID');
  return id === undefined || family === undefined
    ? undefined
    : { id, family, ...(forms.release.test(version) && { version }) };
}

function familyOf(id: string): DistributionName | undefined {
  return distributions.find((name) => table[name].ids.includes(id));
}

/**
 * The package manager of a node: its distribution's, where the node has that one. Another one may be installed beside it, and
 * knows nothing of what is there; it is taken only where nobody knows the distribution.
 */
export function managerOf(release: Release | undefined, present: string): PackageManagerName | 'other' {
  const has = present.split(/\s+/, 20);
  if (release === undefined) return packageManagers.find((name) => has.includes(name)) ?? 'other';
  const { packageManager } = table[release.family];
  return has.includes(packageManager) ? packageManager : 'other';
}

/** Where a node's `ip` is; Debian's place where nothing is known. */
export function ipOf(release: Release | undefined): string {
  return table[release?.family ?? 'debian'].ip;
}

/** The version of the distribution's own package, where it is known to be older than what we can render for. */
export function ownIfTooOld(release: Release | undefined, program: string): Version | undefined {
  if (release === undefined || (program !== 'haproxy' && program !== 'keepalived')) return undefined;
  return table[release.family].tooOld[`${release.id} ${release.version?.split('.')[0] ?? ''}`]?.[program];
}
