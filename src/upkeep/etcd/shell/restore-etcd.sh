# One step of a restore on this node, named at the end. A step that was done, or half done, can be done again.
umask 077
work=__FOLDER__/restore manifests=__MANIFESTS__ data=__DATA__
fresh=$data/k8s-ha-restore-__ID__ before=$data/member.before-__ID__
__PROGRAMS__
reached() {
    printf '%s\n' "$1" >"$work/phase.new"
    sync "$work/phase.new"
    mv -f "$work/phase.new" "$work/phase"
}
running() {
    [ "$1" != etcd ] || { etcd_process "$data" >/dev/null; return; }
    for proc in /proc/[0-9]*; do
        name=
        { read -r name <"$proc/comm"; } 2>/dev/null || continue
        [ "$name" = "$1" ] && return
    done
    return 1
}
# The kubelet ends what has no manifest any more.
away() {
    mkdir -p "$work/manifests"
    for pod in "$@"; do
        [ -f "$manifests/$pod.yaml" ] || continue
        cp -p "$manifests/$pod.yaml" "$work/manifests/.$pod"
        sync "$work/manifests/.$pod"
        mv -f "$work/manifests/.$pod" "$work/manifests/$pod.yaml"
        rm -f "$manifests/$pod.yaml"
    done
}
gone() {
    tries=0
    while running "$1"; do
        tries=$((tries + 1))
        [ "$tries" -le 240 ] || { echo "$1 still runs 120 s after its manifest was taken away: does the kubelet run?" >&2; exit 1; }
        sleep 0.5
    done
}
# The kubelet reads no file whose name begins with a dot.
back() {
    for pod in "$@"; do
        [ -f "$work/manifests/$pod.yaml" ] || continue
        cp -p "$work/manifests/$pod.yaml" "$manifests/.k8s-ha-$pod"
        mv -f "$manifests/.k8s-ha-$pod" "$manifests/$pod.yaml"
    done
}
prepare() {
    sum=$(sha256sum <"$work/snapshot.db")
    [ "${sum%% *}" = __SHA256__ ] || { echo "the snapshot did not arrive whole" >&2; exit 1; }
    [ -x "$work/program" ] || {
        found=$(snapshot_program "$data") || { echo "there is no etcdutl: neither in the image of a running etcd, nor beside snapshots, nor installed" >&2; exit 1; }
        cp "$found" "$work/program.new"
        chmod 700 "$work/program.new"
        mv -f "$work/program.new" "$work/program"
    }
    "$work/program" snapshot status --write-out=json "$work/snapshot.db" >"$work/status.new" 2>"$work/said" || { tail -n 3 "$work/said" >&2; exit 1; }
    mv -f "$work/status.new" "$work/status"
    rm -rf "$fresh"
    mkdir -p "$data"
    set --
    # Clients that know later revisions than the snapshot's see that all they know is outdated.
    bump=__BUMP__ above=__ABOVE__ revision=$(sed -n 's/.*"revision":\([0-9][0-9]*\).*/\1/p' "$work/status")
    [ -n "$revision" ] || { echo "the snapshot has no revision" >&2; exit 1; }
    [ "$above" -le "$revision" ] || bump=$((above - revision + bump))
    ! "$work/program" snapshot restore --help 2>&1 | grep -q -e --bump-revision || set -- --bump-revision "$bump" --mark-compacted
    "$work/program" snapshot restore "$work/snapshot.db" "$@" --data-dir "$fresh" --name __NAME__ --initial-cluster __MEMBERS__ --initial-cluster-token __TOKEN__ --initial-advertise-peer-urls __PEER_URL__ >"$work/said" 2>&1 || { tail -n 3 "$work/said" >&2; exit 1; }
    [ ! -d "$data/member" ] || chown -R "$(stat -c %u:%g "$data/member")" "$fresh"
    sync
}
swap() {
    if [ -d "$fresh/member" ]; then
        [ -e "$before" ] || [ ! -e "$data/member" ] || mv "$data/member" "$before"
        [ ! -e "$data/member" ] || { echo "$data/member and $before are both there" >&2; exit 1; }
        mv "$fresh/member" "$data/member"
    fi
    [ -d "$data/member" ] || { echo "$data/member is not there, and neither is what was restored" >&2; exit 1; }
    rm -rf "$fresh"
}
step=__STEP__
case $step in
begin)
    rm -rf "$work" "$data"/k8s-ha-restore-*
    mkdir -p "$work"
    printf '%s\n' __ABOUT__ >"$work/about.new"
    mv -f "$work/about.new" "$work/about"
    ;;
prepare)
    prepare
    reached prepared
    ;;
stop-api)
    away kube-apiserver kube-controller-manager kube-scheduler
    gone kube-apiserver
    reached api-stopped
    ;;
stop-etcd)
    away etcd
    gone etcd
    reached etcd-stopped
    ;;
swap)
    swap
    reached swapped
    ;;
start-etcd)
    back etcd
    reached etcd-started
    ;;
start-api)
    back kube-apiserver kube-controller-manager kube-scheduler
    reached started
    ;;
finish)
    # What it knows of the cluster may be newer than the snapshot.
    systemctl restart kubelet
    mv -f "$work/about" __FOLDER__/restored
    rm -rf "$work"
    ;;
esac
