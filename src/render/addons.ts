import type { AddonMode, AddonObject } from '../cluster/addons.ts';
import { addonModeLabel } from '../cluster/addons.ts';
import { serverNameOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import { hostPort } from '../core/ip.ts';
import { lockBlocksAddons } from '../node/lock.ts';
import { addonFiles, addonsKept, paths, revisionMarker, runDir, stateDir } from '../node/paths.ts';
import { addonUser } from './addon-rights.ts';
import { hardening } from './runtimes/hardening.ts';

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
  return `#!/bin/sh
# Keeps the add-ons applied through this node's own API server. Rendered by k8s-ha for node ${node.name}.
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin" HOME=${runDir} TMPDIR=${runDir} KUBECTL_EXTERNAL_DIFF='diff -rqN'
umask 077
now=${runDir}/addons-now kept=${addonsKept}
reconcile=$now/reconcile.yaml ensure=$now/ensure-exists.yaml list=$now/list rights=$now/rights.yaml
corrections=0 corrected='' corrected_up=0 granted='' lock_seen='' lock_since=0

# Whole seconds since this machine was started.
up() { read -r k8s_up k8s_idle </proc/uptime; echo "\${k8s_up%%.*}"; }
applied_up=$(up)
# The administrator's: the rights below and the ConfigMap, by names that no other can choose. Everything else has those rights alone.
admin() {
    timeout 30 kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://${hostPort(node.address, spec.apiServer.port)} ${name === undefined ? '' : `--tls-server-name ${name} `}\\
        --cache-dir ${runDir}/kubectl --request-timeout 10s "$@" 2>"$now/error"
}
kc() { admin --as ${addonUser} "$@"; }
# One line that is safe between JSON's quotes.
plain() { printf '%s' "$1" | tr '\\n\\t"\\\\' "  ''" | tr -d '[:cntrl:]' | cut -c 1-300; }
report() {
    objects_now=$(grep -c . "$list" 2>/dev/null)
    printf '{"up":%s,"ok":%s,"message":"%s","objects":%s,"corrections":%s,"correctedUp":%s,"corrected":"%s","appliedUp":%s}\\n' \\
        "$(up)" "$1" "$(plain "$2")" "\${objects_now:-0}" "$corrections" "$corrected_up" "$(plain "$corrected")" "$applied_up" >${runDir}/addons.json.new
    mv -f ${runDir}/addons.json.new ${runDir}/addons.json
    [ "$1" = true ] || echo "$2" >&2
}
# Rights may be what is missing: they are written again in the next pass.
failed() { granted=''; report false "$(tail -n 3 "$now/error" | head -c 1000)"; }
stand_back() { report true "stands back: $1"; }
# Somebody changes the nodes now. A lock that has not changed for this long was left behind by a run that was killed.
rollout() {
    ${lockBlocksAddons} 2>/dev/null || { lock_seen=''; return 1; }
    lock=$(cksum <${paths.lock})
    [ "$lock" = "$lock_seen" ] || lock_seen=$lock lock_since=$(up)
    [ $(($(up) - lock_since)) -lt ${longestRolloutS} ]
}
claimed_in() { [ "$(grep -c '' "$1" 2>/dev/null)" = 1 ] && grep -xE '${claim}' "$1" || echo 0; }
agree() {
    [ "$mine" = "$1 $revision" ] && return
    echo "$1 $revision" >"$kept/agreed.new" && mv -f "$kept/agreed.new" "$kept/agreed"
}
# Ends with 0 where this node's folder is the one to apply.
claim() {
    admin -n kube-system get configmap ${manager} --ignore-not-found -o 'jsonpath={.data.claim}{"\\n"}' >"$now/seen" || { failed; return 1; }
    seen=$(claimed_in "$now/seen") mine=$(claimed_in "$kept/agreed")
    [ "$seen" != 0 ] || ! grep -q . "$now/seen" || echo "does not heed what the ConfigMap says: $(plain "$(head -c 300 "$now/seen")")"
    if [ "\${seen#* }" = "$revision" ]; then agree "\${seen% *}"; return; fi
    if [ "\${mine#* }" = "$revision" ] && [ "\${seen% *}" -gt "\${mine% *}" ]; then
        stand_back "another node has a newer folder, and this one waits for its own"
        return 1
    fi
    next=\${seen% *}
    [ "\${mine% *}" -le "$next" ] || next=\${mine% *}
    next=$((next % 999999999 + 1)) changed=yes
    admin -n kube-system create configmap ${manager} --from-literal=claim="$next $revision" --dry-run=client -o yaml >"$now/marker" &&
        admin apply --server-side --force-conflicts --field-manager=${manager} -f "$now/marker" >/dev/null || { failed; return 1; }
    agree "$next"
}
# Roles in a namespace that is not there yet are refused, and written once it is.
grant() { admin apply --server-side --force-conflicts --field-manager=${manager} -f "$rights" >/dev/null && granted=$revision; }
apply() {
    kc apply --server-side --force-conflicts --field-manager=${manager} -f "$reconcile" >/dev/null && return
    # A namespace of the folder is there now, or the API server has only just heard of the rights.
    sleep 1
    grant
    kc apply --server-side --force-conflicts --field-manager=${manager} -f "$reconcile" >/dev/null
}
# One object that is not there. Where another node was quicker, there is no conflict to win.
ensure_one() {
    kc get -f "$1" -o name >/dev/null && return
    kc apply --server-side --field-manager=${manager} -f "$1" >/dev/null && return
    cp "$now/error" "$now/refused"
    kc get -f "$1" -o name >/dev/null || { cp "$now/refused" "$now/error"; return 1; }
}
# What was in the folder and is not any more goes, if it was this loop that applied it and its label still leaves it in our care.
sweep() {
    while read -r mode kind namespace name; do
        [ "$mode" = Reconcile ] || continue
        printf '%s\\n' "$kind $namespace $name" | grep -qxE '[A-Za-z][A-Za-z0-9.-]* (-|[a-z0-9][a-z0-9-]*) [A-Za-z0-9][A-Za-z0-9:._-]*' || { echo "does not heed: $(plain "$kind $namespace $name")"; continue; }
        cut -d ' ' -f 2- "$list" | grep -qxF "$kind $namespace $name" && continue
        [ "$namespace" = - ] && namespace=default
        care=$(kc -n "$namespace" get --ignore-not-found --show-managed-fields -o 'jsonpath={.metadata.labels.${label}} {.metadata.managedFields[?(@.manager=="${manager}")].operation}' -- "$kind/$name") || {
            # Another node has deleted it and given the right to it back, or its kind went with its definition.
            grep -qE '\\(Forbidden\\)|have a resource type' "$now/error" || return
            echo "leaves $kind/$name: $(plain "$(head -c 300 "$now/error")")"
            continue
        }
        [ "$care" = 'Reconcile Apply' ] || continue
        kc -n "$namespace" delete --ignore-not-found --wait=false -- "$kind/$name" || return
    done <"$kept/list"
    # Nothing else needs the rights to the previous folder.
    [ ! -f "$kept/rights.yaml" ] || cmp -s "$kept/rights.yaml" "$rights" || admin delete --ignore-not-found -f "$kept/rights.yaml" >/dev/null || return
    cp "$rights" "$kept/rights.yaml" && cp "$list" "$kept/list.new" && mv -f "$kept/list.new" "$kept/list"
}
pass() {
    mkdir -p "$now" "$kept"
    ! rollout || { stand_back "a rollout goes on"; return 1; }
    # A rollout may put new files in place during the pass: it works on a copy.
    { cp -p ${addonFiles.reconcile} "$reconcile" && cp -p ${addonFiles.ensureExists} "$ensure" && cp -p ${addonFiles.list} "$list" && cp -p ${addonFiles.rights} "$rights"; } 2>"$now/error" || { failed; return; }
    # What was kept for a rollback is the folder before this one, where nothing is remembered yet.
    [ -f "$kept/list" ] || cat "$(ls -d ${paths.history}/*/ 2>/dev/null | sort | tail -n 1)/.${addonFiles.list}" >"$kept/list" 2>/dev/null
    revision=$(cat "$reconcile" "$ensure" "$list" "$rights" | sha256sum | cut -c 1-12) changed=no
    claim || return 0
    [ "$granted" = "$revision" ] || grant

    if [ -s "$reconcile" ]; then
        out=$(kc diff --server-side --force-conflicts --field-manager=${manager} -f "$reconcile")
        if [ $? -ne 0 ]; then
            objects=$(printf '%s\\n' "$out" | sed -n 's/^Files .*\\/MERGED-[0-9]*\\/\\([^ ]*\\) differ$/\\1/p' | tr '\\n' ' ')
            ! rollout || { stand_back "a rollout goes on"; return 1; }
            apply || { failed; return; }
            if [ $changed = no ]; then
                corrections=$((corrections + 1)) corrected=$objects corrected_up=$(up)
                echo "corrected: $objects"
            fi
        fi
    fi
    if [ -s "$ensure" ] && ! kc get -f "$ensure" -o name >/dev/null; then
        rm -f "$now"/one.*
        awk -v file="$now/one." '/^---$/ { n++; next } { print >(file n + 0) }' "$ensure"
        for one in "$now"/one.*; do ensure_one "$one" || { failed; return; }; done
    fi
    cmp -s "$kept/list" "$list" && cmp -s "$kept/rights.yaml" "$rights" || sweep || { failed; return; }
    applied_up=$(up)
    report true "applied"
}

command -v kubectl >/dev/null || { mkdir -p "$now"; report false "kubectl is not installed on this node"; sleep 60; exit 1; }
sleep ${offset}
while :; do
    started=$(up)
    pass || { sleep 1; continue; }
    rest=$((started + ${addonIntervalS} - $(up)))
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
${hardening({ capabilities: [], sockets: ['UNIX', 'INET', 'INET6', 'NETLINK'], writes: [stateDir] })}
[Install]
WantedBy=multi-user.target
`;
}
