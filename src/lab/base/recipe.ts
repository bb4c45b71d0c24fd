import { createHash } from 'node:crypto';
import { filled } from '../../core/shell-text.ts';
import { guest } from '../paths.ts';
import { words } from '../words.ts';
import * as programs from './shell/programs.ts';

/** Which Debian an image is made of, and from where. */
export interface AptHost {
  readonly codename: string;
  readonly architecture: string;
  /** Lines of the host's sources.list for its own release. */
  readonly sources: readonly string[];
  /** The host's apt options about how to fetch: proxies, retries, validity of old snapshots. */
  readonly aptOptions: readonly string[];
}

/** Everything that decides what is in the base image; another recipe is another image. */
export interface Recipe extends AptHost {
  readonly packages: readonly string[];
  /** Packages that nodes can install without a network, with what they depend on. */
  readonly offlinePackages: readonly string[];
  readonly customize: string;
}

const packages = [
  ...words('systemd systemd-sysv dbus openssh-server sudo'),
  ...words('etcd-server etcd-client libstdc++6 libatomic1'),
  ...words('iproute2 nftables iputils-ping iputils-arping procps curl ca-certificates'),
];

const offlinePackages = [
  ...words('keepalived haproxy socat rt-tests podman crun catatonit'),
  // What people have on their nodes.
  ...words('firewalld ufw iptables network-manager'),
];

/** Files that no node needs; their absence makes the image a third smaller and installing on a node faster. */
const excluded = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/info/*', '/usr/share/locale/*'];

/** Units of a Debian machine that have nothing to do in a container and would cost time or noise at boot. */
const maskedUnits = [
  ...words('apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service'),
  ...words('fstrim.timer getty.target console-getty.service systemd-resolved.service systemd-networkd.service'),
  ...words('dev-hugepages.mount sys-fs-fuse-connections.mount systemd-update-utmp-runlevel.service'),
];

/**
 * What is done to the image before it is complete, as a mmdebstrap customize hook; `$1` is the image's folder.
 * The nodes' only apt source is a folder of .deb files, because no mirror can be reached from the lab's network.
 */
const customize = filled(programs.customize, {
  DEBS: guest.debs,
  API_SERVER: guest.apiServer,
  PKI: guest.pki,
  OFFLINE_PACKAGES: offlinePackages.join(' '),
  MASKED_UNITS: maskedUnits.join(' '),
});

export function makeRecipe(host: AptHost): Recipe {
  return {
    ...host,
    packages,
    offlinePackages,
    customize,
  };
}

/** Names the image in the cache: equal recipes share one. */
export function recipeHash(recipe: Recipe): string {
  return createHash('sha256')
    .update(JSON.stringify([recipe, excluded]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Prefix of whatever builds an image. It runs in a process namespace that dies with us, so that neither Ctrl-C nor a SIGKILL
 * leaves half a build running, and in a mount namespace, so that no mount of it is ever seen outside.
 */
export const buildPrefix = words('setpriv --pdeathsig SIGKILL unshare --mount --pid --fork --kill-child --mount-proc');

/** mmdebstrap(1) of the smallest Debian with apt; the sources are its standard input. */
export function mmdebstrapArgv(
  { codename, aptOptions }: AptHost,
  options: readonly string[],
  target: string,
): readonly string[] {
  return [
    ...words('mmdebstrap --mode=root --variant=minbase'),
    ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=force-unsafe-io',
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...options,
    codename,
    target,
    '-',
  ];
}

/** The command that builds the base image in `dir`. */
export function buildArgv(recipe: Recipe, dir: string): readonly string[] {
  return [
    ...buildPrefix,
    ...mmdebstrapArgv(
      recipe,
      [
        '--format=directory',
        `--include=${recipe.packages.join(',')}`,
        '--skip=cleanup/apt/lists',
        `--customize-hook=${recipe.customize}`,
      ],
      dir,
    ),
  ];
}

/** Picks the options about fetching out of `apt-config dump --format '%F "%v";%n' Acquire`. */
export function fetchOptions(dump: string): readonly string[] {
  return dump
    .split('\n')
    .filter((line) => /^Acquire::(?:https?::\S|Check-Valid-Until|Check-Date|Retries|ForceIPv)/.test(line))
    .filter((line) => !line.endsWith('"";'));
}

/** True when a build failed because packages could not be fetched. */
export function isFetchFailure(said: string): boolean {
  return /Could not resolve|Temporary failure|Could not connect|Unable to connect|Failed to fetch|timed out|Network is unreachable/i.test(
    said,
  );
}
