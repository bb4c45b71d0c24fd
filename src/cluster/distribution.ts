/** Families of Linux distributions that share their package manager, their packages' names and their paths. */
export const distributions = ['debian', 'rhel', 'suse', 'alpine'] as const;
export type DistributionName = (typeof distributions)[number];

/** In the order in which one is taken where a node has several and its distribution does not decide. */
export const packageManagers = ['apt', 'dnf', 'zypper', 'apk'] as const;
export type PackageManagerName = (typeof packageManagers)[number];

/** What a node's /etc/os-release says (os-release(5)). */
export interface Release {
  /** The distribution's own word: `ubuntu`, `rocky`. */
  readonly id: string;
  readonly family: DistributionName;
  /** `22.04`, `9.4`; absent in rolling releases. */
  readonly version?: string;
}
