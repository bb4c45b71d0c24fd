import { healthAuths } from '../../spec.ts';
import { about, choice, dnsName, mapping, pathLike, port } from '../parts.ts';

export const apiServer = mapping({
  port: port().meta(about('Port of the API server on every node.', 6443)).default(6443),
  caFile: pathLike('a path')
    .meta(
      about("Path, on the nodes, of the CA that signed the API servers' certificates.", '/etc/kubernetes/pki/ca.crt'),
    )
    .default('/etc/kubernetes/pki/ca.crt'),
  healthPath: pathLike('a URL path')
    .meta(about('What HAProxy asks an API server for; 200 means ready.', '/readyz'))
    .default('/readyz'),
  healthAuth: choice(healthAuths)
    .meta(
      about(
        "How HAProxy's health checks log in. `anonymous`: not at all. `certificate`: by a client certificate, where the API servers refuse anonymous requests (`--anonymous-auth=false`).",
      ),
    )
    .default('anonymous'),
  healthCertFile: pathLike('a path')
    .meta(
      about(
        'Path, on the nodes, of a client certificate of your own for the health checks: one PEM file with the certificate and its key, readable by root alone. Absent: each node gets one that the CA on it signs.',
        '/etc/ssl/private/k8s-ha-health.pem',
      ),
    )
    .optional(),
  clientCaFile: pathLike('a path')
    .meta(
      about(
        "Path, on the nodes, of the CA by which the API servers know their clients (`--client-ca-file`). The same as `caFile` when absent, which is kubeadm's way.",
        '/var/lib/rancher/k3s/server/tls/client-ca.crt',
      ),
    )
    .optional(),
  clientCaKeyFile: pathLike('a path')
    .meta(
      about(
        'Path, on the nodes, of the key of that CA: it signs the client certificate of the health checks. Beside the CA, with the ending `.key`, when absent.',
        '/etc/kubernetes/pki/ca.key',
      ),
    )
    .optional(),
  tlsServerName: dnsName()
    .meta(
      about(
        "Name by which the API servers' certificates are verified. `none`: they have addresses alone, and HAProxy's checks verify the CA, but no name.",
        'none',
      ),
    )
    .default('kubernetes'),
}).meta(about('The API servers behind the endpoint, one on every node.'));
