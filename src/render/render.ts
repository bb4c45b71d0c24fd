import { createHash } from 'node:crypto';
import { keepsConnections, tellsClients, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts, Timers } from '../cluster/timers.ts';
import { renderHaproxy } from './haproxy.ts';
import { renderGuard } from './guard.ts';
import { renderFirewall } from './firewall.ts';
import { hmacKeyFile } from './hmac.ts';
import { renderKeepalived } from './keepalived.ts';
import { addonRights } from './addon-rights.ts';
import { addonList, addonScript, addonUnit, manifestsOf } from './addons.ts';
import { addonFiles, paths, revisionMarker, snapshotFiles } from '../node/paths.ts';
import { snapshotProgram, snapshotService, snapshotTimer } from './etcd-snapshot.ts';
import { checkScript, saveStateScript, watchHaproxyScript, watchScript } from './scripts.ts';
import { asksForSupport, supportScript } from './support.ts';
import { keepScript } from './keep.ts';
import { tellScript } from './tell.ts';
import { runtimeOf } from './runtimes/index.ts';
import { haproxyUnit, keepalivedUnit } from './runtimes/units.ts';
import type { Program } from './runtimes/runtime.ts';

/** What a changed file asks of the node: which service must learn of it, and how. */
export type Part =
  | 'haproxy-config'
  | 'haproxy-unit'
  | 'keepalived-config'
  | 'keepalived-unit'
  | 'guard'
  | 'firewall'
  | 'hmac-key'
  | 'script'
  | 'addon'
  | 'addon-unit'
  | 'snapshot'
  | 'snapshot-unit';

export interface NodeFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
  readonly part: Part;
}

