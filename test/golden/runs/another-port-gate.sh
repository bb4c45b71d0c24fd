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
base64 -d >/etc/k8s-ha/check-haproxy.k8s-ha-old <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/check-haproxy.k8s-ha-old
chmod 755 /etc/k8s-ha/check-haproxy.k8s-ha-old
mv -f /etc/k8s-ha/check-haproxy.k8s-ha-old /etc/k8s-ha/check-haproxy
base64 -d >/etc/k8s-ha/haproxy.cfg.k8s-ha-old <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/haproxy.cfg.k8s-ha-old
chmod 600 /etc/k8s-ha/haproxy.cfg.k8s-ha-old
mv -f /etc/k8s-ha/haproxy.cfg.k8s-ha-old /etc/k8s-ha/haproxy.cfg
systemctl daemon-reload
systemctl reload-or-restart k8s-ha-haproxy.service
}

# cp3: take the new files away again
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
