import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import type { Addressed, LabFamily } from './machine/network.ts';
import { labPaths, labsDir } from './paths.ts';

/** What is remembered of a lab. Process ids are not: they are looked up, so that a reused id can never be killed. */
export interface LabState {
  readonly name: string;
  /** ISO 8601. */
  readonly created: string;
  /** Hash of the base image that its machines are overlays of. */
  readonly image: string;
  /** False while the first `up` is under way; a lab found so was interrupted and is created again. */
  readonly ready: boolean;
  readonly nodes: readonly LabNode[];
  readonly client: Addressed & { readonly namespace: string };
  /** Which addresses its machines have; absent in labs of older versions, which are `ipv4`. */
  readonly family?: LabFamily;
  /** Releases that were asked for; absent where the machines are of the host's own. */
  readonly debian?: readonly string[];
  /** `ssh -F` this reaches the nodes by name or address. */
  readonly sshConfig: string;
  /** CA of the API servers' certificates. */
  readonly caFile: string;
  /** Real Kubernetes, with the folder of its programs on the host; absent where the stand-in API server runs. */
  readonly kubernetes?: { readonly version: string; readonly dir: string };
  /** Container runtime, kubelet and images on the host, where kubeadm is to make the cluster; the machines have no Kubernetes yet. */
  readonly machine?: {
    readonly dir: string;
    readonly pauseImage: string;
    /** What the machines can be upgraded to, in a folder that they see; absent where they are of the newest version. */
    readonly next?: { readonly version: string; readonly dir: string };
  };
  /** The container image that its nodes have, and the name of the store in the cache; absent where none was asked for. */
  readonly podman?: { readonly image: string; readonly store: string };
}

export interface LabNode extends Addressed {
  /** Hash of its base image, where that is another than the lab's: a node of another Debian release. */
  readonly image?: string;
  readonly name: string;
  /** A machine without a control plane; absent on the others. */
  readonly worker?: true;
  /** Its network namespace, in /run/netns while it has power. */
  readonly namespace: string;
}

export async function writeState(state: LabState): Promise<void> {
  const { dir, state: file } = labPaths(state.name);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

function parseState(text: string): LabState | undefined {
  // Written by us alone and renamed into place whole; a file of another shape is no lab of ours.
  const value: unknown = JSON.parse(text);
  return isState(value) ? value : undefined;
}

function isState(value: unknown): value is LabState {
  return (
    typeof value === 'object' && value !== null && 'nodes' in value && Array.isArray(value.nodes) && 'ready' in value
  );
}

/** A lab's state; undefined when there is no such lab, or none that was recorded. */
export async function readState(name: string): Promise<LabState | undefined> {
  try {
    return parseState(await readFile(labPaths(name).state, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Names of all labs that left a folder, whole or not. */
export async function labNames(): Promise<readonly string[]> {
  return (await readdir(labsDir()).catch(() => [])).toSorted((a, b) => a.localeCompare(b));
}

/** Names of the cached images that a lab's machines stand on. */
export function imagesOf({ image, nodes, podman }: LabState): readonly string[] {
  return [...new Set([image, ...nodes.flatMap((node) => node.image ?? []), ...(podman ? [podman.store] : [])])];
}

/** Images that some lab's machines stand on. */
export async function imagesInUse(): Promise<readonly string[]> {
  const states = await Promise.all((await labNames()).map(readState));
  return states.flatMap((state) => (state ? imagesOf(state) : []));
}
