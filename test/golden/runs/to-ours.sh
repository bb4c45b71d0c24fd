#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"migrate","back":false},"blocks":["add-ons"],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'migrate by ada on laptop begins' 2>/dev/null || :; exit 0; fi
cat /run/k8s-ha/lock; exit 1
}

# cp1: look for another keepalived and HAProxy
command_2() {
told() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3"; }
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1)
    told "$k8s_name" "$?" "$k8s_out"
}
# The dot keeps the shell from stripping the newlines at the end.
one_file() { stat -c '%a %U:%G' "$1" && cat "$1" && printf .; }

about() {
    k8s_pid=$1 k8s_up=$1 k8s_all=
    while [ "$k8s_up" -gt 1 ]; do
        read -r k8s_stat <"/proc/$k8s_up/stat" || return
        # shellcheck disable=SC2086 # fields, apart
        set -- ${k8s_stat##*) }
        k8s_up=$2 k8s_all="$k8s_all $2"
    done
    echo "ancestors=$k8s_all"
    sed -n 's/^[0-9]*:\(name=systemd\)\{0,1\}:/cgroup=/p' "/proc/$k8s_pid/cgroup"
}
configs() { config_files "$1" | while read -r k8s_file; do cat "/proc/$1/root$k8s_file"; done; }
# What engines warn of is not part of what they answer.
quietly() { "$@" 2>/dev/null; }
programs() {
    k8s_net=$(readlink /proc/self/ns/net)
    for k8s_comm in /proc/[0-9]*/comm; do
        read -r k8s_name 2>/dev/null <"$k8s_comm" || continue
        case $k8s_name in haproxy | keepalived) ;; *) continue ;; esac
        k8s_pid=${k8s_comm#/proc/}; k8s_pid=${k8s_pid%/comm}
        [ "$(readlink "/proc/$k8s_pid/ns/net" 2>/dev/null)" = "$k8s_net" ] || continue
        # One that only says its version, such as for somebody else's observation, runs nothing.
        tr '\0' ' ' <"/proc/$k8s_pid/cmdline" 2>/dev/null | grep -qE ' (-v|-vv|-c|-t|--version|--signum=[A-Z]*|--config-test) ' && continue
        echo "$k8s_name $k8s_pid"
    done
}
config_files() {
    k8s_take='' k8s_any=''
    for k8s_word in $(tr '\0' '\n' <"/proc/$1/cmdline"); do
        case $k8s_take$k8s_word in
            -f | --use-file) k8s_take=yes; continue ;;
            yes*) k8s_take= ;;
            --use-file=*) k8s_word=${k8s_word#*=} ;;
            *) continue ;;
        esac
        k8s_any=yes
        case $k8s_word in /*) ;; *) k8s_word=$(readlink "/proc/$1/cwd")/$k8s_word ;; esac
        if [ -d "/proc/$1/root$k8s_word" ]; then
            for k8s_file in "/proc/$1/root$k8s_word"/*.cfg; do echo "${k8s_file#"/proc/$1/root"}"; done
        else
            echo "$k8s_word"
        fi
    done
    [ -n "$k8s_any" ] || case $(cat "/proc/$1/comm") in
        haproxy) echo /etc/haproxy/haproxy.cfg ;;
        keepalived) for k8s_file in /etc/keepalived/keepalived.conf /usr/local/etc/keepalived/keepalived.conf; do
            [ -f "/proc/$1/root$k8s_file" ] && echo "$k8s_file" && break
        done ;;
    esac
}

look() {

for found in $(programs | tr ' ' :); do
    pid=${found#*:} name=${found%:*}
    grep -q 'k8s-ha-[a-z]*\.service' "/proc/$pid/cgroup" && continue
    emit "process:$name:$pid" about "$pid"
    emit "config:$name:$pid" configs "$pid"
done
for unit in keepalived.service haproxy.service $(cat /proc/[0-9]*/cgroup 2>/dev/null | grep -oE '[^/]+\.service$' | grep -iE 'keepalived|haproxy' | grep -v '^k8s-ha-' | sort -u); do
    emit "unit:$unit" systemctl show -p LoadState -p ActiveState -p UnitFileState "$unit"
done
for engine in docker podman; do
    command -v "$engine" >/dev/null || continue
    # podman may be there under docker's name as well.
    case $engine$("$engine" --version 2>/dev/null) in dockerpodman*) continue ;; esac
    found=$(timeout 10 "$engine" ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}}' 2>/dev/null)
    [ $? -ne 124 ] || emit "silent:$engine" echo "$engine does not answer"
    found=$(printf '%s\n' "$found" | grep -iE 'keepalived|haproxy' | cut -d' ' -f1)
    # shellcheck disable=SC2086 # a word for each container
    [ -z "$found" ] || emit "containers:$engine" quietly timeout 10 "$engine" inspect $found
