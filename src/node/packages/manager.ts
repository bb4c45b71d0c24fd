import { quote } from '../../core/command.ts';

/** A package and one version of it, as the node's package manager writes it. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

/**
 * A package manager as data: shell for the node, and commands that a person types. Shell runs as root with LC_ALL=C; descriptor
 * 9 holds the node's lock, which nothing that stays behind may inherit.
 */
export interface PackageManager {
  /** The program by which a node is known to have it. */
  readonly program: string;
  /** What one of its packages is called: "a Debian package". */
  readonly kind: string;
  /** Reads the package lists again. */
  readonly refresh: string;
  /** Bodies of shell functions about the package `$1`; `installed`, `available` and `target` may be called by name. */
  readonly asks: {
    /** Its version; nothing where it is not installed. */
    readonly installed: string;
    /** Every version that the node's sources have, one on a line. */
    readonly available: string;
    /** The version that it would install by itself. */
    readonly preferred: string;
    /** Succeeds where `target "$1"` is newer than `installed "$1"`, by the manager's own order. */
    readonly newer: string;
  };
  /** Lines before an installation, and before a change of versions. */
  readonly quiet: { readonly install: string; readonly change: string };
  /** Installs packages, without those that they only recommend. */
  readonly install: (names: readonly string[]) => string;
  /** Installs these versions of packages that are there; configuration that somebody edited stays. */
  readonly upgrade: (packages: readonly PackageVersion[]) => string;
  readonly downgrade: (packages: readonly PackageVersion[]) => string;
  /** Removes the packages whose names follow, and what only they needed. */
  readonly remove: string;
  /** What it prints where another one runs, and where it cannot get a package. */
  readonly says: { readonly locked: RegExp; readonly missing: RegExp };
  readonly byHand: ByHand;
}

/** Commands that a person types on the node, for remedies. */
export interface ByHand {
  readonly refresh: string;
  readonly install: (names: readonly string[]) => string;
  /** Keeps a package at its version until a person says otherwise. */
  readonly hold: (names: readonly string[]) => string;
  /** Where packages are that a system has not got by itself: for one that cannot find them. */
  readonly sources?: string;
  /** Which package a file came with. */
  readonly owner: (file: string) => string;
}

/**
 * Shell after a change of versions: a manager that leaves a version as it is and says nothing has failed too.
 * @param installed body of the function that tells the version of `$1`
 */
export function isInstalled(installed: string, packages: readonly PackageVersion[]): string {
  return `installed() { ${installed}; }
${packages
  .map(({ name, version }) => [quote(name), quote(version)])
  .map(
    ([name, version]) =>
      `[ "$(installed ${name})" = ${version} ] || { printf '%s is %s yet\\n' ${name} "$(installed ${name})" >&2; exit 1; }`,
  )
  .join('\n')}`;
}
