#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"drain","node":"cp1"},"blocks":[],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'drain cp1 by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp1: move the VIPs away
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /var/lib/k8s-ha/history
for file in /var/lib/k8s-ha/drain /run/k8s-ha/drain; do printf '%s\n' '1 operator ada: apply kernel patches' >$file.new && mv -f $file.new $file; done

}

# cp1: send no new connections to the API server of cp1
command_3() {
for backend in k8s_api_ready k8s_api_any; do
    answer=$(echo "set server $backend/cp1 state drain" | timeout 2 socat -t2 - UNIX-CONNECT:/run/k8s-ha/haproxy.sock) || exit 1
    [ -z "$answer" ] || { echo "$answer" >&2; exit 1; }
done
}

# cp1: release the lock
command_4() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'drain cp1 by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
