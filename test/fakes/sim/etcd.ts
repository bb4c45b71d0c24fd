import { readOnce } from '../../../src/core/read-once.ts';
import type { RestoreIntent, SnapshotIntent } from '../../../src/node/intent/kubernetes.ts';
import { etcdFiles, etcdFolder, manifestsDir } from '../../../src/node/paths.ts';
import { contentOf, sha256, write, type SimNode } from './node.ts';
import { encode, type Section } from './observation.ts';
import { refused, type Ending } from './steps.ts';

/** What a member has in its data folder, as the text of one file. */
export interface SimData {
  /** Members of one cluster hear each other. */
  readonly cluster: string;
  readonly revision: number;
  readonly keys: readonly string[];
}

const dataDir = '/var/lib/etcd';
export const memberFile = `${dataDir}/member`;
const manifest = `${manifestsDir}/etcd.yaml`;
const apiManifest = `${manifestsDir}/kube-apiserver.yaml`;
const aside = `${etcdFiles.restore}/manifests`;

/** kubeadm makes a member: an empty one, or one that gets what the others have. */
export function joinEtcd(node: SimNode, nodes: readonly SimNode[]): void {
  write(
    node,
    manifest,
    `    - --name=${node.name}\n    - --data-dir=${dataDir}\n    - --initial-advertise-peer-urls=https://${node.address}:2380\n`,
  );
  const other = nodes.find((each) => each !== node && each.files.has(memberFile));
  write(node, memberFile, other ? contentOf(other, memberFile) : text({ cluster: 'kubeadm', revision: 1, keys: [] }));
}

function text(data: SimData): string {
  return JSON.stringify(data);
}

export function dataOf(node: SimNode): SimData | undefined {
  return dataIn(contentOf(node, memberFile));
}

const dataIn = readOnce((content): SimData | undefined =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this file wrote
  content === '' ? undefined : (JSON.parse(content) as SimData),
);

function runs(node: SimNode): boolean {
  return node.up && node.files.has(manifest) && node.files.has(memberFile);
}

/** The node's member runs, and a majority of members of its cluster does. */
export function hasMajority(node: SimNode, nodes: readonly SimNode[]): boolean {
  if (!runs(node)) return false;
  const members = nodes.filter(
    ({ machine: { kubeadm, version } }) => kubeadm?.etcdMember === true || version?.control === true,
  );
  const same = members.filter((member) => runs(member) && dataOf(member)?.cluster === dataOf(node)?.cluster);
  return same.length * 2 > members.length;
}

/** A client writes, where it can. */
export function putKey(nodes: readonly SimNode[], key: string): boolean {
  const able = nodes.filter((node) => node.files.has(apiManifest) && hasMajority(node, nodes));
  if (able.length === 0) return false;
  for (const node of nodes.filter(runs)) {
    const data = dataOf(node);
    if (data) write(node, memberFile, text({ ...data, revision: data.revision + 1, keys: [...data.keys, key] }));
  }
  return true;
}

/** What a node says of etcd: as the script of `lookCommand` prints it. */
export function etcdSections(node: SimNode, nodes: readonly SimNode[]): string {
  const file = (name: string, path: string): Section => ({
    name,
    rc: node.files.has(path) ? 0 : 1,
    text: contentOf(node, path),
  });
  const data = dataOf(node);
  const answers = hasMajority(node, nodes) && data !== undefined;
  const status = JSON.stringify({
    header: { revision: String(data?.revision), member_id: node.name },
    leader: nodes.find((each) => runs(each))?.name,
  });
  return encode([
    node.files.has(manifest) ? file('manifest', manifest) : file('manifest', `${aside}/etcd.yaml`),
    { name: 'read', rc: answers ? 0 : 7, text: answers ? status : 'Connection refused' },
    { name: 'status', rc: answers ? 0 : 7, text: answers ? status : 'Connection refused' },
    { name: 'snapshots', rc: 0, text: snapshots(node) },
    ...(node.files.has(`${etcdFiles.restore}/about`)
      ? [
          file('about', `${etcdFiles.restore}/about`),
          file('phase', `${etcdFiles.restore}/phase`),
          file('restoring', `${etcdFiles.restore}/status`),
        ]
      : []),
    file('restored', etcdFiles.restored),
  ]);
}

