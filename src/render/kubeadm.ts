import { parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { addressesOf, type ClusterSpec, type MachineSpec } from '../cluster/spec.ts';
import { hostPort } from '../core/ip.ts';
import { joinPlaceholders, type JoinCredentials } from './kubeadm-join.ts';
import { err, ok, type Result } from '../core/result.ts';
import { atLeast, parseVersion, type Version } from '../core/version.ts';

const apiVersion = 'kubeadm.k8s.io/v1beta4';

/** The file, on the nodes, that limits what nobody in particular may ask an API server for. */
const authenticationFile = '/etc/kubernetes/k8s-ha-authentication.yaml';

/** Label of nodes that `up` made, with the cluster's name: `up` takes no other node out, and `down` takes no other one down. */
export const madeLabel = 'k8s-ha/cluster';

export interface KubeadmOptions {
  /** For the first node, for a control-plane node that joins, or for one without a control plane. */
  readonly kind?: 'init' | 'join' | 'join-worker';
  /** Kubernetes' version, as `v1.36.3`; kubeadm looks one up on the internet where it is not told. */
  readonly version?: string;
  /** The first token that can be used to join, instead of one that lasts a day. */
  readonly bootstrapToken?: { readonly token: string; readonly ttl: string };
  /** Encrypts the keys that are left in the cluster for nodes that join; also a member of `credentials`. */
  readonly certificateKey?: string;
  /** Anonymous requests reach the health paths (and what joining nodes need) and nothing else; Kubernetes 1.32 and newer. */
  readonly limitAnonymous?: boolean;
  /** The cluster's present ClusterConfiguration: what it says stays, and what the endpoint needs is added. */
  readonly existing?: ExistingConfiguration;
  /** The node's object says by a label that `up` made it. */
  readonly made?: boolean;
  /** For a node that joins; placeholders that kubeadm refuses stand for what is absent. */
  readonly credentials?: JoinCredentials;
}

/** kubeadm's arguments are pairs in v1beta4 and a mapping before it. */
const argument = z.looseObject({ name: z.string(), value: z.string() });

const existingSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('ClusterConfiguration'),
  controlPlaneEndpoint: z.string().optional(),
  apiServer: z
    .looseObject({
      certSANs: z.array(z.string()).default([]),
      extraArgs: z.union([z.array(argument), z.record(z.string(), z.string())]).default([]),
    })
    .prefault({}),
});

export type ExistingConfiguration = z.output<typeof existingSchema>;

/** Reads a ClusterConfiguration as kubeadm keeps it in the ConfigMap kubeadm-config; the error says what is wrong with it. */
export function parseExisting(text: string): Result<ExistingConfiguration, string> {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken) return err(broken.message);
  const values = documents.map((document): unknown => document.toJS());
  const found = values.find(
    (value) => typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'ClusterConfiguration',
  );
  if (found === undefined) return err('there is no ClusterConfiguration in it');
  const read = existingSchema.safeParse(found);
  return read.success ? ok(read.data) : err(z.prettifyError(read.error));
}

/**
 * kubeadm's configuration for the first node and for joining ones (kubeadm.k8s.io/v1beta4, Kubernetes 1.31 and newer).
 * The only secrets in it are the `credentials` of a node that joins.
 */
export function kubeadmConfig(
  spec: ClusterSpec,
  node: MachineSpec,
  { kind = 'init', limitAnonymous = false, existing, credentials = {}, ...given }: KubeadmOptions = {},
): string {
  const endpoint = endpointOf(spec);
  const { ignorePreflightErrors } = spec.kubernetes;
  const registration = {
    name: node.name,
    kubeletExtraArgs: [
      { name: 'node-ip', value: addressesOf(node).join(',') },
      ...(given.made === true ? [{ name: 'node-labels', value: `${madeLabel}=${spec.name}` }] : []),
    ],
    ...(ignorePreflightErrors.length > 0 && { ignorePreflightErrors }),
  };
  const localAPIEndpoint = { advertiseAddress: node.address, bindPort: spec.apiServer.port };
  const documents =
    kind === 'init'
      ? [
          {
            apiVersion,
            kind: 'InitConfiguration',
            localAPIEndpoint,
            nodeRegistration: registration,
            ...(given.bootstrapToken && { bootstrapTokens: [given.bootstrapToken] }),
            ...(given.certificateKey !== undefined && { certificateKey: given.certificateKey }),
          },
          existing
            ? mergedConfiguration(spec, existing, endpoint, limitAnonymous)
            : clusterConfiguration(spec, endpoint, limitAnonymous, given.version),
        ]
      : [
          {
            apiVersion,
            kind: 'JoinConfiguration',
            ...(kind === 'join' && {
              controlPlane: {
                localAPIEndpoint,
                certificateKey: credentials.certificateKey ?? joinPlaceholders.certificateKey,
              },
            }),
            discovery: {
              bootstrapToken: {
                apiServerEndpoint: endpoint,
                token: credentials.token ?? joinPlaceholders.token,
                caCertHashes: credentials.caCertHashes ?? [joinPlaceholders.caCertHash],
              },
            },
            nodeRegistration: registration,
          },
        ];
  return documents.map((document) => stringify(document)).join('---\n');
}

