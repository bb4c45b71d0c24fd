import type { X509Certificate } from 'node:crypto';
import type { HealthCertificateSeen, HealthCheckSeen } from '../../../cluster/kubernetes.ts';
import { serverNameOf, type ClusterSpec } from '../../../cluster/spec.ts';
import type { NodeSeen } from '../../../cluster/state.ts';
import type { NodeFacts } from '../../../cluster/timers.ts';
import { certificateOf } from '../../../core/certificate.ts';
import { quote } from '../../../core/command.ts';
import { known, unknown, type Observed } from '../../../core/observed.ts';
import { brief } from '../../../core/printable.ts';
import { forms } from '../../../node/said.ts';
import { healthCertOf } from '../../../render/servers.ts';

/** A rollout renews our own certificate when fewer days are left; it is signed for a year, as kubeadm's are. */
export const renewDays = 60;

/** Above that `curl --cert` and this parser find nothing that is meant. */
const longestPem = 65_536;

/**
 * Shell for the client certificate of health checks: whose file it is, whether it has a key, and the certificate. The key itself
 * stays on the node.
 */
export function healthCertSections(spec: ClusterSpec): string {
  const file = healthCertOf(spec);
  if (file === undefined) return '';
  const { clientCaFile, clientCaKeyFile, healthCertFile } = spec.apiServer;
  const signs = `
can_sign() {
    command -v openssl >/dev/null || { echo 'openssl is not installed'; return 1; }
    for file in ${quote(clientCaFile)} ${quote(clientCaKeyFile)}; do
        [ -r "$file" ] || { echo "$file does not exist"; return 1; }
    done
}
emit signer can_sign`;
  return `health_cert() {
    [ -f "$1" ] || return 127
    stat -Lc '%a %U:%G' "$1"
    if grep -q '^-----BEGIN [A-Z ]*PRIVATE KEY-----' "$1"; then echo key; else echo no key; fi
    sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p; /^-----END CERTIFICATE-----/q' "$1" | head -c ${longestPem}
}
emit health-cert health_cert ${quote(file)}
emit client-ca head -c ${longestPem} ${quote(clientCaFile)}${healthCertFile === undefined ? signs : ''}
`;
}

/** Shell that asks the node's own API server as HAProxy's checks do, and verifies it as they do. */
export function healthAnswerSection(spec: ClusterSpec): string {
  const { port, caFile, healthPath } = spec.apiServer;
  const name = serverNameOf(spec);
  const cert = healthCertOf(spec);
  const host = name ?? '127.0.0.1';
  const verify =
    name === undefined ? '-k' : `--cacert ${quote(caFile)} --connect-to ${quote(`${name}:${port}:127.0.0.1:${port}`)}`;
  return `health_answer() {
    set --${cert === undefined ? '' : `\n    [ ! -r ${quote(cert)} ] || set -- --cert ${quote(cert)}`}
    curl -sS --noproxy '*' --max-time 3 -o /dev/null -w '%{http_code}\\n' ${verify} "$@" ${quote(`https://${host}:${port}${healthPath}`)}
}
emit health-answer health_answer
`;
}

type Read = (name: string) => { readonly rc: number; readonly text: string } | undefined;

/** Of curl(1): the server's certificate cannot be verified. */
const unverifiedExit = 60;

/** Reads those sections; undefined where none was asked for. */
export function parseHealthCheck(section: Read, nowMs: number): HealthCheckSeen | undefined {
  const cert = section('health-cert');
  const signer = section('signer');
  const answer = section('health-answer');
  if (!cert && !answer) return undefined;
  const refused = answer?.rc === unverifiedExit ? /curl: \(\d+\) (.*)/.exec(answer.text)?.[1] : undefined;
  return {
    ...(cert && { certificate: certificateIn(cert, casIn(section('client-ca')), nowMs) }),
    ...(signer && { signer: signer.rc === 0 ? known(true) : unknown(brief(signer.text)) }),
    ...(answer && { answer: statusIn(answer) }),
    ...(refused !== undefined && { unverified: brief(refused) }),
  };
}

function statusIn({ rc, text }: { readonly rc: number; readonly text: string }): Observed<number> {
  const status = /^([1-5]\d\d)\s*$/m.exec(text)?.[1];
  return rc === 0 && status !== undefined ? known(Number(status)) : unknown(brief(text) || `curl ended with ${rc}`);
}

const pemForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** While a CA is rotated its file has several. Undefined where there is none. */
function casIn(section: ReturnType<Read>): readonly X509Certificate[] | undefined {
  return section?.rc === 0
    ? (section.text.match(pemForm) ?? []).slice(0, 20).flatMap((pem) => certificateOf(pem) ?? [])
    : undefined;
}

const msPerDay = 86_400_000;

function certificateIn(
  { rc, text }: { readonly rc: number; readonly text: string },
  cas: readonly X509Certificate[] | undefined,
  nowMs: number,
): Observed<HealthCertificateSeen | undefined> {
  if (rc === 127) return known(undefined);
  const [about = '', key = ''] = text.split('\n', 2);
  const [mode = '', owner = ''] = about.split(' ');
  const [certificate] = (text.match(pemForm) ?? []).slice(0, 1).flatMap((pem) => certificateOf(pem) ?? []);
  if (!forms.mode.test(mode) || !forms.owner.test(owner) || !certificate) return unknown('it has no certificate');
  const expires = new Date(certificate.validTo);
  return known({
    path: '',
    subject: brief(certificate.subject.replaceAll('\n', ', ')),
    expires: expires.toISOString(),
    daysLeft: Math.floor((expires.getTime() - nowMs) / msPerDay),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    hasKey: key === 'key',
    mode: Number.parseInt(mode, 8),
    owner,
    signed: cas?.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  });
}

/** What a rollout does so that a node has a certificate that the API servers take; undefined: nothing, or nothing that it could. */
export function certificateStep(
  { apiServer }: ClusterSpec,
  { healthCheck }: Pick<NodeSeen, 'healthCheck'>,
): 'issue' | 'renew' | undefined {
  const { certificate, signer } = healthCheck ?? {};
  if (apiServer.healthAuth === 'anonymous' || apiServer.healthCertFile !== undefined) return undefined;
  if (!certificate || signer?.known !== true) return undefined;
  if (!certificate.known || certificate.value === undefined) return 'issue';
  const { hasKey, signed, mode, owner, daysLeft } = certificate.value;
  // Where others could read it, the key is no secret any more.
  if (!hasKey || signed === false || (mode & 0o077) !== 0 || owner !== 'root:root') return 'issue';
  return daysLeft < renewDays ? 'renew' : undefined;
}

/** What rendering must know of it: one that will be signed first has no fingerprint yet. */
export function healthCertFacts(spec: ClusterSpec, seen: NodeSeen): Pick<NodeFacts, 'healthCert'> {
  if (certificateStep(spec, seen) !== undefined) return { healthCert: {} };
  const certificate = seen.healthCheck?.certificate;
  return certificate?.known === true && certificate.value?.hasKey === true
    ? { healthCert: { fingerprint: certificate.value.fingerprint } }
    : {};
}
