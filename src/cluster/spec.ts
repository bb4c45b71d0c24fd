import type { AddonObject } from './addons.ts';
import type { Family } from '../core/ip.ts';
import type { PinnedTimers } from './timers.ts';

/** What the operator wants, complete: every default is filled in, every address is canonical. Made only by `load`. */
export interface ClusterSpec {
  readonly name: string;
  readonly endpoint: EndpointSpec;
  /** The control-plane nodes. */
  readonly nodes: readonly NodeSpec[];
  /** Nodes without a control plane: nothing of the endpoint is on them. */
  readonly workers: readonly MachineSpec[];
  readonly kubernetes: KubernetesSpec;
  readonly apiServer: ApiServerSpec;
  readonly etcd: EtcdSpec;
  readonly failover: FailoverSpec;
  readonly ssh: SshSpec;
  readonly runtime: RuntimeName;
  /** Container images; what is absent is built on the nodes. Only for a runtime of containers. */
  readonly images: ImagesSpec;
  readonly haproxy: HaproxySpec;
  readonly keepalived: KeepalivedSpec;
  readonly guard: GuardMode;
  readonly firewall: FirewallMode;
  readonly addons?: AddonsSpec;
}

/** How the programs run on the nodes: Debian's packages in units of systemd, or containers of podman in such units. */
export const runtimeNames = ['systemd', 'podman'] as const;

export type RuntimeName = (typeof runtimeNames)[number];

/**
 * Whose adverts of the VIPs a node hears: `macs`: those of the other nodes' addresses and, where these stay the same, hardware
 * addresses; `addresses`: of their addresses; `off`: anybody's.
 */
export const guardModes = ['macs', 'addresses', 'off'] as const;

export type GuardMode = (typeof guardModes)[number];

/** Whose business the nodes' firewalls are: `manage`: `apply` opens firewalld and ufw; `off`: the operator's. */
export const firewallModes = ['manage', 'off'] as const;

export type FirewallMode = (typeof firewallModes)[number];

export interface ImagesSpec {
  readonly haproxy?: string;
  readonly keepalived?: string;
}

export interface EndpointSpec {
  readonly virtualIPs: readonly VirtualIpSpec[];
  /** The port that HAProxy listens on, on every node. */
  readonly port: number;
  /** The name that clients use, when there is one: goes into certificates and kubeconfigs. */
  readonly dnsName?: string;
}

/** One floating address: a VRRP instance of its own, so that several can be spread over the nodes. */
export interface VirtualIpSpec {
  readonly address: string;
  readonly family: Family;
  /** Name of the VRRP instance, e.g. `K8S_API_1`. */
  readonly instance: string;
  /** 1–255, unique in the layer-2 segment. */
  readonly virtualRouterId: number;
}

export const nodeRoles = ['control-plane', 'worker'] as const;

/** A machine of the cluster, and how it is reached. */
export interface MachineSpec {
  readonly name: string;
  readonly address: string;
  readonly family: Family;
  /** Its address of the other family, on the same interface; needed where a VIP is of that family. */
  readonly secondAddress?: string;
  readonly ssh: SshSpec;
}

/** `vip`: by the VIPs, as everybody. `node-local`: by a HAProxy on the worker itself, which asks all API servers. */
export const workerBalancers = ['vip', 'node-local'] as const;

export type WorkerBalancer = (typeof workerBalancers)[number];

/** What kubeadm is told beside the endpoint. */
export interface KubernetesSpec {
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  readonly kubeProxy: boolean;
  readonly coreDNS: boolean;
  /** How the kubelets of workers reach the API. */
  readonly workerBalancer: WorkerBalancer;
  /** Names of kubeadm's checks. */
  readonly ignorePreflightErrors: readonly string[];
}

export interface NodeSpec extends MachineSpec {
  /** Interface that holds `address`; found on the node when absent. */
  readonly interface?: string;
  /** VRRP priority for the first VIP, 1–254; the other VIPs rotate the nodes' priorities. */
  readonly priority: number;
}

export interface ApiServerSpec {
  readonly port: number;
  /** CA that signed the API servers' certificates, a path on the nodes. */
  readonly caFile: string;
  readonly healthPath: string;
  readonly healthAuth: HealthAuth;
  /** The operator's own client certificate with its key, a path on the nodes; absent where each node gets one of its own. */
  readonly healthCertFile?: string;
  /** CA that signs clients' certificates, and its key: paths on the nodes. */
  readonly clientCaFile: string;
  readonly clientCaKeyFile: string;
  /** The name in the API servers' certificates; `none` where they have addresses alone. */
  readonly tlsServerName: string;
}

