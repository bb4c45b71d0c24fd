#!/bin/sh
# Keeps the add-ons applied through this node's own API server. Rendered by k8s-ha for node __NODE__.
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin" HOME=__RUN_DIR__ TMPDIR=__RUN_DIR__ KUBECTL_EXTERNAL_DIFF='diff -rqN'
umask 077
now=__RUN_DIR__/addons-now kept=__KEPT__
reconcile=$now/reconcile.yaml ensure=$now/ensure-exists.yaml list=$now/list rights=$now/rights.yaml
corrections=0 corrected='' corrected_up=0 granted='' lock_seen='' lock_since=0

# Whole seconds since this machine was started.
up() { read -r k8s_up _ </proc/uptime; echo "${k8s_up%%.*}"; }
applied_up=$(up)
# The administrator's: the rights below and the ConfigMap, by names that no other can choose. Everything else has those rights alone.
admin() {
    timeout 30 kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://__API_SERVER__ __TLS_SERVER_NAME__\
        --cache-dir __RUN_DIR__/kubectl --request-timeout 10s "$@" 2>"$now/error"
}
kc() { admin --as __ADDON_USER__ "$@"; }
# One line that is safe between JSON's quotes.
# shellcheck disable=SC1003 # no quote is escaped: it is a list of characters
plain() { printf '%s' "$1" | tr '\n\t"\\' "  ''" | tr -d '[:cntrl:]' | cut -c 1-300; }
report() {
    objects_now=$(grep -c . "$list" 2>/dev/null)
    printf '{"up":%s,"ok":%s,"message":"%s","objects":%s,"corrections":%s,"correctedUp":%s,"corrected":"%s","appliedUp":%s}\n' \
        "$(up)" "$1" "$(plain "$2")" "${objects_now:-0}" "$corrections" "$corrected_up" "$(plain "$corrected")" "$applied_up" >__RUN_DIR__/addons.json.new
    mv -f __RUN_DIR__/addons.json.new __RUN_DIR__/addons.json
    [ "$1" = true ] || echo "$2" >&2
}
# Rights may be what is missing: they are written again in the next pass.
failed() { granted=''; report false "$(tail -n 3 "$now/error" | head -c 1000)"; }
stand_back() { report true "stands back: $1"; }
# Somebody changes the nodes now. A lock that has not changed for this long was left behind by a run that was killed.
rollout() {
    __LOCK_BLOCKS_ADDONS__ 2>/dev/null || { lock_seen=''; return 1; }
    lock=$(cksum <__LOCK__)
    [ "$lock" = "$lock_seen" ] || lock_seen=$lock lock_since=$(up)
    [ $(($(up) - lock_since)) -lt __LONGEST_ROLLOUT__ ]
}
claimed_in() { [ "$(grep -c '' "$1" 2>/dev/null)" = 1 ] && grep -xE '__CLAIM__' "$1" || echo 0; }
agree() {
    [ "$mine" = "$1 $revision" ] && return
    echo "$1 $revision" >"$kept/agreed.new" && mv -f "$kept/agreed.new" "$kept/agreed"
}
# Ends with 0 where this node's folder is the one to apply.
claim() {
    admin -n kube-system get configmap __MANAGER__ --ignore-not-found -o 'jsonpath={.data.claim}{"\n"}' >"$now/seen" || { failed; return 1; }
    seen=$(claimed_in "$now/seen") mine=$(claimed_in "$kept/agreed")
    [ "$seen" != 0 ] || ! grep -q . "$now/seen" || echo "does not heed what the ConfigMap says: $(plain "$(head -c 300 "$now/seen")")"
    if [ "${seen#* }" = "$revision" ]; then agree "${seen% *}"; return; fi
    if [ "${mine#* }" = "$revision" ] && [ "${seen% *}" -gt "${mine% *}" ]; then
        stand_back "another node has a newer folder, and this one waits for its own"
        return 1
    fi
    next=${seen% *}
    [ "${mine% *}" -le "$next" ] || next=${mine% *}
    next=$((next % 999999999 + 1)) changed=yes
    {
        admin -n kube-system create configmap __MANAGER__ --from-literal=claim="$next $revision" --dry-run=client -o yaml >"$now/marker" &&
            admin apply --server-side --force-conflicts --field-manager=__MANAGER__ -f "$now/marker" >/dev/null
    } || { failed; return 1; }
    agree "$next"
}
# Roles in a namespace that is not there yet are refused, and written once it is.
grant() { admin apply --server-side --force-conflicts --field-manager=__MANAGER__ -f "$rights" >/dev/null && granted=$revision; }
apply() {
    kc apply --server-side --force-conflicts --field-manager=__MANAGER__ -f "$reconcile" >/dev/null && return
    # A namespace of the folder is there now, or the API server has only just heard of the rights.
    sleep 1
    grant
    kc apply --server-side --force-conflicts --field-manager=__MANAGER__ -f "$reconcile" >/dev/null
}
# One object that is not there. Where another node was quicker, there is no conflict to win.
ensure_one() {
    kc get -f "$1" -o name >/dev/null && return
    kc apply --server-side --field-manager=__MANAGER__ -f "$1" >/dev/null && return
    cp "$now/error" "$now/refused"
    kc get -f "$1" -o name >/dev/null || { cp "$now/refused" "$now/error"; return 1; }
}
# What was in the folder and is not any more goes, if it was this loop that applied it and its label still leaves it in our care.
sweep() {
    while read -r mode kind namespace name; do
        [ "$mode" = Reconcile ] || continue
        printf '%s\n' "$kind $namespace $name" | grep -qxE '[A-Za-z][A-Za-z0-9.-]* (-|[a-z0-9][a-z0-9-]*) [A-Za-z0-9][A-Za-z0-9:._-]*' || { echo "does not heed: $(plain "$kind $namespace $name")"; continue; }
        cut -d ' ' -f 2- "$list" | grep -qxF "$kind $namespace $name" && continue
        [ "$namespace" = - ] && namespace=default
        care=$(kc -n "$namespace" get --ignore-not-found --show-managed-fields -o 'jsonpath={.metadata.labels.__LABEL__} {.metadata.managedFields[?(@.manager=="__MANAGER__")].operation}' -- "$kind/$name") || {
            # Another node has deleted it and given the right to it back, or its kind went with its definition.
            grep -qE '\(Forbidden\)|have a resource type' "$now/error" || return
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
    { cp -p __RECONCILE__ "$reconcile" && cp -p __ENSURE_EXISTS__ "$ensure" && cp -p __LIST__ "$list" && cp -p __RIGHTS__ "$rights"; } 2>"$now/error" || { failed; return; }
    # What was kept for a rollback is the folder before this one, where nothing is remembered yet.
    [ -f "$kept/list" ] || cat "$(ls -d __HISTORY__/*/ 2>/dev/null | sort | tail -n 1)/.__LIST__" >"$kept/list" 2>/dev/null
    revision=$(cat "$reconcile" "$ensure" "$list" "$rights" | sha256sum | cut -c 1-12) changed=no
    claim || return 0
    [ "$granted" = "$revision" ] || grant

    if [ -s "$reconcile" ]; then
        if ! out=$(kc diff --server-side --force-conflicts --field-manager=__MANAGER__ -f "$reconcile"); then
            objects=$(printf '%s\n' "$out" | sed -n 's/^Files .*\/MERGED-[0-9]*\/\([^ ]*\) differ$/\1/p' | tr '\n' ' ')
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
sleep __OFFSET__
while :; do
    started=$(up)
    pass || { sleep 1; continue; }
    rest=$((started + __INTERVAL__ - $(up)))
    [ $rest -le 0 ] || sleep $rest
done
