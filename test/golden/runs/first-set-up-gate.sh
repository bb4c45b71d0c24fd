#!/bin/sh
# cp2: put the previous files back
command_1() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
systemctl disable --quiet --now k8s-ha-haproxy.service 2>/dev/null || systemctl stop k8s-ha-haproxy.service 2>/dev/null || true
systemctl disable --quiet --now k8s-ha-keepalived.service 2>/dev/null || systemctl stop k8s-ha-keepalived.service 2>/dev/null || true
rm -f /etc/k8s-ha/check-haproxy
rm -f /etc/k8s-ha/save-haproxy-state
rm -f /etc/k8s-ha/watch-keepalived
rm -f /etc/k8s-ha/watch-haproxy
rm -f /etc/k8s-ha/check-support
rm -f /etc/k8s-ha/haproxy.cfg
rm -f /etc/k8s-ha/keepalived.conf
rm -f /etc/systemd/system/k8s-ha-haproxy.service
rm -f /etc/systemd/system/k8s-ha-keepalived.service
rm -f /etc/k8s-ha/guard.nft
{ if [ -f /etc/k8s-ha/guard.nft ]; then nft -f /etc/k8s-ha/guard.nft; else nft delete table inet k8s_ha 2>/dev/null || :; fi; } || echo "the previous guard cannot be loaded" >&2
systemctl daemon-reload
}
