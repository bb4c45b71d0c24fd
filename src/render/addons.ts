import { lockBlocksAddons } from '../node/lock.ts';
import type { AddonMode, AddonObject } from '../cluster/addons.ts';
import { addonModeLabel } from '../cluster/addons.ts';
import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import { hostPort } from '../core/ip.ts';
import { hardening } from './runtimes/hardening.ts';
import { addonFiles, paths, revisionMarker, runDir } from '../node/paths.ts';

/** Time between two passes on one node; the nodes take turns within it. */
export const addonIntervalS = 10;

/** Longest that a change by somebody else lasts while any API server is ready: an interval and a pass. */
export const addonCorrectionS = addonIntervalS + 5;

/** A rollout that takes longer was killed; what it was for waits no longer for it. */
const longestRolloutMin = 15;

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

/**
 * The loop that keeps the add-ons applied through the node's own API server. There is no leader: server-side apply of equal
 * manifests changes nothing, so any number of nodes may do it. A ConfigMap remembers which folder was placed last and what
 * was in it: nodes that still have the previous folder stand back instead of undoing the new one. One that had looked before the
 * new one was placed, and applies after it, would still undo it: so while a rollout goes on, no node applies anything.
 */
export function addonScript(spec: ClusterSpec, node: NodeSpec): string {
  const index = spec.nodes.findIndex(({ name }) => name === node.name);
  const offset = Math.floor((index * addonIntervalS) / spec.nodes.length);
  const label = addonModeLabel.replaceAll('.', String.raw`\.`);
  return `#!/bin/sh
# Keeps the add-ons applied through this node's own API server. Rendered by k8s-ha for node ${node.name}.
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin" HOME=${runDir} TMPDIR=${runDir} KUBECTL_EXTERNAL_DIFF='diff -rqN'
now=${runDir}/addons-now
reconcile=$now/reconcile.yaml ensure=$now/ensure-exists.yaml list=$now/list
corrections=0 corrected='' corrected_at=0

kc() {
    timeout 30 kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://${hostPort(node.address, spec.apiServer.port)} --tls-server-name kubernetes \\
        --cache-dir ${runDir}/kubectl --request-timeout 10s "$@"
}
# One line that is safe between JSON's quotes.
plain() { printf '%s' "$1" | tr '\\n\\t"\\\\' "  ''" | tr -d '[:cntrl:]' | cut -c 1-300; }
report() {
    printf '{"at":%s,"ok":%s,"message":"%s","objects":%s,"corrections":%s,"correctedAt":%s,"corrected":"%s"}\\n' \\
        "$(date +%s)" "$1" "$(plain "$2")" "$(grep -c . "$list")" "$corrections" "$corrected_at" "$(plain "$corrected")" >${runDir}/addons.json.new
    mv -f ${runDir}/addons.json.new ${runDir}/addons.json
    [ "$1" = true ] || echo "$2" >&2
}
marker() {
    kc -n kube-system create configmap ${manager} --from-literal=revision="$1" --from-literal=placed="$2" --from-file=objects="$3" --dry-run=client -o yaml |
        kc apply --server-side --force-conflicts --field-manager=${manager} -f - >/dev/null
}
# Somebody changes the nodes now. A lock that is as old as that was left behind by a run that was killed.
rollout() { find ${paths.lock} -mmin -${longestRolloutMin} 2>/dev/null | grep -q . && ${lockBlocksAddons}; }
stand_back() { report true "stands back: $1"; }
pass() {
    ! rollout || { stand_back "a rollout goes on"; return 1; }
    # A rollout may put new files in place during the pass: it works on a copy.
    mkdir -p "$now"
    cp -p ${addonFiles.reconcile} "$reconcile" && cp -p ${addonFiles.ensureExists} "$ensure" && cp -p ${addonFiles.list} "$list" || { report false "the manifests are missing"; return; }
    revision=$(sha256sum "$reconcile" "$ensure" "$list" | sha256sum | cut -c 1-12)
    placed=$(stat -c %Y "$reconcile" "$ensure" "$list" | sort -n | tail -n 1)
    seen=$(kc -n kube-system get configmap ${manager} --ignore-not-found -o 'jsonpath={.data.revision} {.data.placed}{"\\n"}{.data.objects}' 2>&1) || { report false "$seen"; return; }
    printf '%s\\n' "$seen" | tail -n +2 | grep . >${runDir}/addons.before
    set -- $(printf '%s\\n' "$seen" | head -n 1)
    changed=no
    if [ "\${1-}" != "$revision" ]; then
        if [ "\${2:-0}" -gt "$placed" ]; then
            stand_back "another node has a newer folder, and this one waits for its own"
            return
        fi
        changed=yes
        # Claims the folder before anything is applied; what was in the previous one is still remembered.
        out=$(marker "$revision" "$placed" ${runDir}/addons.before 2>&1) || { report false "$out"; return; }
    fi

    if [ -s "$reconcile" ]; then
        out=$(kc diff --server-side --force-conflicts --field-manager=${manager} -f "$reconcile" 2>&1)
        differs=$?
        if [ $differs -ne 0 ]; then
            objects=$(printf '%s\\n' "$out" | sed -n 's/^Files .*\\/MERGED-[0-9]*\\/\\([^ ]*\\) differ$/\\1/p' | tr '\\n' ' ')
            ! rollout || { stand_back "a rollout goes on"; return 1; }
            out=$(kc apply --server-side --force-conflicts --field-manager=${manager} -f "$reconcile" 2>&1) || { report false "$out"; return; }
            if [ $changed = no ]; then
                corrections=$((corrections + 1)) corrected=$objects corrected_at=$(date +%s)
                echo "corrected: $objects"
            fi
        fi
    fi
    if [ -s "$ensure" ] && ! kc get -f "$ensure" -o name >/dev/null 2>&1; then
        out=$(kc create --field-manager=${manager} -f "$ensure" 2>&1) || {
            left=$(printf '%s\\n' "$out" | grep -i '^error' | grep -v 'already exists')
            [ -z "$left" ] || { report false "$left"; return; }
        }
    fi
    # What was in the folder and is not any more goes, unless it was taken out of our care by its label.
    if ! cmp -s ${runDir}/addons.before "$list"; then
        while read -r mode kind namespace name; do
            [ "$mode" = Reconcile ] || continue
            cut -d ' ' -f 2- "$list" | grep -qxF "$kind $namespace $name" && continue
            [ "$namespace" = - ] && namespace=default
            care=$(kc -n "$namespace" get "$kind" "$name" --ignore-not-found -o 'jsonpath={.metadata.labels.${label}}' 2>&1) || { report false "$care"; return; }
            [ "$care" = Reconcile ] || continue
            out=$(kc -n "$namespace" delete "$kind" "$name" --ignore-not-found --wait=false 2>&1) || { report false "$out"; return; }
            echo "$out"
        done <${runDir}/addons.before
        out=$(marker "$revision" "$placed" "$list" 2>&1) || { report false "$out"; return; }
    fi
    report true "applied"
}

command -v kubectl >/dev/null || { report false "kubectl is not installed on this node"; sleep 60; exit 1; }
sleep ${offset}
while :; do
    started=$(date +%s)
    pass || { sleep 1; continue; }
    rest=$((started + ${addonIntervalS} - $(date +%s)))
    [ $rest -le 0 ] || sleep $rest
done
`;
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
${hardening({ capabilities: [], sockets: ['UNIX', 'INET', 'INET6', 'NETLINK'] })}
[Install]
WantedBy=multi-user.target
`;
}
