import type { CertificatesView, Renewer } from '../upkeep/certificates/model.ts';
import type { RenewalPlan } from '../upkeep/certificates/plan.ts';
import { table } from './table.ts';

const dayMs = 86_400_000;

const renewers: Readonly<Record<Renewer, string>> = {
  kubeadm: 'k8s-ha certificates renew',
  kubelet: 'the kubelet, by itself',
  apply: 'k8s-ha apply',
  nobody: 'nobody',
};

/** When each certificate ends and who renews it, for people. Ends with a newline. */
export function certificatesText(views: readonly CertificatesView[]): string {
  const rows = views.flatMap(({ node, seen }) => {
    if (!seen.known) return [[node, `unknown: ${seen.reason}`, '', '', '']];
    const { certificates, nowMs } = seen.value;
    return certificates
      .toSorted((a, b) => a.expiresMs - b.expiresMs)
      .map(({ path, expiresMs, renewer }) => [
        node,
        path,
        new Date(expiresMs).toISOString().slice(0, 10),
        `${Math.floor((expiresMs - nowMs) / dayMs)} days`,
        renewers[renewer],
      ]);
  });
  return `${table(['NODE', 'CERTIFICATE', 'EXPIRES', 'LEFT', 'RENEWED BY'], rows)}\n`;
}

/** A renewal for people: every visit. Ends with a newline. */
export function renewalText({ cluster, visits, hash }: RenewalPlan): string {
  const lines = visits.map(
    ({ node, done }, i) => `  ${i + 1}. ${node}${done.length > 0 ? ', where an earlier run left off' : ''}`,
  );
  return `${[
    `${cluster}: ${visits.length === 1 ? '1 node gets' : `${visits.length} nodes get`} new certificates, in this order (plan ${hash})`,
    '',
    ...lines,
    '',
    'Each node: VIPs and connections go to the others, kubeadm renews, then etcd, API server, controller manager and scheduler are restarted, then all of it comes back.',
  ].join('\n')}\n`;
}
