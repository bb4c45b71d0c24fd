import type { HealthCertificateSeen } from '../cluster/kubernetes.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { certificateStep } from '../observe/once/kubernetes/health-check.ts';
import { healthCertOf } from '../render/servers.ts';

/** A month before the end somebody should know, as of kubeadm's certificates. */
const expiryWarningDays = 30;

/** What keeps the health checks of a node from telling a healthy API server from a sick one. */
export function healthCheckObstacles(spec: ClusterSpec, seen: NodeSeen): readonly Finding[] {
  const { answer, unverified, certificate } = seen.healthCheck ?? {};
  const status = answer?.known === true ? answer.value : undefined;
  const lacks = certificate?.known === true && certificate.value === undefined;
  return [
    // A CA that is not there yet is a finding of its own, and nothing is verified until then.
    ...(unverified !== undefined && seen.caPresent ? [notVerified(spec, unverified)] : []),
    // What the rollout replaces is no obstacle to it.
    ...(certificateStep(spec, seen) === undefined
      ? [...(lacks ? [] : refusedFinding(spec, status)), ...healthCertFindings(spec, seen)]
      : []),
  ];
}

/** What an API server that answers a health check so says of its login; nothing where it says nothing of that. */
export function refusedFinding({ apiServer }: ClusterSpec, status: number | undefined): readonly Finding[] {
  if (!isRefusal(status)) return [];
  const reason = 'HAProxy then finds no API server ready, and sends connections to any that speaks TLS, sick or not.';
  return apiServer.healthAuth === 'anonymous'
    ? [
        {
          rule: 'anonymous-refused',
          severity: 'error',
          message: `the API server answers ${status} to ${apiServer.healthPath} without credentials`,
          reason,
          suggestion: 'Set `apiServer.healthAuth: certificate`.',
        },
      ]
    : [
        {
          rule: 'health-certificate-refused',
          severity: 'error',
          message: `the API server answers ${status} to ${apiServer.healthPath} with the client certificate of health checks`,
          reason,
          suggestion:
            status === 401
              ? `Let the API servers know clients by ${apiServer.clientCaFile} (--client-ca-file), or name their CA: \`apiServer.clientCaFile\`.`
              : 'Let the group system:authenticated read it: ClusterRoleBinding system:public-info-viewer.',
        },
      ];
}

/** An answer by which an API server refuses a login, and says nothing of itself. */
export function isRefusal(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

function notVerified({ apiServer }: ClusterSpec, why: string): Finding {
  return {
    rule: 'api-server-unverified',
    severity: 'error',
    message: `the API server's certificate is not verified by ${apiServer.caFile} for the name ${apiServer.tlsServerName}: ${why}`,
    reason: 'HAProxy verifies it as well, and takes the API server for dead.',
    suggestion:
      'Set `apiServer.tlsServerName` to a name that is in it, `none` where it has addresses alone, or `apiServer.caFile` to the CA that signed it.',
  };
}

/** What is wrong with the client certificate of a node's health checks, or soon will be. */
export function healthCertFindings(spec: ClusterSpec, { healthCheck, caPresent }: NodeSeen): readonly Finding[] {
  const file = healthCertOf(spec);
  const { certificate, signer, answer } = healthCheck ?? {};
  if (file === undefined || !certificate) return [];
  const found = certificate.known ? certificate.value : undefined;
  if (found?.hasKey === true) return certificateFindings(spec, file, found);
  // Before kubeadm nobody can sign anything; that the CA is missing is told.
  if (signer?.known === true || (!caPresent && spec.apiServer.healthCertFile === undefined)) return [];
  const what = certificate.known ? (found ? 'it has no key' : 'there is none') : certificate.reason;
  return [
    {
      rule: 'health-certificate-missing',
      severity: isRefusal(answer?.known === true ? answer.value : undefined) ? 'error' : 'warning',
      message: `${file}: ${what}${signer ? `, and the node cannot make one: ${signer.reason}` : ''}`,
      reason: 'HAProxy on this node asks the API servers anonymously.',
      suggestion: 'Give a certificate of your own by `apiServer.healthCertFile`, or let the node sign one.',
    },
  ];
}

function certificateFindings(
  { apiServer }: ClusterSpec,
  file: string,
  { mode, owner, daysLeft, expires, signed }: HealthCertificateSeen,
): readonly Finding[] {
  const own = apiServer.healthCertFile === undefined;
  const replace = own ? 'Run `k8s-ha apply`.' : 'Replace it, then run `k8s-ha apply`.';
  return [
    ...((mode & 0o077) === 0
      ? []
      : [
          {
            rule: 'health-certificate-exposed' as const,
            severity: 'warning' as const,
            message: `${file} has the mode ${mode.toString(8)} and belongs to ${owner}: others than root may read its key`,
            suggestion: own ? replace : `On the node: chmod 600 ${file}`,
          },
        ]),
    // Of the operator's own nobody but an API server can tell whether it is taken.
    ...(own && signed === false
      ? [
          {
            rule: 'health-certificate-refused' as const,
            severity: 'error' as const,
            message: `${file} is not signed by ${apiServer.clientCaFile}`,
            reason: 'API servers that know their clients by that CA answer 401.',
            suggestion: 'Run `k8s-ha apply`.',
          },
        ]
      : []),
    ...(daysLeft < expiryWarningDays
      ? [
          {
            rule: 'health-certificate-expiry' as const,
            severity: daysLeft < 0 ? ('error' as const) : ('warning' as const),
            message: `${file} ${daysLeft < 0 ? 'expired' : 'expires'} on ${expires.slice(0, 10)}`,
            reason: 'From then on every API server reads as not ready.',
            suggestion: replace,
          },
        ]
      : []),
  ];
}
