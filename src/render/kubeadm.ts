import { stringify } from 'yaml';
import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import { hostPort } from '../core/ip.ts';

/**
 * kubeadm's configuration for the first node and for joining ones (kubeadm.k8s.io/v1beta4, Kubernetes 1.31 and newer).
 * Secrets are not in it: tokens and keys come from `kubeadm token create` and `kubeadm init phase upload-certs`.
 */
export const kubeadmConfig = (spec: ClusterSpec, node: NodeSpec, kind: 'init' | 'join'): string => {
  const endpoint = endpointOf(spec);
  const registration = { name: node.name, kubeletExtraArgs: [{ name: 'node-ip', value: node.address }] };
  const documents =
    kind === 'init'
      ? [
          {
            apiVersion: 'kubeadm.k8s.io/v1beta4',
            kind: 'InitConfiguration',
            localAPIEndpoint: { advertiseAddress: node.address, bindPort: spec.apiServer.port },
            nodeRegistration: registration,
          },
          clusterConfiguration(spec, endpoint),
        ]
      : [
          {
            apiVersion: 'kubeadm.k8s.io/v1beta4',
            kind: 'JoinConfiguration',
            controlPlane: { localAPIEndpoint: { advertiseAddress: node.address, bindPort: spec.apiServer.port } },
            discovery: {
              bootstrapToken: { apiServerEndpoint: endpoint, token: '<token>', caCertHashes: ['sha256:<hash>'] },
            },
            nodeRegistration: registration,
          },
        ];
  return documents.map((document) => stringify(document)).join('---\n');
};

/** What clients are told: the name where there is one, else the first VIP. */
export const endpointOf = (spec: ClusterSpec): string =>
  hostPort(spec.endpoint.dnsName ?? spec.endpoint.virtualIPs[0]?.address ?? '', spec.endpoint.port);

const clusterConfiguration = (spec: ClusterSpec, endpoint: string): object => ({
  apiVersion: 'kubeadm.k8s.io/v1beta4',
  kind: 'ClusterConfiguration',
  clusterName: spec.name,
  controlPlaneEndpoint: endpoint,
  apiServer: {
    certSANs: [
      ...(spec.endpoint.dnsName === undefined ? [] : [spec.endpoint.dnsName]),
      ...spec.endpoint.virtualIPs.map(({ address }) => address),
      ...spec.nodes.map(({ address }) => address),
    ],
    extraArgs: [
      // Long-lived connections spread over the API servers again after a failover.
      { name: 'goaway-chance', value: '0.001' },
      // /readyz fails this long before the server stops listening: HAProxy's checks see it first.
      { name: 'shutdown-delay-duration', value: '5s' },
    ],
  },
});
