#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"apply"},"blocks":["add-ons"],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'apply by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp4: write the new files beside the old ones
command_2() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
mkdir -p -m 0755 /etc/k8s-ha /var/lib/k8s-ha
chmod 0755 /etc/k8s-ha
base64 -d >/etc/k8s-ha/check-haproxy.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/check-haproxy.k8s-ha-new
chmod 755 /etc/k8s-ha/check-haproxy.k8s-ha-new
base64 -d >/etc/k8s-ha/save-haproxy-state.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/save-haproxy-state.k8s-ha-new
chmod 755 /etc/k8s-ha/save-haproxy-state.k8s-ha-new
base64 -d >/etc/k8s-ha/watch-keepalived.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/watch-keepalived.k8s-ha-new
chmod 755 /etc/k8s-ha/watch-keepalived.k8s-ha-new
base64 -d >/etc/k8s-ha/watch-haproxy.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/watch-haproxy.k8s-ha-new
chmod 755 /etc/k8s-ha/watch-haproxy.k8s-ha-new
base64 -d >/etc/k8s-ha/check-support.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/check-support.k8s-ha-new
chmod 755 /etc/k8s-ha/check-support.k8s-ha-new
base64 -d >/etc/k8s-ha/haproxy.cfg.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/haproxy.cfg.k8s-ha-new
chmod 600 /etc/k8s-ha/haproxy.cfg.k8s-ha-new
base64 -d >/etc/k8s-ha/keepalived.conf.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/keepalived.conf.k8s-ha-new
chmod 600 /etc/k8s-ha/keepalived.conf.k8s-ha-new
base64 -d >/etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new
chmod 644 /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new
base64 -d >/etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new
chmod 644 /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new
base64 -d >/etc/k8s-ha/guard.nft.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/guard.nft.k8s-ha-new
chmod 600 /etc/k8s-ha/guard.nft.k8s-ha-new
}

# cp3: write the new files beside the old ones
command_3() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
mkdir -p -m 0755 /etc/k8s-ha /var/lib/k8s-ha
chmod 0755 /etc/k8s-ha
base64 -d >/etc/k8s-ha/check-haproxy.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/check-haproxy.k8s-ha-new
chmod 755 /etc/k8s-ha/check-haproxy.k8s-ha-new
base64 -d >/etc/k8s-ha/haproxy.cfg.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/haproxy.cfg.k8s-ha-new
chmod 600 /etc/k8s-ha/haproxy.cfg.k8s-ha-new
base64 -d >/etc/k8s-ha/keepalived.conf.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/keepalived.conf.k8s-ha-new
chmod 600 /etc/k8s-ha/keepalived.conf.k8s-ha-new
base64 -d >/etc/k8s-ha/guard.nft.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/guard.nft.k8s-ha-new
chmod 600 /etc/k8s-ha/guard.nft.k8s-ha-new
}

# cp4: let the node check the new files
command_4() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
[ -f /run/k8s-ha/server-state ] || echo 1 >/run/k8s-ha/server-state
for script in /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/save-haproxy-state.k8s-ha-new /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/save-haproxy-state.k8s-ha-new /etc/k8s-ha/watch-keepalived.k8s-ha-new /etc/k8s-ha/watch-haproxy.k8s-ha-new /etc/k8s-ha/check-support.k8s-ha-new; do sh -n $script; done
run_haproxy() { haproxy "$@"; }
run_keepalived() { unshare -pf keepalived "$@"; }
run_haproxy -c -f /etc/k8s-ha/haproxy.cfg.k8s-ha-new
nft -c -f /etc/k8s-ha/guard.nft.k8s-ha-new
# keepalived also looks for the scripts, which may not be in their place yet.
sed 's#"/etc/k8s-ha/check-haproxy"#"/etc/k8s-ha/check-haproxy.k8s-ha-new"#; s#"/etc/k8s-ha/check-support #"/etc/k8s-ha/check-support.k8s-ha-new #; s#"/etc/k8s-ha/tell-clients #"/etc/k8s-ha/tell-clients #' /etc/k8s-ha/keepalived.conf.k8s-ha-new >/run/k8s-ha/validate.conf
rc=0; run_keepalived -t -f /run/k8s-ha/validate.conf || rc=$?
rm -f /run/k8s-ha/validate.conf
exit $rc
}

# cp3: let the node check the new files
command_5() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
umask 077
[ -f /run/k8s-ha/server-state ] || echo 1 >/run/k8s-ha/server-state
for script in /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/save-haproxy-state /etc/k8s-ha/check-haproxy.k8s-ha-new; do sh -n $script; done
run_haproxy() { haproxy "$@"; }
run_keepalived() { unshare -pf keepalived "$@"; }
run_haproxy -c -f /etc/k8s-ha/haproxy.cfg.k8s-ha-new
nft -c -f /etc/k8s-ha/guard.nft.k8s-ha-new
# keepalived also looks for the scripts, which may not be in their place yet.
sed 's#"/etc/k8s-ha/check-haproxy"#"/etc/k8s-ha/check-haproxy.k8s-ha-new"#; s#"/etc/k8s-ha/check-support #"/etc/k8s-ha/check-support #; s#"/etc/k8s-ha/tell-clients #"/etc/k8s-ha/tell-clients #' /etc/k8s-ha/keepalived.conf.k8s-ha-new >/run/k8s-ha/validate.conf
rc=0; run_keepalived -t -f /run/k8s-ha/validate.conf || rc=$?
rm -f /run/k8s-ha/validate.conf
exit $rc
}

