import type { Observed } from '../core/observed.ts';

/** What was seen of Kubernetes itself on one node: its API server, its etcd member, and what the API server says. */
export interface KubernetesSeen {
  /** As the API server says it, e.g. `v1.36.3`. */
  readonly version: Observed<string>;
  readonly readyz: Observed<ReadyzSeen>;
  /** The certificate that the API server shows its clients. */
  readonly served: Observed<CertificateSeen>;
  /** Those on disk: below the folder of the CA, and in kubeadm's kubeconfigs. */
  readonly certificates: Observed<readonly CertificateSeen[]>;
  readonly etcd: Observed<EtcdSeen>;
  /** Leases of kube-system by which programs elect their leader. */
  readonly leases: Observed<readonly LeaseSeen[]>;
  /** Since the newest snapshot of etcd on the node was taken; undefined where it has none. */
  readonly snapshotAgeMs: number | undefined;
  readonly unfinished: readonly UnfinishedSeen[];
  /** What the node's add-on unit did last; undefined where there is none. */
  readonly addons: Observed<AddonsSeen | undefined>;
}

/** Work that was begun on a node, which remembers it until it has ended. */
export type UnfinishedSeen =
  /** Of Kubernetes, with the folder of the new programs; the version as `v1.36.3`. */
  | { readonly work: 'upgrade'; readonly version: string; readonly folder: string }
  /** Of kubeadm's certificates. */
  | { readonly work: 'renewal' }
  /** Of etcd. */
  | { readonly work: 'restore' }
  /** kubeadm makes the machine a node of the cluster. */
  | { readonly work: 'making' };

/** What HAProxy's checks of the API servers log in with, and what they are answered. */
export interface HealthCheckSeen {
  /** Absent where checks are anonymous; undefined where the node has no such file; unknown where it holds no certificate. */
  readonly certificate?: Observed<HealthCertificateSeen | undefined>;
  /** Whether the node can sign one itself; unknown with what it lacks. Absent where the operator gives one. */
  readonly signer?: Observed<true>;
  /** HTTP status that the node's own API server gives to such a request; asked together with the wire, and absent otherwise. */
  readonly answer?: Observed<number>;
  /** Why that API server's certificate was refused; absent where it was not. */
  readonly unverified?: string;
}

/** A client certificate in a file with its key. The key is never read from the node. */
export interface HealthCertificateSeen extends Omit<CertificateSeen, 'names'> {
  /** sha256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
  readonly hasKey: boolean;
  /** Octal permission bits of the file, and whose it is. */
  readonly mode: number;
  readonly owner: string;
  /** Whether the CA that `apiServer.clientCaFile` names signed it; undefined where that CA is not on the node. */
  readonly signed: boolean | undefined;
}

export interface ReadyzSeen {
  readonly ready: boolean;
  /** Names of the checks that fail; none are known where the server names none. */
  readonly failing: readonly string[];
}

export interface CertificateSeen {
  /** Path of its file; for a kubeconfig's, that of the kubeconfig. Empty for the one that is served. */
  readonly path: string;
  readonly subject: string;
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly expires: string;
  /** Days until then; negative when it is over. */
  readonly daysLeft: number;
}

export interface EtcdMember {
  /** Decimal, as etcd's JSON has it: it does not fit a number. */
  readonly id: string;
  /** Empty while it was never started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly learner: boolean;
}

/** The node's own member, and what it says of the others. */
export interface EtcdSeen {
  readonly version: string;
  readonly memberId: string;
  /** `0` while there is none. */
  readonly leaderId: string;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly databaseBytes: number;
  readonly inUseBytes: number;
  /** What it complains of, such as no leader; empty when all is well. */
  readonly errors: readonly string[];
  /** Unknown without quorum: the list is read through the leader. */
  readonly members: Observed<readonly EtcdMember[]>;
  readonly alarms: Observed<readonly { readonly memberId: string; readonly alarm: string }[]>;
}

export interface LeaseSeen {
  readonly name: string;
  /** As the holder calls itself; empty when it was given back. */
  readonly holder: string;
  /** Since the last renewal, by the node's own clock; unknown when it was never renewed. */
  readonly ageMs: Observed<number>;
  /** How long the others wait after the last renewal. */
  readonly durationMs: number;
  readonly transitions: number;
  /** When its holder took it, in milliseconds since 1970 by that node's clock; undefined where nobody did. */
  readonly acquiredMs: number | undefined;
}

export interface AddonsSeen {
  /** Since the last pass ended, by the time that the node has been running: no clock that is set counts. */
  readonly ageMs: number;
  /** Since the folder was found or made applied; since the unit began where it never was. */
  readonly notAppliedMs: number;
  readonly ok: boolean;
  /** What went wrong, or what was done. */
  readonly message: string;
  /** Objects in the folder. */
  readonly objects: number;
  /** Passes that found a difference and fixed it, since the unit began. */
  readonly corrections: number;
  /** Objects that were fixed last, and when: ISO 8601. */
  readonly lastCorrection?: { readonly at: string; readonly objects: string };
}
