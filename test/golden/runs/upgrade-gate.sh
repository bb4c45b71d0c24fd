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
base64 -d >/etc/k8s-ha/haproxy.cfg.k8s-ha-old <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/haproxy.cfg.k8s-ha-old
chmod 600 /etc/k8s-ha/haproxy.cfg.k8s-ha-old
mv -f /etc/k8s-ha/haproxy.cfg.k8s-ha-old /etc/k8s-ha/haproxy.cfg
base64 -d >/etc/k8s-ha/keepalived.conf.k8s-ha-old <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/keepalived.conf.k8s-ha-old
chmod 600 /etc/k8s-ha/keepalived.conf.k8s-ha-old
mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-old /etc/k8s-ha/keepalived.conf
systemctl stop k8s-ha-haproxy.service
systemctl stop k8s-ha-keepalived.service
systemctl daemon-reload
systemctl restart k8s-ha-haproxy.service
systemctl restart k8s-ha-keepalived.service
}

# cp2: take the new files away again
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
rm -f /etc/k8s-ha/*.k8s-ha-new /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new /etc/systemd/system/k8s-ha-addons.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.timer.k8s-ha-new
}

# cp2: put haproxy 2.6.12-1, keepalived 2.2.7-1 back
command_3() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
masked=
for service in haproxy.service keepalived.service; do
    systemctl is-active --quiet "$service" || masked="$masked $service"
done
# shellcheck disable=SC2086 # a word for each unit
[ -z "$masked" ] || { systemctl --no-reload mask --runtime --quiet $masked 2>/dev/null; trap 'systemctl --no-reload unmask --runtime --quiet $masked' EXIT; }
apt-get -qq -y -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold --allow-downgrades --no-install-recommends \
    install haproxy=2.6.12-1 keepalived=2.2.7-1 >/dev/null 9>&-
}

# cp2: start HAProxy, restart keepalived
command_4() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl stop k8s-ha-keepalived.service
systemctl daemon-reload
systemctl enable --quiet k8s-ha-haproxy.service k8s-ha-keepalived.service
systemctl restart k8s-ha-haproxy.service
systemctl restart k8s-ha-keepalived.service
}

# cp2: put the previous files back
command_5() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
systemctl disable --quiet --now k8s-ha-haproxy.service 2>/dev/null || systemctl stop k8s-ha-haproxy.service 2>/dev/null || true
systemctl stop k8s-ha-keepalived.service
systemctl daemon-reload
systemctl restart k8s-ha-keepalived.service
}
