import type { Observed } from '../../core/observed.ts';

/** Who gives a certificate a new end: kubeadm when it is asked, kubelets by themselves, `apply` with each rollout; nobody a CA's. */
export type Renewer = 'kubeadm' | 'kubelet' | 'apply' | 'nobody';

export interface CertificateOnNode {
  /** Of a kubeconfig, where the certificate is in one. */
  readonly path: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly renewer: Renewer;
}

/** Static pods that read certificates when they start, in the order in which they are restarted. */
export const restartedPods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

export type RestartedPod = (typeof restartedPods)[number];

/** What a visit to a node has done, as the node remembers it until the visit ends. */
export const visitWords = ['begun', 'renewed', ...restartedPods] as const;

export type VisitWord = (typeof visitWords)[number];

export interface CertificatesSeen {
  readonly certificates: readonly CertificateOnNode[];
  /** The node's clock. */
  readonly nowMs: number;
  /** CAs whose key is not there: nothing can be signed with them. */
  readonly missingKeys: readonly string[];
  readonly kubeadm: boolean;
  /** A visit that has not ended. */
  readonly visit: readonly VisitWord[] | undefined;
}

export interface CertificatesView {
  readonly node: string;
  readonly seen: Observed<CertificatesSeen>;
}
