#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"spread"},"blocks":[],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'spread by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp2: move 172.16.100.100 to cp1
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
printf '%s\n' '1 rollout TOKEN ada' >/run/k8s-ha/yield-172.16.100.100.new
mv -f /run/k8s-ha/yield-172.16.100.100.new /run/k8s-ha/yield-172.16.100.100
}

# cp2: let cp2 stand by for 172.16.100.100
command_3() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
rm -f /var/lib/k8s-ha/yield-172.16.100.100
printf '%s\n' 0 >/run/k8s-ha/yield-172.16.100.100.new
mv -f /run/k8s-ha/yield-172.16.100.100.new /run/k8s-ha/yield-172.16.100.100
}

# cp1: release the lock
command_4() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'spread by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
