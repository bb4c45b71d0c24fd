import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';

/** One look at the cluster, judged. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly virtualIPs: readonly { readonly address: string; readonly holders: readonly string[] }[];
  /** For each node: "as wanted", or what differs; "unknown" where the node was not seen. */
  readonly files: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  readonly state: ClusterState;
}