done
container_units() {
    for comm in /proc/[0-9]*/comm; do
        read -r name 2>/dev/null <"$comm" || continue
        case $name in docker | podman | conmon) ;; *) continue ;; esac
        pid=${comm#/proc/}; pid=${pid%/comm}
        unit=$(grep -oE '[^/]+\.service$' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
        [ -z "$unit" ] || echo "$unit $(systemctl show -P MainPID "$unit") $pid $(tr '\0\n' '  ' <"/proc/$pid/cmdline")"
    done
}
emit container-units container_units
[ -f /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf ] && emit podman-restart cat /etc/systemd/system/podman-restart.service.d/k8s-ha-migrate.conf
for manifest in /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests/*.yml; do
    [ -f "$manifest" ] && grep -qiE 'keepalived|haproxy' "$manifest" && emit "manifest:$manifest" cat "$manifest"
done
[ -f /var/lib/k8s-ha/former.json ] && emit former cat /var/lib/k8s-ha/former.json
emit listening ss -Htlnpe
}
look | base64

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

# cp3: let the node check the new files
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
# keepalived also looks for the scripts, which may not be in their place yet.
sed 's#"/etc/k8s-ha/check-haproxy"#"/etc/k8s-ha/check-haproxy.k8s-ha-new"#; s#"/etc/k8s-ha/check-support #"/etc/k8s-ha/check-support.k8s-ha-new #; s#"/etc/k8s-ha/tell-clients #"/etc/k8s-ha/tell-clients #' /etc/k8s-ha/keepalived.conf.k8s-ha-new >/run/k8s-ha/validate.conf
rc=0; run_keepalived -t -f /run/k8s-ha/validate.conf || rc=$?
rm -f /run/k8s-ha/validate.conf
exit $rc
}

# cp1: remember what runs now
command_5() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /var/lib/k8s-ha
printf '%s\n' '[{"runner":"systemd","programs":["keepalived"],"id":"keepalived.service","active":true,"restart":"enabled"},{"runner":"systemd","programs":["haproxy"],"id":"haproxy.service","active":true,"restart":"enabled"}]' >/var/lib/k8s-ha/former.json.new
sync /var/lib/k8s-ha/former.json.new
mv -f /var/lib/k8s-ha/former.json.new /var/lib/k8s-ha/former.json
}

# cp3: put the new files in place
command_6() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /var/lib/k8s-ha/history/20260101T000005Z
keep() {
    for file in /etc/k8s-ha/* /etc/systemd/system/k8s-ha-haproxy.service /etc/systemd/system/k8s-ha-keepalived.service /etc/systemd/system/k8s-ha-addons.service /etc/systemd/system/k8s-ha-etcd-snapshot.service /etc/systemd/system/k8s-ha-etcd-snapshot.timer; do
        case $file in *.k8s-ha-new) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "/var/lib/k8s-ha/history/20260101T000005Z${file%/*}" && cp -p "$file" "/var/lib/k8s-ha/history/20260101T000005Z$file" || return
    done
    printf '%s\n' '{"owner":"ada","machine":"laptop","action":"migrate","changed":["/etc/k8s-ha/check-haproxy","/etc/k8s-ha/save-haproxy-state","/etc/k8s-ha/watch-keepalived","/etc/k8s-ha/watch-haproxy","/etc/k8s-ha/check-support","/etc/k8s-ha/haproxy.cfg","/etc/k8s-ha/keepalived.conf","/etc/systemd/system/k8s-ha-haproxy.service","/etc/systemd/system/k8s-ha-keepalived.service","/etc/k8s-ha/guard.nft"]}' >/var/lib/k8s-ha/history/20260101T000005Z/about
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

# cp3: start HAProxy
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
systemctl restart k8s-ha-haproxy.service 2>/dev/null || {
systemctl disable --quiet haproxy.service 2>/dev/null || :
systemctl stop haproxy.service
systemctl restart k8s-ha-haproxy.service
}
}

# cp3: let haproxy.service end when its connections have
command_8() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl disable --quiet haproxy.service 2>/dev/null || :
mkdir -p /run/systemd/system/haproxy.service.d
printf '[Service]\nRestart=no\n' >/run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf
systemctl daemon-reload
pid=$(systemctl show -P MainPID haproxy.service)
[ "${pid:-0}" -eq 0 ] || kill -USR1 "$pid"
systemctl stop k8s-ha-end-haproxy.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=k8s-ha-end-haproxy --on-active=600 /bin/sh -c 'systemctl stop haproxy.service; rm -f /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf; systemctl daemon-reload'
}

# cp3: write the new files beside the old ones
command_9() {
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
base64 -d >/etc/k8s-ha/keepalived.conf.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/keepalived.conf.k8s-ha-new
chmod 600 /etc/k8s-ha/keepalived.conf.k8s-ha-new
}

# cp3: start keepalived, which takes no VIP yet
command_10() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl disable --quiet keepalived.service 2>/dev/null || :
printf '%s\n' '1 rollout TOKEN ada' >/run/k8s-ha/yield-172.16.100.100.new
mv -f /run/k8s-ha/yield-172.16.100.100.new /run/k8s-ha/yield-172.16.100.100
printf '%s\n' '1 rollout TOKEN ada' >/run/k8s-ha/yield-172.16.100.101.new
mv -f /run/k8s-ha/yield-172.16.100.101.new /run/k8s-ha/yield-172.16.100.101
[ ! -f /etc/k8s-ha/keepalived.conf.k8s-ha-new ] || mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
rm -rf /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha/beside
systemctl daemon-reload
systemctl restart k8s-ha-keepalived.service
}

# cp1: start keepalived, which takes no VIP yet
command_11() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl disable --quiet keepalived.service 2>/dev/null || :
printf '%s\n' '1 rollout TOKEN ada' >/run/k8s-ha/yield-172.16.100.100.new
mv -f /run/k8s-ha/yield-172.16.100.100.new /run/k8s-ha/yield-172.16.100.100
printf '%s\n' '1 rollout TOKEN ada' >/run/k8s-ha/yield-172.16.100.101.new
mv -f /run/k8s-ha/yield-172.16.100.101.new /run/k8s-ha/yield-172.16.100.101
[ ! -f /etc/k8s-ha/keepalived.conf.k8s-ha-new ] || mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
mkdir -p /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha
touch /run/k8s-ha/beside
cat >/run/systemd/system/k8s-ha-keepalived.service.d/beside.conf <<'K8S_HA_END'
…
K8S_HA_END
systemctl daemon-reload
systemctl restart k8s-ha-keepalived.service
}

# cp3: stop keepalived.service
command_12() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl disable --quiet keepalived.service 2>/dev/null || :
systemctl stop keepalived.service
others() {
    for comm in /proc/[0-9]*/comm; do
        read -r name 2>/dev/null <"$comm" || continue
        [ "$name" = keepalived ] && ! grep -q 'k8s-ha-keepalived\.service' "${comm%comm}cgroup" && return 0
    done
    return 1
}
tries=0
while others; do
    tries=$((tries + 1))
    [ "$tries" -lt 900 ] || { echo "a former keepalived still runs after 90 s" >&2; exit 1; }
    sleep 0.1
