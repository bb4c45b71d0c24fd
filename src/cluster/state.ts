import type { ConfinementSeen } from './confinement.ts';
import type { PackageManagerName, Release } from './distribution.ts';
import type { HealthCheckSeen, KubernetesSeen } from './kubernetes.ts';
import type { LockSeen } from './lock.ts';
import type { FirewallName, NetworkManagerName } from './network.ts';
import type { Observed } from '../core/observed.ts';
import type { Version } from '../core/version.ts';

/** What was seen of the cluster at one moment. Never a guess: what could not be read says why. */
export interface ClusterState<Seen extends NodeRunning = NodeSeen> {
  readonly nodes: readonly NodeState<Seen>[];
}

export interface NodeState<Seen extends NodeRunning = NodeSeen> {
  readonly node: string;
  /** Unknown when the node could not be reached or asked; the reason says why. Not the same as "down". */
  readonly seen: Observed<Seen>;
}

/** What runs on a node at this moment: as much as a live view reads once a second. */
export interface NodeRunning {
  readonly addresses: Observed<readonly { readonly address: string }[]>;
  readonly haproxy: ProgramRunning;
  readonly keepalived: ProgramRunning;
  /** HTTP status of HAProxy's /livez: 200 alive, 503 cut off from the majority. */
  readonly livez: Observed<number>;
  readonly instances: Observed<readonly InstanceSeen[]>;
  readonly servers: Observed<readonly ServerSeen[]>;
  /** Connections of clients that HAProxy has, and how many it may have. */
  readonly clients: Observed<{ readonly current: number; readonly limit: number }>;
  /** The levers in the run folder that are pulled, by file name. */
  readonly levers: Readonly<Partial<Record<string, LeverPull>>>;
  readonly lock: LockSeen | undefined;
  /** The node's clock minus the operator's, with half the round trip as error. */
  readonly clock: Observed<{ readonly offsetMs: number; readonly errorMs: number }>;
}

/** Everything that installing and changing a node must know besides. */
export interface NodeSeen extends NodeRunning {
  readonly addresses: Observed<readonly InterfaceAddress[]>;
  readonly os: string;
  readonly systemd: boolean;
  /** What /etc/os-release says; absent where the distribution is not known. */
  readonly release?: Release;
  /** other: none that k8s-ha knows, or not that of its distribution. */
  readonly packageManager: PackageManagerName | 'other';
  /**
   * Undefined: known not to be installed; HAProxy and keepalived in containers: not in an image that the node has. 0.0.0: it is
   * there, and its version does not matter.
   */
  readonly programs: Readonly<Record<'keepalived' | 'haproxy' | 'curl' | 'socat', Observed<Version | undefined>>>;
  /** What containers need, where they are the runtime; versions as above. */
  readonly containers?: {
    readonly podman: Observed<Version | undefined>;
    readonly crun: Observed<Version | undefined>;
    /** Ids of the wanted images that the node has. */
    readonly images: Readonly<Partial<Record<'haproxy' | 'keepalived', string>>>;
  };
  /** Hardware addresses by interface: of those that keep theirs, and send from it alone. */
  readonly macs: Readonly<Partial<Record<string, string>>>;
  readonly guard: GuardSeen;
  /** Absent where nothing of `firewall: manage` is on the node. */
  readonly firewall?: FirewallSeen;
  /** Connections of VIPs that another node has since, which go on through this one, by VIP. */
  readonly kept: Readonly<Record<string, KeptSeen>>;
  /** Whether nft and the kernel can keep connections over planned moves; asked only where the cluster wants it. */
  readonly keepable?: Observed<boolean>;
  readonly nofile: number;
  readonly caPresent: boolean;
  /** sha256 of the file with the API servers' CA. */
  readonly caDigest: string | undefined;
  /** Absent where nobody asked. */
  readonly healthCheck?: HealthCheckSeen;
  readonly writable: Observed<boolean>;
  readonly freeKiB: Observed<number>;
  /** The stamp of the last change that it keeps something of for a rollback. */
  readonly lastChange?: string;
  /** Our files that exist on the node. */
  readonly files: readonly FileSeen[];
  readonly haproxy: ServiceSeen;
  readonly keepalived: ServiceSeen;
  /** The unit that keeps the add-ons applied. */
  readonly addons: ServiceSeen;
  /** The timer of etcd's snapshots, and whether the last one failed. */
  readonly snapshots: ServiceSeen & { readonly failed: boolean };
  /** Revision that the running HAProxy worker says it has. */
  readonly haproxyConfig: Observed<string>;
  /** Hash of the keepalived.conf that the running keepalived has read. */
  readonly keepalivedConfig: Observed<string>;
  /** Asked only for a status, and unknown otherwise. */
  readonly kubernetes: Observed<KubernetesSeen>;
  readonly listeners: Observed<readonly Listener[]>;
  /** Link-layer address that answers for a VIP on the wire, as this node sees it. */
  readonly neighbours: Readonly<Record<string, string>>;
  /** Asked together with the wire, and absent otherwise, or where the node has nothing to ask with. */
  readonly reach?: ReachSeen;
  /** SELinux and AppArmor. Asked together with the wire, and absent otherwise. */
  readonly confinement?: ConfinementSeen;
  /** Asked together with the wire, and absent otherwise. */
  readonly segment?: SegmentSeen;
  /** How many files root's programs may watch at once (inotify instances), and do. Asked together with the wire, and absent otherwise. */
  readonly watches?: { readonly limit: number; readonly used: number };
  /** What the endpoint's name resolves to on the node. Asked together with the wire, and unknown otherwise. */
  readonly dns: Observed<readonly string[]>;
}

