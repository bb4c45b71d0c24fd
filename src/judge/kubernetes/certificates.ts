import type { CertificateSeen, KubernetesSeen } from '../../cluster/kubernetes.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import { parseAddress } from '../../core/ip.ts';

/** kubeadm's certificates last a year and are renewed by its upgrades: a month before the end somebody should know. */
const expiryWarningDays = 30;

/** A week before it, it is to be done. */
const expiryErrorDays = 7;

/** Names that clients may use and that a certificate must therefore have. */
function wantedNames({ endpoint }: ClusterSpec): readonly string[] {
  return [
    ...endpoint.virtualIPs.map(({ address }) => address),
    ...(endpoint.dnsName === undefined ? [] : [endpoint.dnsName]),
  ];
}

/** A certificate's name for a wanted one: addresses in any spelling, and names under a wildcard (RFC 9525 §6.3). */
function covers(name: string, wanted: string): boolean {
  const address = parseAddress(name);
  if (address) return address.text === wanted;
  if (name.startsWith('*.'))
    return wanted.includes('.') && name.slice(1).toLowerCase() === wanted.slice(wanted.indexOf('.')).toLowerCase();
  return name.toLowerCase() === wanted.toLowerCase();
}

/** Names that the certificate of an API server lacks. */
export function certificateNames(spec: ClusterSpec, node: string, { names }: CertificateSeen): readonly Finding[] {
  const missing = wantedNames(spec).filter((wanted) => !names.some((name) => covers(name, wanted)));
  if (missing.length === 0) return [];
  return [
    {
      rule: 'certificate-names',
      severity: 'error',
      node,
      message: `the API server's certificate is not for ${missing.join(', ')}`,
      reason: 'Clients that use the address refuse the connection: the name does not match.',
      suggestion: namesRemedy(spec, node),
    },
  ];
}

/** The commands that give a kubeadm node a new serving certificate; the API server takes it up by itself. */
function namesRemedy(spec: ClusterSpec, node: string): string {
  return [
    'With kubeadm, from here and then on the node:',
    `  kubectl -n kube-system get cm kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' >existing.yaml`,
    `  k8s-ha kubeadm ${spec.name}.yaml --node ${node} --existing existing.yaml >kubeadm-${node}.yaml`,
    `  scp kubeadm-${node}.yaml ${node}:/root/kubeadm.yaml   # then on ${node}, as root:`,
    '  mkdir -p /root/old-pki && mv /etc/kubernetes/pki/apiserver.{crt,key} /root/old-pki/',
    '  kubeadm init phase certs apiserver --config /root/kubeadm.yaml',
    '  kubeadm init phase upload-config kubeadm --config /root/kubeadm.yaml',
  ].join('\n');
}

/** Certificates that end soon, or have ended. */
export function expiries(
  spec: ClusterSpec,
  node: string,
  { certificates, served }: KubernetesSeen,
): readonly Finding[] {
  const all = [...(certificates.known ? certificates.value : []), ...(served.known ? [served.value] : [])];
  return all
    .filter(({ daysLeft }) => daysLeft < expiryWarningDays)
    .map(({ path, subject, daysLeft, expires }) => ({
      rule: 'certificate-expiry',
      severity: daysLeft < expiryErrorDays ? ('error' as const) : ('warning' as const),
      node,
      message: `${path === '' ? 'the certificate that the API server shows' : path} (${subject}) ${daysLeft < 0 ? 'expired' : 'expires'} on ${expires.slice(0, 10)}`,
      suggestion: `With kubeadm: k8s-ha certificates renew ${spec.name}.yaml`,
    }));
}
