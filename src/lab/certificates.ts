import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIP } from 'node:net';
import { labPaths } from './paths.ts';
import type { Runner } from './process.ts';
import type { Addressed } from './machine/network.ts';
import { words } from './words.ts';

interface Named extends Addressed {
  readonly name: string;
}

/** Addresses that clients of the lab may reach the API servers by, beside their own: in every certificate. */
export const endpointAddresses = ['172.16.100.100', '172.16.100.101', 'fd17:216::100', 'fd17:216::101'] as const;

/** Names and addresses in an API server's certificate, as kubeadm would put them there. */
export function subjectAltNames({ name, address, secondAddress }: Named, extra: readonly string[]): readonly string[] {
  return [
    ...words('kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local localhost'),
    name,
    address,
    ...(secondAddress === undefined ? [] : [secondAddress]),
    '127.0.0.1',
    '::1',
    ...endpointAddresses,
    ...extra,
  ];
}

/** OpenSSL configuration for one certificate (req(1)). It is complete, so that the host's own is not used. */
export function requestConfig(commonName: string, names: readonly string[] | 'authority'): string {
  const extensions =
    names === 'authority'
      ? [
          'basicConstraints = critical,CA:TRUE',
          'keyUsage = critical,keyCertSign,cRLSign',
          'subjectKeyIdentifier = hash',
        ]
      : [
          'basicConstraints = critical,CA:FALSE',
          'keyUsage = critical,digitalSignature',
          'extendedKeyUsage = serverAuth',
          `subjectAltName = ${names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',')}`,
        ];
  return [
    '[req]',
    'prompt = no',
    'distinguished_name = subject',
    'x509_extensions = extensions',
    '[subject]',
    `CN = ${commonName}`,
    '[extensions]',
    ...extensions,
    '',
  ].join('\n');
}

/** Makes a P-256 key and a certificate; signed by the authority in `dir`, or by itself where it is the authority. */
export function certificateArgv(dir: string, name: string): readonly string[] {
  return [
    'openssl',
    'req',
    '-x509',
    '-config',
    join(dir, `${name}.cnf`),
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '3650',
    '-keyout',
    join(dir, `${name}.key`),
    '-out',
    join(dir, `${name}.crt`),
    ...(name === 'ca' ? [] : ['-CA', join(dir, 'ca.crt'), '-CAkey', join(dir, 'ca.key')]),
  ];
}

/** The lab's authority and a certificate for each API server, in the lab's folder. */
export async function createCertificates(
  runner: Runner,
  nodes: readonly Named[],
  extraSans: readonly string[],
): Promise<void> {
  const { pkiDir } = labPaths(runner.lab);
  await mkdir(pkiDir, { recursive: true, mode: 0o700 });
  const issue = async (name: string, config: string): Promise<void> => {
    await writeFile(join(pkiDir, `${name}.cnf`), config);
    await runner.must(`make the certificate of ${name}`, certificateArgv(pkiDir, name));
  };
  await issue('ca', requestConfig('k8s-ha lab CA', 'authority'));
  await Promise.all(
    nodes.map((node) => issue(node.name, requestConfig('kube-apiserver', subjectAltNames(node, extraSans)))),
  );
}
