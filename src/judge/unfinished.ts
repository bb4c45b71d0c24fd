import type { UnfinishedSeen } from '../cluster/kubernetes.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import { nextCommands, type NextCommands } from './diagnosis/commands.ts';
import type { ClusterSpec } from '../cluster/spec.ts';

/** By node: what was begun there and has not ended. */
export type Unfinished = Readonly<Partial<Record<string, readonly UnfinishedSeen[]>>>;

export function unfinishedOf({ nodes }: ClusterState): Unfinished {
  return Object.fromEntries(
    nodes.flatMap(({ node, seen }) =>
      seen.known && seen.value.kubernetes.known && seen.value.kubernetes.value.unfinished.length > 0
        ? [[node, seen.value.kubernetes.value.unfinished]]
        : [],
    ),
  );
}

/** One work that has not ended, as it is told. */
export interface ToldUnfinished {
  readonly rule: FindingId;
  readonly severity: 'error' | 'warning';
  /** A sentence about the node. */
  readonly what: string;
  /** Ends it, or says how. */
  readonly command: string;
}

export function tellUnfinished(seen: UnfinishedSeen, next: NextCommands): ToldUnfinished {
  switch (seen.work) {
    case 'upgrade': {
      const from = seen.folder === '' ? [] : ['--from', seen.folder];
      return {
        rule: 'unfinished',
        severity: 'warning',
        what: `its upgrade to Kubernetes ${seen.version} was begun and has not ended`,
        command: next.tool(`upgrade kubernetes ${seen.version.slice(1)}`, ...from),
      };
    }
    case 'renewal':
      return {
        rule: 'unfinished',
        severity: 'warning',
        what: 'the renewal of its certificates was begun and has not ended',
        command: next.tool('certificates renew'),
      };
    case 'making':
      return {
        rule: 'unfinished',
        severity: 'warning',
        what: 'kubeadm began to make it a node of the cluster, and has not ended',
        command: next.tool('up'),
      };
    default:
      // Which snapshot it was, only who began it knows.
      return {
        rule: 'etcd-restore-unfinished',
        severity: 'error',
        what: 'a restore of etcd was begun and has not ended',
        command: next.explain('etcd-restore-unfinished'),
      };
  }
}

/** What was begun on nodes and has not ended: where its run is over, the command that ends it. */
export function unfinishedFindings(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  const next = nextCommands(spec, {});
  return Object.entries(unfinishedOf(state)).flatMap(([node, all = []]) =>
    all.map((seen): Finding => {
      const { rule, severity, what, command } = tellUnfinished(seen, next);
      return {
        rule,
        severity,
        node,
        message: what,
        reason: 'Until then the node may have no VIP, and its API server no new connections.',
        suggestion: `Where no run of it goes on: ${command}`,
      };
    }),
  );
}