function snapshots(node: SimNode): string {
  return [...node.files]
    .filter(([path]) => path.startsWith(`${etcdFiles.snapshots}/`))
    .map(([path, { content }]) => `${content.length} ${path}`)
    .join('\n');
}

function statusText(content: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a snapshot, which this file wrote
  const { revision, keys } = JSON.parse(content) as SimData;
  return JSON.stringify({ hash: 7, revision, totalKey: keys.length, totalSize: content.length });
}

/** Takes a snapshot, or puts a part of one in its place. */
export function carryOutSnapshot(
  node: SimNode,
  nodes: readonly SimNode[],
  intent: SnapshotIntent,
  { stdin = '', epochMs }: { readonly stdin?: string | undefined; readonly epochMs: number },
): Ending {
  if (intent.kind === 'receive-chunk') {
    const path = `${etcdFiles.restore}/snapshot.db`;
    const part = Buffer.from(stdin, 'base64').toString();
    const before = contentOf(node, path);
    write(node, path, before.slice(0, intent.offset) + part + before.slice(intent.offset + part.length));
    return { rc: 0 };
  }
  if (!hasMajority(node, nodes)) return refused('the member is not healthy');
  const content = contentOf(node, memberFile);
  const stamp = new Date(epochMs).toISOString().replaceAll(/[-:]/g, '').replace(/\..*/, 'Z');
  const path = `${etcdFiles.snapshots}/${intent.prefix}etcd-${stamp}.db`;
  write(node, path, content, 0o600);
  return { rc: 0, stdout: `${path}\n${statusText(content)}\n${sha256(content)}\n` };
}

export function readChunk(node: SimNode, path: string, offset: number, bytes: number): Ending {
  const content = Buffer.from(contentOf(node, path)).subarray(offset, offset + bytes);
  return { rc: 0, stdout: content.toString('base64') };
}

function move(node: SimNode, from: string, to: string): void {
  const file = node.files.get(from);
  if (!file) return;
  node.files.delete(from);
  node.files.set(to, file);
}

function under(node: SimNode, folder: string): readonly string[] {
  return [...node.files.keys()].filter((path) => path.startsWith(folder));
}

/** Does what a step of a restore does. */
export function carryOutRestore(node: SimNode, step: RestoreIntent): Ending {
  const { restore } = etcdFiles;
  const fresh = `${dataDir}/k8s-ha-restore-${step.id}/member`;
  const reached = (phase: string): Ending => {
    write(node, `${restore}/phase`, `${phase}\n`);
    return { rc: 0 };
  };
  switch (step.does) {
    case 'begin':
      for (const path of [...under(node, `${restore}/`), ...under(node, `${dataDir}/k8s-ha-restore-`)])
        node.files.delete(path);
      write(node, `${restore}/about`, step.about ?? '');
      return { rc: 0 };
    case 'prepare': {
      const content = contentOf(node, `${restore}/snapshot.db`);
      if (sha256(content) !== step.sha256) return refused('the snapshot did not arrive whole');
      write(node, `${restore}/status`, statusText(content));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a snapshot, which this file wrote
      write(node, fresh, text({ ...(JSON.parse(content) as SimData), cluster: step.id }));
      return reached('prepared');
    }
    case 'stop-api':
      move(node, apiManifest, `${aside}/kube-apiserver.yaml`);
      return reached('api-stopped');
    case 'stop-etcd':
      move(node, manifest, `${aside}/etcd.yaml`);
      return reached('etcd-stopped');
    case 'swap':
      if (node.files.has(fresh)) {
        move(node, memberFile, `${dataDir}/member.before-${step.id}`);
        move(node, fresh, memberFile);
      }
      return reached('swapped');
    case 'start-etcd':
      write(node, manifest, contentOf(node, `${aside}/etcd.yaml`));
      return reached('etcd-started');
    case 'start-api':
      write(node, apiManifest, contentOf(node, `${aside}/kube-apiserver.yaml`));
      return reached('started');
    default:
      move(node, `${restore}/about`, etcdFiles.restored);
      for (const path of under(node, `${restore}/`)) node.files.delete(path);
      return { rc: 0 };
  }
}

/** What a restore left that should be gone, by node. */
export function restoreLeft({ name, files }: SimNode): readonly string[] {
  return [...files.keys()]
    .filter((path) => path.startsWith(`${etcdFolder}/restore/`) || path.startsWith(`${dataDir}/k8s-ha-restore-`))
    .map((path) => `${name}: ${path}`);
}
