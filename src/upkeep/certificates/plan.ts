import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import { sha256 } from '../../render/render.ts';
import type { CertificatesSeen, CertificatesView, VisitWord } from './model.ts';

/** What was issued since is as good as new: the next run of one that was killed leaves it alone. */
const newForMs = 24 * 3_600_000;

export interface RenewalVisit {
  readonly node: string;
  /** What an earlier run has done there already. */
  readonly done: readonly VisitWord[];
}

export interface RenewalPlan {
  readonly cluster: string;
  readonly visits: readonly RenewalVisit[];
  readonly hash: string;
}

/**
 * The nodes that get new certificates, in the order of the visits: first where an earlier run left off, holders of VIPs last.
 * @param all also those whose certificates are less than a day old
 */
export function planRenewal(
  spec: ClusterSpec,
  views: readonly CertificatesView[],
  { all, holders }: { readonly all: boolean; readonly holders: ReadonlySet<string> },
): { readonly plan: RenewalPlan; readonly findings: readonly Finding[] } {
  const seen = views.flatMap((view) => (view.seen.known ? [{ node: view.node, seen: view.seen.value }] : []));
  const due = seen.filter((one) => one.seen.visit !== undefined || all || isOld(one.seen));
  const place = ({ node, seen: { visit } }: (typeof due)[number]): number => {
    if (visit) return 0;
    return holders.has(node) ? 2 : 1;
  };
  const visits = due
    .toSorted((a, b) => place(a) - place(b))
    .map(({ node, seen: { visit = [] } }) => ({ node, done: visit }));
  const findings = views.flatMap((view) =>
    obstacles(
      view,
      due.some(({ node }) => node === view.node),
    ),
  );
  return { plan: { cluster: spec.name, visits, hash: sha256(JSON.stringify(visits)).slice(0, 12) }, findings };
}

function isOld({ certificates, nowMs }: CertificatesSeen): boolean {
  return certificates.some(({ renewer, issuedMs }) => renewer === 'kubeadm' && issuedMs < nowMs - newForMs);
}

function obstacles({ node, seen }: CertificatesView, due: boolean): readonly Finding[] {
  if (!seen.known)
    return [
      {
        rule: 'node-unreachable',
        severity: 'error',
        node,
        message: seen.reason,
        reason: 'While a node restarts its etcd member, all others have to be well.',
      },
    ];
  if (!due) return [];
  const { kubeadm, missingKeys, certificates } = seen.value;
  const made = certificates.some(({ renewer }) => renewer === 'kubeadm');
  return [
    ...(kubeadm && made
      ? []
      : [
          {
            rule: 'certificates-not-kubeadm' as const,
            severity: 'error' as const,
            node,
            message: made ? 'kubeadm is not installed' : 'there are no certificates of kubeadm',
          },
        ]),
    ...(missingKeys.length === 0
      ? []
      : [
          {
            rule: 'certificates-external-ca' as const,
            severity: 'error' as const,
            node,
            message: `the key of ${missingKeys.map((name) => `${name}.crt`).join(', ')} is not on the node: nothing can be signed there`,
          },
        ]),
  ];
}
