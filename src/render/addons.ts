import type { AddonMode, AddonObject } from '../cluster/addons.ts';
import { addonModeLabel } from '../cluster/addons.ts';
import { serverNameOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import { hostPort } from '../core/ip.ts';
import { filled } from '../core/shell-text.ts';
import { lockBlocksAddons } from '../node/lock.ts';
import { addonFiles, addonsKept, paths, revisionMarker, runDir, stateDir } from '../node/paths.ts';
import { addonUser } from './addon-rights.ts';
import { hardening } from './runtimes/hardening.ts';
import * as programs from './shell/programs.ts';

/** Time between two passes on one node; the nodes take turns within it. */
export const addonIntervalS = 10;

/** Longest that a change by somebody else lasts while any API server is ready: an interval and a pass. */
export const addonCorrectionS = addonIntervalS + 5;

/** A rollout that takes longer was killed; what it was for waits no longer for it. */
const longestRolloutS = 15 * 60;

const manager = 'k8s-ha-addons';

export function manifestsOf(objects: readonly AddonObject[], mode: AddonMode): string {
  return objects
    .filter((object) => object.mode === mode)
    .map(({ text }) => text)
    .join('---\n');
}

/** A line for each object: mode, kind, namespace (`-` for none) and name. */
export function addonList(objects: readonly AddonObject[]): string {
  return objects.map(({ mode, kind, namespace, name }) => `${mode} ${kind} ${namespace || '-'} ${name}\n`).join('');
}

/** What the ConfigMap says: which claim it is, and the folder's revision. Anything else that is in it is not heeded. */
const claim = '[1-9][0-9]{0,8} [0-9a-f]{12}';

/**
 * The loop that keeps the add-ons applied through the node's own API server. There is no leader: server-side apply of equal
 * manifests changes nothing, so any number of nodes may do it. A ConfigMap has the revision of the folder that was claimed last,
 * with a number that grows: a node whose own folder has not changed since it agreed with an earlier claim stands back instead of
 * undoing the new one, and a folder that is new on a node is claimed once. One that had looked before the new one was placed, and
 * applies after it, would still undo it: so while a rollout goes on, no node applies anything.
 *
 * What is deleted is decided by the node's own files alone: nothing that is read from the cluster names an object. Time is
 * what the kernel counts since its start, so that no clock that is wrong stops anything.
 */
export function addonScript(spec: ClusterSpec, node: NodeSpec): string {
  const index = spec.nodes.findIndex(({ name }) => name === node.name);
  const offset = Math.floor((index * addonIntervalS) / spec.nodes.length);
  const name = serverNameOf(spec);
  const label = addonModeLabel.replaceAll('.', String.raw`\.`);
  return filled(programs.applyAddons, {
    NODE: node.name,
    RUN_DIR: runDir,
    KEPT: addonsKept,
    API_SERVER: hostPort(node.address, spec.apiServer.port),
    TLS_SERVER_NAME: name === undefined ? '' : `--tls-server-name ${name} `,
    ADDON_USER: addonUser,
    LOCK_BLOCKS_ADDONS: lockBlocksAddons,
    LOCK: paths.lock,
    LONGEST_ROLLOUT: longestRolloutS,
    CLAIM: claim,
    MANAGER: manager,
    LABEL: label,
    RECONCILE: addonFiles.reconcile,
    ENSURE_EXISTS: addonFiles.ensureExists,
    LIST: addonFiles.list,
    RIGHTS: addonFiles.rights,
    HISTORY: paths.history,
    OFFSET: offset,
    INTERVAL: addonIntervalS,
  });
}

export function addonUnit(): string {
  return `# rendered by k8s-ha
[Unit]
Description=Kubernetes add-ons kept applied (k8s-ha)
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Environment=K8S_HA_REVISION=${revisionMarker}
ExecStart=${addonFiles.script}
Restart=always
RestartSec=5
Nice=10
${hardening({ capabilities: [], sockets: ['UNIX', 'INET', 'INET6', 'NETLINK'], writes: [stateDir] })}
[Install]
WantedBy=multi-user.target
`;
}