/** How health checks of the API servers log in. */
export const healthAuths = ['anonymous', 'certificate'] as const;

export type HealthAuth = (typeof healthAuths)[number];

/** Snapshots that each node takes of its own member. */
export interface SnapshotSpec {
  readonly everyMs: number;
  /** How many stay on each node. */
  readonly keep: number;
}

export interface EtcdSpec {
  readonly mode: 'stacked' | 'external';
  readonly clientPort: number;
  readonly peerPort: number;
  /** Absent where none are scheduled. */
  readonly snapshots?: SnapshotSpec;
}

export interface FailoverSpec {
  /** The outage that the operator accepts when the VIP holder is lost. */
  readonly targetMs: number;
  /** How long a busy node stood still, measured; absent where nobody measured. */
  readonly hostStallMs?: number;
  /** A node that cannot reach a majority of the nodes gives the VIP up. */
  readonly fencing: boolean;
  /** The node with the highest priority takes the VIP back when it returns. */
  readonly preempt: boolean;
  /** A node that takes a VIP over tells the clients of the one before it that their connections are gone. */
  readonly tellClients: boolean;
  /** Connections that are established when a VIP is moved on purpose go on through the node that had it. */
  readonly keepConnections: boolean;
  /** Timers that the operator pinned; the solver fills in the rest. */
  readonly timers: PinnedTimers;
}

/** How to log in; what is absent comes from the operator's own ssh configuration. */
export interface SshSpec {
  readonly user?: string;
  readonly port?: number;
  readonly options: Readonly<Record<string, string>>;
}

export interface HaproxySpec {
  /** Connections that one HAProxy accepts at most; found from the node's nofile limit when absent. */
  readonly maxConnections?: number;
  /** Lines appended to the rendered file, as they are. */
  readonly extra: string;
}

/** Manifests that every node keeps applied. */
export interface AddonsSpec {
  /** Folder of the operator's machine, as the file says it: relative to the file. */
  readonly dir: string;
  /** What is in the folder; undefined until it was read, which needs a disk. */
  readonly objects?: readonly AddonObject[];
}

export interface KeepalivedSpec {
  readonly extra: string;
  /** Absent where adverts are not to be signed. */
  readonly hmacKey?: HmacKeySpec;
}

/** The key that signs adverts. */
export interface HmacKeySpec {
  /** Its file on the operator's machine, as the cluster file says it: relative to that file. */
  readonly file: string;
  /** 64–128 hexadecimal digits in lower case; undefined until it was read, which needs a disk. */
  readonly key?: string;
}

/** A node's address of one family; undefined where it has none. The instance of a VIP speaks between addresses of its family. */
export function addressIn(node: NodeSpec, family: Family): string | undefined {
  return node.family === family ? node.address : node.secondAddress;
}

/** A node's addresses, the first one being its own. */
export function addressesOf({ address, secondAddress }: MachineSpec): readonly string[] {
  return secondAddress === undefined ? [address] : [address, secondAddress];
}

/** Loopback as a URL writes it, where kubeadm has the nodes' etcd listen beside their own address: of that address's family. */
export function etcdLoopback({ nodes }: ClusterSpec): string {
  return nodes[0]?.family === 'ipv6' ? '[::1]' : '127.0.0.1';
}

/** The name by which the API servers' certificates are verified; undefined where they have addresses alone. */
export function serverNameOf({ apiServer }: ClusterSpec): string | undefined {
  return apiServer.tlsServerName === 'none' ? undefined : apiServer.tlsServerName;
}

/** The smallest number of nodes that is more than half. */
export function majority(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

/**
 * Priority of a node for one VIP: the nodes' priorities, rotated by the VIP's place, so that each VIP prefers another node
 * and, when that node is lost, the next one.
 */
export function priorityOf(spec: ClusterSpec, node: NodeSpec, vip: VirtualIpSpec): number {
  const place = spec.endpoint.virtualIPs.findIndex(({ address }) => address === vip.address);
  const index = spec.nodes.findIndex(({ name }) => name === node.name);
  const count = spec.nodes.length;
  const rotated = spec.nodes[(((index - place) % count) + count) % count];
  return rotated?.priority ?? node.priority;
}

/** Whether the node that takes a VIP over tells the clients of the one before it. */
export function tellsClients({ failover, nodes }: ClusterSpec): boolean {
  return failover.tellClients && nodes.length > 1;
}

/** Whether connections go on through the node that had a VIP when it is moved on purpose. */
export function keepsConnections({ failover, nodes }: ClusterSpec): boolean {
  return failover.keepConnections && nodes.length > 1;
}