/** What clients are told: the name where there is one, else the first VIP. */
export function endpointOf(spec: ClusterSpec): string {
  return hostPort(spec.endpoint.dnsName ?? spec.endpoint.virtualIPs[0]?.address ?? '', spec.endpoint.port);
}

/** Names and addresses by which clients may reach the API. */
function certSANs(spec: ClusterSpec): readonly string[] {
  return [
    ...(spec.endpoint.dnsName === undefined ? [] : [spec.endpoint.dnsName]),
    ...spec.endpoint.virtualIPs.map(({ address }) => address),
    ...spec.nodes.flatMap(addressesOf),
  ];
}

/** The first Kubernetes whose API server has that flag; an older one does not start with it (kubernetes#114925). */
const endsWatches: Version = [1, 27, 0];

/** Flags of the API server that a load-balanced endpoint wants (kube-apiserver --help). */
function serverFlags(limitAnonymous: boolean, version: string | undefined): Readonly<Record<string, string>> {
  const asked = parseVersion(version ?? '');
  return {
    // One request in a thousand asks its client to connect again: long-lived connections spread over the API servers again.
    'goaway-chance': '0.001',
    // /readyz fails this long before the server stops listening: HAProxy's checks see it first.
    'shutdown-delay-duration': '5s',
    // Watches end when it stops listening. Otherwise it waits a minute for those that no balancer ends, its own node's controller
    // manager's and scheduler's: http.Server.Shutdown is bounded by the request timeout (apiserver, secure_serving.go).
    ...((!asked || atLeast(asked, endsWatches)) && { 'shutdown-watch-termination-grace-period': '10s' }),
    ...(limitAnonymous && { 'authentication-config': authenticationFile }),
  };
}

const authenticationVolume = {
  name: 'k8s-ha-authentication',
  hostPath: authenticationFile,
  mountPath: authenticationFile,
  readOnly: true,
  pathType: 'File',
};

/** kubeadm's own default is IPv4, and an API server does not start that is advertised by an address of another family. */
const ipv6Services = 'fd00:10:96::/112';

function networking({ nodes, kubernetes: { podSubnet, serviceSubnet } }: ClusterSpec): object {
  const services = serviceSubnet ?? (nodes[0]?.family === 'ipv6' ? ipv6Services : undefined);
  if (podSubnet === undefined && services === undefined) return {};
  return {
    networking: {
      ...(podSubnet !== undefined && { podSubnet }),
      ...(services !== undefined && { serviceSubnet: services }),
    },
  };
}

function clusterConfiguration(
  spec: ClusterSpec,
  endpoint: string,
  limitAnonymous: boolean,
  version: string | undefined,
): object {
  return {
    apiVersion,
    kind: 'ClusterConfiguration',
    clusterName: spec.name,
    ...(version !== undefined && { kubernetesVersion: version }),
    controlPlaneEndpoint: endpoint,
    ...networking(spec),
    ...(!spec.kubernetes.kubeProxy && { proxy: { disabled: true } }),
    ...(!spec.kubernetes.coreDNS && { dns: { disabled: true } }),
    apiServer: {
      certSANs: certSANs(spec),
      extraArgs: Object.entries(serverFlags(limitAnonymous, version)).map(([name, value]) => ({ name, value })),
      ...(limitAnonymous && { extraVolumes: [authenticationVolume] }),
    },
  };
}

/** The cluster's own settings win; only what the endpoint needs is added to them. */
function mergedConfiguration(
  spec: ClusterSpec,
  existing: ExistingConfiguration,
  endpoint: string,
  limitAnonymous: boolean,
): object {
  const { apiServer } = existing;
  const version = z.string().optional().catch(undefined).parse(existing['kubernetesVersion']);
  const flags = serverFlags(limitAnonymous, version);
  const { extraArgs: present } = apiServer;
  const extraArgs = Array.isArray(present)
    ? [
        ...present,
        ...Object.entries(flags)
          .filter(([name]) => !present.some((has) => has.name === name))
          .map(([name, value]) => ({ name, value })),
      ]
    : { ...flags, ...present };
  const volumes = z.array(z.unknown()).catch([]).parse(apiServer['extraVolumes']);
  return {
    ...existing,
    controlPlaneEndpoint: endpoint,
    apiServer: {
      ...apiServer,
      certSANs: [...new Set([...apiServer.certSANs, ...certSANs(spec)])],
      extraArgs,
      ...(limitAnonymous && { extraVolumes: [...volumes, authenticationVolume] }),
    },
  };
}

/**
 * The API server's AuthenticationConfiguration (apiserver.config.k8s.io/v1beta1): anonymous requests reach what HAProxy's
 * checks and this tool's probes ask for, and what `kubeadm join` reads before it has a credential.
 */
export function authenticationConfig(spec: ClusterSpec): string {
  const paths = new Set([
    spec.apiServer.healthPath.replace(/\?.*$/, ''),
    '/livez',
    '/readyz',
    '/healthz',
    '/version',
    '/api/v1/namespaces/kube-public/configmaps/cluster-info',
  ]);
  return `# ${authenticationFile} on every control-plane node, before kubeadm runs\n${stringify({
    apiVersion: 'apiserver.config.k8s.io/v1beta1',
    kind: 'AuthenticationConfiguration',
    anonymous: { enabled: true, conditions: [...paths].map((path) => ({ path })) },
  })}`;
}
