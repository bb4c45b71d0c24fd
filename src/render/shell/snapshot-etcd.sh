#!/bin/sh
# Takes a snapshot of this node's etcd member, checks it, and prints its path and what is in it. Rendered by k8s-ha.
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin"
umask 077
fail() { echo "$1" >&2; exit 1; }
__PROGRAMS__
data=$(sed -n 's/^ *- --data-dir=//p' __MANIFEST__ 2>/dev/null)
[ -n "$data" ] || fail "__MANIFEST__ names no data folder: kubeadm runs no etcd on this node"
etcd_process "$data" >/dev/null || fail "etcd does not run on this node"
ctl=$(etcd_program etcdctl "$data") || fail "there is no etcdctl, neither in the image of etcd nor on the node"
util=$(snapshot_program "$data")
member() {
    ETCDCTL_API=3 "$ctl" --endpoints=__ENDPOINT__ --cacert=__PKI__/ca.crt --cert=__PKI__/healthcheck-client.crt --key=__PKI__/healthcheck-client.key "$@"
}
mkdir -p __FOLDER__/snapshots && chmod 700 __FOLDER__ __FOLDER__/snapshots || exit 1
exec 8>__FOLDER__/taking
flock -w 600 8 || fail "another snapshot is still being taken"
new=__FOLDER__/snapshots/.taking
rm -f "$new"*
trap 'rm -f "$new"*' EXIT
# A read that the majority agrees to: whatever was acknowledged before it is in the snapshot.
said=$(member --command-timeout=10s endpoint health 2>&1) || fail "the member is not healthy: $said"
said=$(member --command-timeout=10m snapshot save "$new" 2>&1) || fail "etcdctl took no snapshot: $said"
status=$("$util" snapshot status --write-out=json "$new") || fail "the snapshot that was taken cannot be read"
case $status in *'"revision":'[1-9]*) ;; *) fail "the snapshot that was taken is empty: $status" ;; esac
sync "$new"
prefix=__PREFIX__
path=__FOLDER__/snapshots/${prefix}etcd-$(date -u +%Y%m%dT%H%M%SZ).db
mv -f "$new" "$path" || exit 1
# Where no etcd runs any more, its programs are not there either.
kept=__FOLDER__/${util##*/}
cmp -s "$util" "$kept" || { cp "$util" "$kept.new" && chmod 700 "$kept.new" && mv -f "$kept.new" "$kept"; } || echo "${util##*/} could not be kept beside the snapshots" >&2
keep=__KEEP__
# This one is the newest, whatever the clock was when the others were taken.
[ "$keep" -eq 0 ] || printf '%s\n' "__FOLDER__/snapshots/$prefix"etcd-*.db | grep -vxF "$path" | sort -r | tail -n +"$keep" | while read -r old; do rm -f "$old"; done
sum=$(sha256sum <"$path")
printf '%s\n%s\n%s\n' "$path" "$status" "${sum%% *}"