/** Every file of one node, and the revisions by which the running programs say which file they have read. */
export interface NodeFileSet {
  readonly node: string;
  readonly files: readonly NodeFile[];
  /** Changes when any file changes. */
  readonly revision: string;
  readonly haproxyConfigRevision: string;
  readonly haproxyUnitRevision: string;
  /** sha256 of keepalived.conf, as `sha256sum` prints it. */
  readonly keepalivedConfigRevision: string;
  readonly keepalivedUnitRevision: string;
  /** Undefined where the cluster has no guard. */
  readonly guardRevision?: string;
  /** Undefined where firewalls are the operator's. */
  readonly firewallRevision?: string;
  /** Undefined where the cluster has no add-ons. */
  readonly addonUnitRevision?: string;
  /** Undefined where no snapshots of etcd are scheduled. */
  readonly snapshotUnitRevision?: string;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A short hash of all files of a node. */
export function revisionOf(files: readonly NodeFile[]): string {
  return sha256(files.map(({ path, mode, content }) => `${path} ${mode} ${sha256(content)}\n`).join('')).slice(0, 12);
}

/** A short hash of a text that will carry it: the marker stands where the hash goes, so that it can be computed at all. */
export function stamped(text: string): { text: string; revision: string } {
  const revision = sha256(text).slice(0, 12);
  return { text: text.replaceAll(revisionMarker, revision), revision };
}

function addon(path: string, content: string, mode = 0o600): NodeFile {
  return { path, mode, content, part: 'addon' };
}

/** Files of the add-ons; none where the cluster file names no folder. The unit's revision changes with the script. */
function renderAddons(spec: ClusterSpec, node: NodeSpec): { files: readonly NodeFile[]; revision?: string } {
  if (!spec.addons) return { files: [] };
  const { objects } = spec.addons;
  // A programmer's error: without the folder's content, everything in it would be taken away.
  if (!objects) throw new Error('the add-ons folder was not read');
  const script = addonScript(spec, node);
  const unit = stamped(`${addonUnit()}# ${sha256(script).slice(0, 12)}\n`);
  return {
    files: [
      addon(addonFiles.reconcile, manifestsOf(objects, 'Reconcile')),
      addon(addonFiles.ensureExists, manifestsOf(objects, 'EnsureExists')),
      addon(addonFiles.list, addonList(objects)),
      addon(addonFiles.rights, addonRights(objects)),
      addon(addonFiles.script, script, 0o755),
      { path: addonFiles.unit, mode: 0o644, content: unit.text, part: 'addon-unit' },
    ],
    revision: unit.revision,
  };
}

/** Files by which the node takes snapshots of etcd; none where they are not scheduled. The timer's revision changes with all of them. */
function renderSnapshots(spec: ClusterSpec, node: NodeSpec): { files: readonly NodeFile[]; revision?: string } {
  if (!spec.etcd.snapshots) return { files: [] };
  const script = snapshotProgram(spec, spec.etcd.snapshots.keep);
  const service = snapshotService();
  const timer = stamped(
    `${snapshotTimer(spec, node, spec.etcd.snapshots)}# ${sha256(script + service).slice(0, 12)}\n`,
  );
  return {
    files: [
      { path: snapshotFiles.script, mode: 0o755, content: script, part: 'snapshot' },
      { path: snapshotFiles.service, mode: 0o644, content: service, part: 'snapshot' },
      { path: snapshotFiles.timer, mode: 0o644, content: timer.text, part: 'snapshot-unit' },
    ],
    revision: timer.revision,
  };
}

/** Renders all files of one node: a pure function of what is wanted, the timers and what the node is. */
export function renderNode(spec: ClusterSpec, node: NodeSpec, timers: Timers, facts: NodeFacts): NodeFileSet {
  const haproxy = stamped(renderHaproxy(spec, node, timers, facts));
  const keepalived = renderKeepalived(spec, node, timers, facts);
  const runtime = runtimeOf(spec);
  const scripts = runtime.scripts(spec, facts);
  const running = (program: Program): string =>
    scripts
      .filter(({ runs }) => runs === program)
      .map(({ path, content }) => `# ${path}: sha256 ${sha256(content).slice(0, 12)}\n`)
      .join('');
  const haproxyService = stamped(haproxyUnit(facts, runtime.haproxy(spec, facts)) + running('haproxy'));
  const keepalivedService = stamped(
    keepalivedUnit(spec, timers, facts, runtime.keepalived(spec, facts)) + running('keepalived'),
  );
  const addons = renderAddons(spec, node);
  const snapshots = renderSnapshots(spec, node);
  const rules = renderGuard(spec, node, facts);
  const guard = rules === undefined ? undefined : stamped(rules);
  const opens = renderFirewall(spec, node);
  const firewall = opens === undefined ? undefined : stamped(opens);
  const files: readonly NodeFile[] = [
    { path: paths.checkScript, mode: 0o755, content: checkScript(spec, node, timers, facts), part: 'script' },
    { path: paths.saveStateScript, mode: 0o755, content: saveStateScript(), part: 'script' },
    { path: paths.watchScript, mode: 0o755, content: watchScript(spec, timers, facts), part: 'script' },
    { path: paths.watchHaproxyScript, mode: 0o755, content: watchHaproxyScript(), part: 'script' },
    ...(asksForSupport(spec)
      ? [{ path: paths.supportScript, mode: 0o755, content: supportScript(facts, timers), part: 'script' as const }]
      : []),
    ...(tellsClients(spec)
      ? [{ path: paths.tellScript, mode: 0o755, content: tellScript(spec, facts), part: 'script' as const }]
      : []),
    ...(keepsConnections(spec)
      ? [{ path: paths.keepScript, mode: 0o755, content: keepScript(spec, node, facts), part: 'script' as const }]
      : []),
    ...scripts.map(({ path, content }): NodeFile => ({ path, mode: 0o755, content, part: 'script' })),
    { path: paths.haproxyConfig, mode: 0o600, content: haproxy.text, part: 'haproxy-config' },
    { path: paths.keepalivedConfig, mode: 0o600, content: keepalived, part: 'keepalived-config' },
    { path: paths.haproxyUnit, mode: 0o644, content: haproxyService.text, part: 'haproxy-unit' },
    { path: paths.keepalivedUnit, mode: 0o644, content: keepalivedService.text, part: 'keepalived-unit' },
    ...(guard ? [{ path: paths.guard, mode: 0o600, content: guard.text, part: 'guard' as const }] : []),
    ...(firewall ? [{ path: paths.firewall, mode: 0o755, content: firewall.text, part: 'firewall' as const }] : []),
    ...(facts.hmac
      ? [{ path: paths.hmacKey, mode: 0o600, content: hmacKeyFile(facts.hmac.key), part: 'hmac-key' as const }]
      : []),
    ...addons.files,
    ...snapshots.files,
  ];
  return {
    node: node.name,
    files,
    revision: revisionOf(files),
    haproxyConfigRevision: haproxy.revision,
    haproxyUnitRevision: haproxyService.revision,
    keepalivedConfigRevision: sha256(keepalived),
    keepalivedUnitRevision: keepalivedService.revision,
    ...(guard && { guardRevision: guard.revision }),
    ...(firewall && { firewallRevision: firewall.revision }),
    ...(addons.revision !== undefined && { addonUnitRevision: addons.revision }),
    ...(snapshots.revision !== undefined && { snapshotUnitRevision: snapshots.revision }),
  };
}