/** What a TCP connection to another node met. `refused`: nothing listens, and nothing is in the way. `rejected`: by a firewall. */
export const reachAnswers = ['open', 'refused', 'rejected', 'none'] as const;

/** What a packet of VRRP to another node met. `open`: its kernel had it, and nobody listens there yet. `none`: silence. */
export const vrrpAnswers = ['open', 'rejected', 'none'] as const;

/** What a node reaches of the others, its own firewall, and what manages its network. */
export interface ReachSeen {
  readonly firewall: FirewallName;
  /** Chains of nft on the node's input that drop or reject what no rule accepts, as `inet filter input`; no program's. */
  readonly closingChains: readonly string[];
  /** Some program on the node takes VRRP: nobody gets an answer then. */
  readonly vrrpListens: boolean;
  /** Of the interface with the node's address. */
  readonly network: NetworkManagerName;
  /** Its configuration comes from netplan. */
  readonly netplan: boolean;
  /** By address; absent where VRRP could not be tried, or keepalived runs and says it itself. */
  readonly vrrp?: Readonly<Partial<Record<string, (typeof vrrpAnswers)[number]>>>;
  /** By `ADDRESS:PORT` of a node. */
  readonly answers: Readonly<Partial<Record<string, (typeof reachAnswers)[number]>>>;
}

/** How a node would send to the other nodes. */
export interface SegmentSeen {
  /** The router on the way to an address of another node; what is not here is sent there directly. */
  readonly routers: Readonly<Partial<Record<string, string>>>;
  /** Addresses that should be on the node's own segment, where nobody answers ARP or ND for them. */
  readonly silent: readonly string[];
}

/** Connections that go on through a node after a VIP was moved on purpose. */
export interface KeptSeen {
  readonly connections: number;
  /** Since the VIP moved, in milliseconds. */
  readonly ageMs: number;
}

/** The table of nft that keeps forged adverts from keepalived. */
export interface GuardSeen {
  /** Whether nft and the kernel can do what it needs; unknown with what nft said. */
  readonly able: Observed<boolean>;
  /** Revision of the rules that the kernel has; undefined where it has none. */
  readonly loaded: string | undefined;
  /** Adverts that it has dropped since it was loaded. */
  readonly dropped: number;
}

/** Programs that `firewall: manage` talks to; `other`: none of them is active. */
export const firewallPrograms = ['firewalld', 'ufw', 'other'] as const;

/** What `firewall: manage` has opened. */
export interface FirewallSeen {
  readonly by: (typeof firewallPrograms)[number];
  /** Revision of the rules, where all of them are loaded. */
  readonly loaded: Observed<string | undefined>;
}

/** Who pulled a lever, and why. A lever that is pulled makes keepalived give VIPs up. */
export type LeverPull =
  | { readonly by: 'rollout'; readonly token: string; readonly owner: string }
  | { readonly by: 'operator'; readonly name: string; readonly reason: string }
  /** A unit of the node, such as HAProxy's while it does not run. */
  | { readonly by: 'service' };

export interface ProgramRunning {
  /** systemd's ActiveState: `active`, `failed`, `inactive`, `activating`, … or what a live view says in its place. */
  readonly active: string;
  /** Whether it answered when it was asked; absent where nobody asked, or where it may still answer. */
  readonly answers?: boolean;
  /** Of keepalived: whether it hears when a lever is pulled. Absent where nobody asked, or it was started this very moment. */
  readonly hearsLevers?: boolean;
}

export interface InterfaceAddress {
  readonly interface: string;
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
}

export interface FileSeen {
  readonly path: string;
  /** Octal permission bits. */
  readonly mode: number;
  readonly owner: string;
  readonly content: string;
}

export interface ServiceSeen extends ProgramRunning {
  readonly enabled: boolean;
  /** Since the youngest of its main process and that one's children was started; undefined when none runs. */
  readonly ageMs: number | undefined;
  /** Revision of the unit that the running process was started with; undefined when it does not run. */
  readonly unitRevision: string | undefined;
  /** What the running program says it is, where its file was replaced since it was started: a package was upgraded. */
  readonly replaced?: string | undefined;
}

/** One VRRP instance as keepalived reports it. */
export interface InstanceSeen {
  readonly name: string;
  readonly state: 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';
  readonly priority: number;
  readonly virtualRouterId: number;
  /** The addresses that it floats, without prefix lengths. */
  readonly addresses: readonly string[];
  readonly advertIntervalMs: number;
  /** When it entered its state, in milliseconds since the epoch by the node's clock; absent where keepalived does not say. */
  readonly sinceMs?: number;
}

/** One API server as one HAProxy sees it. */
export interface ServerSeen {
  readonly backend: string;
  readonly server: string;
  /** HAProxy's own word: `UP`, `DOWN`, `NOLB`, `UP 1/2`, `MAINT`, … */
  readonly status: string;
  readonly sessions: number;
  readonly lastCheck: string;
  /** HTTP status of the last check; absent where there was no answer. */
  readonly checkCode?: number;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly program: string;
}

/** Nodes that were seen to have `vip` on an interface. */
export function holdersOf(state: ClusterState<NodeRunning>, vip: string): readonly string[] {
  return state.nodes
    .filter(
      ({ seen }) =>
        seen.known && seen.value.addresses.known && seen.value.addresses.value.some(({ address }) => address === vip),
    )
    .map(({ node }) => node);
}