# cp4: put the new files in place
command_6() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /var/lib/k8s-ha/history/20260101T000010Z
keep() {
    for file in /etc/k8s-ha/* /etc/systemd/system/k8s-ha-haproxy.service /etc/systemd/system/k8s-ha-keepalived.service /etc/systemd/system/k8s-ha-addons.service /etc/systemd/system/k8s-ha-etcd-snapshot.service /etc/systemd/system/k8s-ha-etcd-snapshot.timer; do
        case $file in *.k8s-ha-new) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "/var/lib/k8s-ha/history/20260101T000010Z${file%/*}" && cp -p "$file" "/var/lib/k8s-ha/history/20260101T000010Z$file" || return
    done
    printf '%s\n' '{"owner":"ada","machine":"laptop","action":"apply","changed":["/etc/k8s-ha/check-haproxy","/etc/k8s-ha/save-haproxy-state","/etc/k8s-ha/watch-keepalived","/etc/k8s-ha/watch-haproxy","/etc/k8s-ha/check-support","/etc/k8s-ha/haproxy.cfg","/etc/k8s-ha/keepalived.conf","/etc/systemd/system/k8s-ha-haproxy.service","/etc/systemd/system/k8s-ha-keepalived.service","/etc/k8s-ha/guard.nft"]}' >/var/lib/k8s-ha/history/20260101T000010Z/about
}
keep 2>/dev/null || echo "the previous files could not be kept for a rollback" >&2
ls -1d /var/lib/k8s-ha/history/*/ | sort -r | tail -n +11 | while read -r old; do rm -rf "$old"; done
sync /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/save-haproxy-state.k8s-ha-new /etc/k8s-ha/watch-keepalived.k8s-ha-new /etc/k8s-ha/watch-haproxy.k8s-ha-new /etc/k8s-ha/check-support.k8s-ha-new /etc/k8s-ha/haproxy.cfg.k8s-ha-new /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new /etc/k8s-ha/guard.nft.k8s-ha-new
mv -f /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/check-haproxy
mv -f /etc/k8s-ha/save-haproxy-state.k8s-ha-new /etc/k8s-ha/save-haproxy-state
mv -f /etc/k8s-ha/watch-keepalived.k8s-ha-new /etc/k8s-ha/watch-keepalived
mv -f /etc/k8s-ha/watch-haproxy.k8s-ha-new /etc/k8s-ha/watch-haproxy
mv -f /etc/k8s-ha/check-support.k8s-ha-new /etc/k8s-ha/check-support
mv -f /etc/k8s-ha/haproxy.cfg.k8s-ha-new /etc/k8s-ha/haproxy.cfg
mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
mv -f /etc/systemd/system/k8s-ha-haproxy.service.k8s-ha-new /etc/systemd/system/k8s-ha-haproxy.service
mv -f /etc/systemd/system/k8s-ha-keepalived.service.k8s-ha-new /etc/systemd/system/k8s-ha-keepalived.service
mv -f /etc/k8s-ha/guard.nft.k8s-ha-new /etc/k8s-ha/guard.nft
}

# cp4: load the guard, start HAProxy
command_7() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl daemon-reload
systemctl enable --quiet k8s-ha-haproxy.service
if [ -f /etc/k8s-ha/guard.nft ]; then nft -f /etc/k8s-ha/guard.nft; else nft delete table inet k8s_ha 2>/dev/null || :; fi
systemctl restart k8s-ha-haproxy.service
}

# cp3: put the new files in place
command_8() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /var/lib/k8s-ha/history/20260101T000010Z
keep() {
    for file in /etc/k8s-ha/* /etc/systemd/system/k8s-ha-haproxy.service /etc/systemd/system/k8s-ha-keepalived.service /etc/systemd/system/k8s-ha-addons.service /etc/systemd/system/k8s-ha-etcd-snapshot.service /etc/systemd/system/k8s-ha-etcd-snapshot.timer; do
        case $file in *.k8s-ha-new) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "/var/lib/k8s-ha/history/20260101T000010Z${file%/*}" && cp -p "$file" "/var/lib/k8s-ha/history/20260101T000010Z$file" || return
    done
    printf '%s\n' '{"owner":"ada","machine":"laptop","action":"apply","changed":["/etc/k8s-ha/check-haproxy","/etc/k8s-ha/haproxy.cfg","/etc/k8s-ha/keepalived.conf","/etc/k8s-ha/guard.nft"]}' >/var/lib/k8s-ha/history/20260101T000010Z/about
}
keep 2>/dev/null || echo "the previous files could not be kept for a rollback" >&2
ls -1d /var/lib/k8s-ha/history/*/ | sort -r | tail -n +11 | while read -r old; do rm -rf "$old"; done
sync /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/haproxy.cfg.k8s-ha-new /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/guard.nft.k8s-ha-new
mv -f /etc/k8s-ha/check-haproxy.k8s-ha-new /etc/k8s-ha/check-haproxy
mv -f /etc/k8s-ha/haproxy.cfg.k8s-ha-new /etc/k8s-ha/haproxy.cfg
mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
mv -f /etc/k8s-ha/guard.nft.k8s-ha-new /etc/k8s-ha/guard.nft
}

# cp3: load the guard, reload HAProxy, reload keepalived
command_9() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
if [ -f /etc/k8s-ha/guard.nft ]; then nft -f /etc/k8s-ha/guard.nft; else nft delete table inet k8s_ha 2>/dev/null || :; fi
systemctl reload k8s-ha-haproxy.service
systemctl reload k8s-ha-keepalived.service
}

# cp4: start keepalived
command_10() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl daemon-reload
systemctl enable --quiet k8s-ha-haproxy.service k8s-ha-keepalived.service
systemctl restart k8s-ha-keepalived.service
}

# cp1: release the lock
command_11() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'apply by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
