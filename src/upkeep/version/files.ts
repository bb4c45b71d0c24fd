import { stateDir } from '../../node/paths.ts';

/** What a node remembers of an upgrade of Kubernetes. */
export const versionFiles = {
  /** There from a visit's beginning to its good end: `VERSION apply` or `VERSION node`, then a word for each thing that was done. */
  visit: `${stateDir}/kubernetes-visit`,
  /** SHA-256 and path of each program that we placed, as sha256sum writes them. */
  programs: `${stateDir}/kubernetes-programs`,
} as const;
