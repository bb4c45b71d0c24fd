import type { ContainerImage } from './base/container-image.ts';
import type { KubeadmOptions, KubernetesOptions } from './create.ts';
import type { LabFamily } from './machine/network.ts';

/** What `labUp` is told. */
export interface UpOptions {
  /** Lower-case letters, digits and dashes; default `lab`. */
  readonly name?: string;
  readonly nodes?: 3 | 5;
  /** Addresses of the machines: IPv4, IPv6 or both. */
  readonly family?: LabFamily;
  /**
   * Codenames of Debian releases, in turn for the nodes; the host's own where none is given. Two make a cluster of mixed
   * versions.
   */
  readonly debian?: readonly string[];
  /** More names or addresses for the API servers' certificates. */
  readonly extraSans?: readonly string[];
  /** Real Kubernetes instead of the stand-in API server. */
  readonly kubernetes?: KubernetesOptions;
  /** Machines for kubeadm, without Kubernetes yet, and without the stand-in. */
  readonly kubeadm?: KubeadmOptions;
  /** A container image that podman finds on every node without a network. */
  readonly podman?: ContainerImage;
  /** Ends it early; a lab that was being made is taken down again, one that ran before is left as it is. */
  readonly signal?: AbortSignal;
  /** Told what is being done, in a few words. */
  readonly onProgress?: (text: string) => void;
}
