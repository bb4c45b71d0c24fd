import { guarded } from '../../act/rollout/commands/guarded.ts';
import type { ClusterSpec, MachineSpec } from '../../cluster/spec.ts';
import { quote, quoteAll, type Command } from '../../core/command.ts';
import { kubeadmFiles, stateDir, units, versionFiles } from '../../node/paths.ts';
import { localKubectl } from '../../up/look.ts';
import type { Does, ProgramName, ProgramSeen } from './model.ts';
import type { Wanted } from './refuse.ts';

/** From here on the node remembers that it is in the middle of an upgrade, and to which version. */
export function beginVisit(token: string, { version, folder }: Wanted, does: Does): Command {
  return guarded(
    'begin the visit',
    token,
    { kind: 'version', does: 'begin', version, folder, as: does },
    `mkdir -p ${stateDir}
[ -f ${versionFiles.visit} ] || { echo ${quote(`${version} ${does} ${folder}`)} >${versionFiles.visit}.new && mv -f ${versionFiles.visit}.new ${versionFiles.visit}; }`,
  );
}

/** The node remembers one thing more that was done. */
export function noteVisit(token: string, word: string): Command {
  return guarded(
    'remember what was done',
    token,
    { kind: 'version', does: 'note', word },
    `grep -qx ${word} ${versionFiles.visit} || { { cat ${versionFiles.visit} && echo ${word}; } >${versionFiles.visit}.new && mv -f ${versionFiles.visit}.new ${versionFiles.visit}; }`,
  );
}

export function endVisit(token: string): Command {
  return guarded('end the visit', token, { kind: 'version', does: 'end' }, `rm -f ${versionFiles.visit}`);
}

/** Gives containerd the images of a folder that it has not yet. Other runtimes get theirs from a registry. */
export function importImages(token: string, folder: string): Command {
  const dir = quote(folder);
  return guarded(
    'import the images of the folder',
    token,
    { kind: 'version', does: 'images' },
    `command -v ctr >/dev/null || { echo "images are imported by containerd's ctr, which is not there" >&2; exit 1; }
have=$(ctr --namespace k8s.io images list -q)
for archive in ${dir}/images/*.tar ${dir}/*.tar; do
    [ -f "$archive" ] || continue
    name=$({ tar -xOf "$archive" manifest.json || tar -xOf "$archive" ./manifest.json; } 2>/dev/null | sed -n 's/.*"RepoTags":\\["\\([^"]*\\)".*/\\1/p')
    ! printf '%s\\n' "$have" | grep -qxF "\${name:-none}" || continue
    ctr --namespace k8s.io images import --local --no-unpack "$archive" >/dev/null
done`,
    300_000,
  );
}

function ignored({ kubernetes: { ignorePreflightErrors, coreDNS } }: ClusterSpec): string {
  // Without CoreDNS, kubeadm cannot tell from which version it would have to be brought to the next.
  const checks = [...ignorePreflightErrors, ...(coreDNS ? [] : ['CoreDNSUnsupportedPlugins', 'CoreDNSMigration'])];
  return checks.length === 0 ? '' : ` --ignore-preflight-errors=${quote(checks.join(','))}`;
}

/** What kubeadm was told to leave out when it made the cluster is left out again. */
function skipped({ kubernetes: { kubeProxy, coreDNS } }: ClusterSpec): string {
  const phases = [...(kubeProxy ? [] : ['addon/kube-proxy']), ...(coreDNS ? [] : ['addon/coredns'])];
  return phases.length === 0 ? '' : ` --skip-phases=${phases.join(',')}`;
}

/** The new kubeadm's own judgement: its health checks and its rules of versions. It leaves a job behind that ends by itself. */
export function checkUpgrade(token: string, spec: ClusterSpec, folder: string, version: string): Command {
  return guarded(
    `ask the new kubeadm for its plan`,
    token,
    { kind: 'version', does: 'check' },
    `${quote(folder)}/kubeadm upgrade plan ${version}${ignored(spec)} >/dev/null`,
    180_000,
  );
}

