#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"remove"},"blocks":[],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'remove by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp3: stop the services and remove every file
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
# The packages stay.
systemctl stop 'k8s-ha-kept-*' 'k8s-ha-handed-on-*' 2>/dev/null || :
ours=$(ls /var/lib/k8s-ha/images/*.ours 2>/dev/null || true)
for unit in k8s-ha-etcd-snapshot.timer k8s-ha-addons.service k8s-ha-keepalived.service k8s-ha-haproxy.service; do
    systemctl disable --quiet --now "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || true
done
! command -v nft >/dev/null || nft delete table inet k8s_ha 2>/dev/null || :
if [ -f /etc/firewalld/policies/k8s-ha.xml ]; then
    rm -f /etc/firewalld/policies/k8s-ha.xml*
    ! systemctl is-active --quiet firewalld || firewall-cmd --quiet --reload || :
fi
if command -v ufw >/dev/null; then
    LC_ALL=C ufw show added 2>/dev/null | sed -n "s/^ufw \(.*\) comment 'k8s-ha'$/\1/p" | while read -r rule; do
        # shellcheck disable=SC2086 # a word for each word of a rule
        ufw delete $rule >/dev/null 2>&1 </dev/null || :
    done
fi
for dev in $(ip -o address show to 172.16.100.100 | awk '{print $2}'); do ip address del 172.16.100.100/32 dev "$dev"; done
for dev in $(ip -o address show to 172.16.100.101 | awk '{print $2}'); do ip address del 172.16.100.101/32 dev "$dev"; done
! command -v podman >/dev/null || podman rm --force k8s-ha-haproxy k8s-ha-keepalived >/dev/null 2>&1 || true
rm -f /etc/systemd/system/k8s-ha-addons.service /etc/systemd/system/k8s-ha-etcd-snapshot.service /etc/systemd/system/k8s-ha-etcd-snapshot.timer /etc/systemd/system/k8s-ha-addons.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.service.k8s-ha-new /etc/systemd/system/k8s-ha-etcd-snapshot.timer.k8s-ha-new /etc/systemd/system/k8s-ha-haproxy.service /etc/systemd/system/k8s-ha-keepalived.service /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new
systemctl daemon-reload
systemctl reset-failed k8s-ha-haproxy.service k8s-ha-keepalived.service k8s-ha-etcd-snapshot.service 2>/dev/null || true
for image in $ours; do image=${image##*/}; podman image rm "${image%.ours}" >/dev/null 2>&1 || true; done
rm -rf /etc/k8s-ha /run/k8s-ha
find /var/lib/k8s-ha -mindepth 1 -maxdepth 1 ! -name manifests -exec rm -rf {} + 2>/dev/null || :
rmdir /var/lib/k8s-ha/manifests /var/lib/k8s-ha 2>/dev/null || :

exit 0
}

# cp1: release the lock
command_3() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'remove by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
