import { certificateOf } from '../../core/certificate.ts';
import { quote, succeeded, type Command } from '../../core/command.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import { renewalFile } from '../../node/paths.ts';
import { parseSections, sectionsCommand, type Sections } from '../../observe/once/sections.ts';
import { healthCertOf } from '../../render/servers.ts';
import {
  visitWords,
  type CertificateOnNode,
  type CertificatesSeen,
  type CertificatesView,
  type Renewer,
} from './model.ts';

const kubernetesDir = '/etc/kubernetes';
const kubeletCertificate = '/var/lib/kubelet/pki/kubelet-client-current.pem';

/** CAs that kubeadm signs with. */
const authorities = ['ca', 'etcd/ca', 'front-proxy-ca'];

const longestPem = 20_000;

/** Every certificate of a control-plane node, in one round trip. Keys stay on the node. */
export function lookCommand(spec: ClusterSpec): Command {
  const pki = quote(pkiOf(spec));
  const ours = healthCertOf(spec);
  return sectionsCommand(
    'read the certificates',
    `one_pem() { sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p; /^-----END CERTIFICATE-----/q' "$1" | head -c ${longestPem}; }
in_conf() { sed -n '/^ *client-certificate-data: */{s///p;q;}' "$1" | base64 -d | head -c ${longestPem}; }`,
    `emit clock date +%s
for k8s_file in ${pki}/*.crt ${pki}/etcd/*.crt ${kubeletCertificate}${ours === undefined ? '' : ` ${quote(ours)}`}; do
    [ ! -f "$k8s_file" ] || emit "certificate:$k8s_file" one_pem "$k8s_file"
done
for k8s_file in ${kubernetesDir}/*.conf; do [ ! -f "$k8s_file" ] || emit "certificate:$k8s_file" in_conf "$k8s_file"; done
for k8s_ca in ${authorities.join(' ')}; do emit "key:$k8s_ca" test -f ${pki}/"$k8s_ca.key"; done
emit kubeadm command -v kubeadm
emit visit cat ${renewalFile}
`,
    intent({ kind: 'look-certificates' }),
  );
}

function pkiOf({ apiServer }: ClusterSpec): string {
  return apiServer.caFile.replace(/\/[^/]*$/, '');
}

/** Looks at all control-plane nodes side by side. */
export async function lookAtCertificates(
  spec: ClusterSpec,
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<readonly CertificatesView[]> {
  return Promise.all(
    spec.nodes.map(async ({ name }): Promise<CertificatesView> => {
      const host = hosts.find((each) => each.name === name);
      return { node: name, seen: host ? await look(spec, host, signal) : unknown('nothing connects to it') };
    }),
  );
}

async function look(
  spec: ClusterSpec,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<Observed<CertificatesSeen>> {
  const result = await host.run(lookCommand(spec), signal && { signal });
  if (!succeeded(result))
    return unknown(result.failure?.message ?? (result.stderr.trim() || `it ended with ${result.rc}`));
  const sections = parseSections(result.stdout);
  const nowMs = Number(sections.get('clock')?.text) * 1000;
  // The last section: what was cut off is not taken for what is absent.
  if (!sections.has('visit') || !Number.isFinite(nowMs)) return unknown('it did not say all that was asked');
  return known(parseCertificates(spec, sections, nowMs));
}

/** Reads what `lookCommand` printed. */
export function parseCertificates(spec: ClusterSpec, sections: Sections, nowMs: number): CertificatesSeen {
  const visit = sections.get('visit');
  const words = visit?.rc === 0 ? visit.text.split('\n') : undefined;
  return {
    nowMs,
    certificates: [...sections].flatMap(([name, { rc, text }]) =>
      name.startsWith('certificate:') && rc === 0 ? certificate(spec, name.slice('certificate:'.length), text) : [],
    ),
    missingKeys: authorities.filter((name) => sections.get(`key:${name}`)?.rc !== 0),
    kubeadm: sections.get('kubeadm')?.rc === 0,
    visit: words && visitWords.filter((word) => words.includes(word)),
  };
}

function certificate(spec: ClusterSpec, path: string, pem: string): readonly CertificateOnNode[] {
  const read = certificateOf(pem);
  if (!read) return [];
  const [issuedMs, expiresMs] = [Date.parse(read.validFrom), Date.parse(read.validTo)];
  if (Number.isNaN(issuedMs) || Number.isNaN(expiresMs)) return [];
  const subject = brief(read.subject.replaceAll('\n', ', '));
  return [{ path, subject, issuedMs, expiresMs, renewer: read.ca ? 'nobody' : renewerOf(spec, path) }];
}

function renewerOf(spec: ClusterSpec, path: string): Renewer {
  if (path === kubeletCertificate) return 'kubelet';
  if (path === healthCertOf(spec)) return spec.apiServer.healthCertFile === undefined ? 'apply' : 'nobody';
  return 'kubeadm';
}
