import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { hostPort } from '../../core/ip.ts';
import { all, type Runner } from '../process.ts';
import { words } from '../words.ts';
import { unitOf } from './units.ts';

interface Named {
  readonly name: string;
  readonly address: string;
}

export interface Kubernetes {
  readonly version: string;
  /** Folder of the programs, on this host. */
  readonly dir: string;
  /** kubeadm's InitConfiguration and ClusterConfiguration for a node; the lab adds only what it knows better. */
  readonly configOf: (node: string) => string;
}

const document = z.looseObject({ kind: z.string() });

/**
 * kubeadm's configuration of one node, with what the lab adds: the version, which kubeadm would otherwise look up on the
 * internet, and all etcd members at once, because no member joins another here.
 */
export function labConfig(config: string, version: string, nodes: readonly Named[]): string {
  return parseAllDocuments(config)
    .map((parsed) => document.parse(parsed.toJS()))
    .map((each) =>
      stringify(
        each.kind === 'ClusterConfiguration'
          ? { ...each, kubernetesVersion: version, etcd: { local: { extraArgs: etcdArguments(nodes) } } }
          : each,
      ),
    )
    .join('---\n');
}

function etcdArguments(nodes: readonly Named[]): readonly { readonly name: string; readonly value: string }[] {
  return [
    {
      name: 'initial-cluster',
      value: nodes.map(({ name, address }) => `${name}=https://${hostPort(address, 2380)}`).join(','),
    },
    { name: 'initial-cluster-state', value: 'new' },
  ];
}

/** What all nodes of a control plane share, below /etc/kubernetes/pki: `kubeadm init` makes it, joining nodes get a copy. */
const sharedKeys = ['ca', 'front-proxy-ca', 'etcd/ca']
  .flatMap((name) => [`${name}.crt`, `${name}.key`])
  .concat('sa.key', 'sa.pub');

const phases = ['certs all', 'kubeconfig all', 'control-plane all', 'etcd local'] as const;

const configPath = 'etc/kubernetes/kubeadm.yaml';

/** Runs kubeadm's phases on a node's disk before it boots: certificates, kubeconfigs and the manifests of its static pods. */
async function runPhases(runner: Runner, { dir }: Kubernetes, root: string): Promise<void> {
  for (const phase of phases)
    await runner.must(`run kubeadm's phase ${phase}`, [
      join(dir, 'kubeadm'),
      `--rootfs=${root}`,
      'init',
      'phase',
      ...words(phase),
      `--config=/${configPath}`,
    ]);
}

/** Turns the manifests that kubeadm wrote into units: the lab has no kubelet and no images. */
async function writeUnits(root: string): Promise<void> {
  const manifests = join(root, 'etc/kubernetes/manifests');
  const units = join(root, 'etc/systemd/system');
  await mkdir(join(units, 'multi-user.target.wants'), { recursive: true });
  const files = (await readdir(manifests)).filter((name) => name.endsWith('.yaml'));
  await all(
    files.map(async (file) => {
      const { name, text } = unitOf(await readFile(join(manifests, file), 'utf8'));
      await writeFile(join(units, name), text);
    }),
  );
}

/** Makes every node's part of the control plane on its mounted, not yet booted disk. */
export async function installKubernetes(
  runner: Runner,
  kubernetes: Kubernetes,
  nodes: readonly Named[],
  rootOf: (node: string) => string,
): Promise<void> {
  const [first, ...others] = nodes;
  if (!first) return;
  const prepare = async (node: Named): Promise<void> => {
    const file = join(rootOf(node.name), configPath);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, labConfig(kubernetes.configOf(node.name), kubernetes.version, nodes));
    if (node !== first)
      await all(
        sharedKeys.map((key) => {
          const path = join('etc/kubernetes/pki', key);
          return cp(join(rootOf(first.name), path), join(rootOf(node.name), path));
        }),
      );
    await runPhases(runner, kubernetes, rootOf(node.name));
    await writeUnits(rootOf(node.name));
  };
  await prepare(first);
  await all(others.map(prepare));
}