/** Puts programs of the folder into the places of the old ones, each whole or not at all, and remembers that we did. */
export function placePrograms(
  token: string,
  folder: string,
  version: string,
  programs: readonly (readonly [ProgramName, ProgramSeen])[],
  restart: boolean,
): Command {
  const names = programs.map(([name]) => name);
  const calls = programs.map(
    ([name, { path }]) => `place ${quote(`${folder}/${name}`)} ${quote(path ?? `/usr/local/bin/${name}`)}`,
  );
  return guarded(
    `place ${names.join(' and ')} of ${version}${restart ? ', and restart the kubelet' : ''}`,
    token,
    { kind: 'version', does: 'place', version, programs: names },
    `mkdir -p ${stateDir}
touch ${versionFiles.programs}
place() {
    if cmp -s "$1" "$2"; then return; fi
    cp -L "$1" "$2.k8s-ha-new"
    chmod 0755 "$2.k8s-ha-new"
    sum=$(sha256sum <"$2.k8s-ha-new")
    { awk -v path="$2" '$2 != path' ${versionFiles.programs}; echo "\${sum%% *}  $2"; } >${versionFiles.programs}.new
    mv -f ${versionFiles.programs}.new ${versionFiles.programs}
    mv -f "$2.k8s-ha-new" "$2"
}
${calls.join('\n')}${restart ? '\nsystemctl daemon-reload\nsystemctl restart kubelet' : ''}`,
    120_000,
  );
}

/** kubeadm goes on in a unit of systemd when the connection or the operator's machine is lost. */
export function startKubeadm(token: string, spec: ClusterSpec, version: string, does: Does): Command {
  const verb = does === 'apply' ? `apply ${version} --yes` : 'node';
  const work = `kubeadm upgrade ${verb}${ignored(spec)}${skipped(spec)} && echo kubeadm >>${versionFiles.visit}`;
  return guarded(
    `start kubeadm upgrade ${does}`,
    token,
    { kind: 'version', does: 'kubeadm', version, as: does },
    `[ ! -f ${kubeadmFiles.begun} ] || { echo "half a node that k8s-ha up began is here" >&2; exit 1; }
systemctl reset-failed ${units.kubeadm} 2>/dev/null || :
systemd-run --quiet --unit=${units.kubeadm} --description='kubeadm upgrade ${does}, for k8s-ha' --property=Type=exec sh -c ${quote(work)}`,
  );
}

/** Longest that pods may take to leave a node. */
const podsS = 300;

/** Has the pods leave a node, which gets no new ones; asked of a node whose API server answers. */
export function drainPods(token: string, spec: ClusterSpec, source: MachineSpec, node: string): Command {
  return guarded(
    `let the pods of ${node} leave`,
    token,
    { kind: 'version', does: 'drain', node },
    `${localKubectl(spec, source)} drain ${quoteAll([node])} --ignore-daemonsets --timeout=${podsS}s`,
    (podsS + 30) * 1000,
  );
}

export function uncordon(token: string, spec: ClusterSpec, source: MachineSpec, node: string): Command {
  return guarded(
    `let ${node} have pods again`,
    token,
    { kind: 'version', does: 'uncordon', node },
    `${localKubectl(spec, source)} uncordon ${quoteAll([node])}`,
  );
}

/**
 * Has the API server end its connections as it does at every end of its own: it tells clients of HTTP/2 to go elsewhere, and
 * finishes what they asked. The kubelet starts it again; no HAProxy sends it anybody meanwhile.
 */
export function endConnections(token: string): Command {
  return guarded(
    'have the API server end its connections',
    token,
    { kind: 'version', does: 'quiet' },
    `for comm in /proc/[0-9]*/comm; do
    read -r name <"$comm" 2>/dev/null || continue
    [ "$name" != kube-apiserver ] || { pid=\${comm#/proc/}; kill -TERM "\${pid%/comm}" 2>/dev/null || :; }
done`,
  );
}
