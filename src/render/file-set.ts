import { firewallRevision } from './firewall.ts';
import { addonFiles, containerFiles, paths, snapshotFiles } from '../node/paths.ts';
import { revisionOf, sha256, type NodeFile, type NodeFileSet, type Part } from './render.ts';

const scripts = new Set<string>([
  paths.checkScript,
  paths.supportScript,
  paths.saveStateScript,
  paths.watchScript,
  paths.watchHaproxyScript,
  paths.tellScript,
  paths.keepScript,
  containerFiles.run('haproxy'),
  containerFiles.run('keepalived'),
  containerFiles.pids,
]);

function partOf(path: string): Part | undefined {
  if (path === paths.haproxyConfig) return 'haproxy-config';
  if (path === paths.keepalivedConfig) return 'keepalived-config';
  if (path === paths.haproxyUnit) return 'haproxy-unit';
  if (path === paths.keepalivedUnit) return 'keepalived-unit';
  if (path === paths.guard) return 'guard';
  if (path === paths.firewall) return 'firewall';
  if (path === paths.hmacKey) return 'hmac-key';
  if (scripts.has(path)) return 'script';
  if (path === addonFiles.unit) return 'addon-unit';
  if (path === snapshotFiles.timer) return 'snapshot-unit';
  if (path === snapshotFiles.script || path === snapshotFiles.service) return 'snapshot';
  return Object.values<string>(addonFiles).includes(path) ? 'addon' : undefined;
}

/** Where rendered texts carry their own revision. */
const unitRevision = /^Environment=K8S_HA_REVISION=(\w+)$/m;
const timerRevision = /^Description=.* \(k8s-ha (\w+)\)$/m;
const guardRevisionLine = /comment "k8s-ha (\w+)"$/m;
const configRevision = /string (\w+) if \{ path \/revision \}/;

/**
 * The file set that these files are, rendered at some time by this or another version: what a gate compares the running
 * programs with is read from the texts themselves.
 * @returns undefined where they are not a whole set
 */
export function fileSetOf(
  node: string,
  given: readonly { readonly path: string; readonly mode: number; readonly content: string }[],
): NodeFileSet | undefined {
  const files = given.flatMap(({ path, mode, content }): NodeFile[] => {
    const part = partOf(path);
    return part === undefined ? [] : [{ path, mode, content, part }];
  });
  const contentOf = (part: Part): string => files.find((file) => file.part === part)?.content ?? '';
  const keepalived = contentOf('keepalived-config');
  const revisions = [
    configRevision.exec(contentOf('haproxy-config'))?.[1],
    unitRevision.exec(contentOf('haproxy-unit'))?.[1],
    unitRevision.exec(contentOf('keepalived-unit'))?.[1],
  ];
  const [haproxyConfigRevision, haproxyUnitRevision, keepalivedUnitRevision] = revisions;
  if (
    keepalived === '' ||
    haproxyConfigRevision === undefined ||
    haproxyUnitRevision === undefined ||
    keepalivedUnitRevision === undefined
  )
    return undefined;
  const guardRevision = guardRevisionLine.exec(contentOf('guard'))?.[1];
  const opens = firewallRevision(contentOf('firewall'));
  const addonUnitRevision = unitRevision.exec(contentOf('addon-unit'))?.[1];
  const snapshotUnitRevision = timerRevision.exec(contentOf('snapshot-unit'))?.[1];
  return {
    node,
    files,
    revision: revisionOf(files),
    haproxyConfigRevision,
    haproxyUnitRevision,
    keepalivedConfigRevision: sha256(keepalived),
    keepalivedUnitRevision,
    ...(guardRevision !== undefined && { guardRevision }),
    ...(opens !== undefined && { firewallRevision: opens }),
    ...(addonUnitRevision !== undefined && { addonUnitRevision }),
    ...(snapshotUnitRevision !== undefined && { snapshotUnitRevision }),
  };
}