done
ip -o address show to 172.16.100.100 | while read -r _ dev _ entry _; do [ "$dev" = lo ] || ip address del "$entry" dev "$dev"; done
ip -o address show to 172.16.100.101 | while read -r _ dev _ entry _; do [ "$dev" = lo ] || ip address del "$entry" dev "$dev"; done
}

# cp1: let keepalived take the VIPs
command_13() {
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
rm -f /var/lib/k8s-ha/yield-172.16.100.101
printf '%s\n' 0 >/run/k8s-ha/yield-172.16.100.101.new
mv -f /run/k8s-ha/yield-172.16.100.101.new /run/k8s-ha/yield-172.16.100.101
}

# cp1: let keepalived hold the VIPs for good
command_14() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
[ ! -f /etc/k8s-ha/keepalived.conf.k8s-ha-new ] || mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
rm -rf /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha/beside
systemctl daemon-reload
systemctl reload k8s-ha-keepalived.service
systemctl enable --quiet k8s-ha-keepalived.service
}

# cp3: be ready to take the VIPs
command_15() {
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
rm -f /var/lib/k8s-ha/yield-172.16.100.101
printf '%s\n' 0 >/run/k8s-ha/yield-172.16.100.101.new
mv -f /run/k8s-ha/yield-172.16.100.101.new /run/k8s-ha/yield-172.16.100.101
systemctl enable --quiet k8s-ha-keepalived.service
}

# cp1: release the lock
command_16() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'migrate by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
