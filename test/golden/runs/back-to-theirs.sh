#!/bin/sh
# cp1: take the lock
command_1() {
mkdir -p -m 0755 /run/k8s-ha || exit 2
exec 8>/run/k8s-ha/lock.guard
flock -w 10 8 || exit 2

if (set -C; printf '%s\n' '{"token":"TOKEN","owner":"ada","machine":"laptop","process":{},"action":{"verb":"migrate","back":true},"blocks":["add-ons"],"since":0}' >/run/k8s-ha/lock) 2>/dev/null; then logger -t k8s-ha -- 'migrate --back by ada on laptop begins' 2>/dev/null || :; exit 0; fi
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

# cp1: write the new files beside the old ones
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
base64 -d >/etc/k8s-ha/keepalived.conf.k8s-ha-new <<'K8S_HA_END'
…
K8S_HA_END
chown root:root /etc/k8s-ha/keepalived.conf.k8s-ha-new
chmod 600 /etc/k8s-ha/keepalived.conf.k8s-ha-new
}

# cp1: make room for the former keepalived
command_4() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
[ ! -f /etc/k8s-ha/keepalived.conf.k8s-ha-new ] || mv -f /etc/k8s-ha/keepalived.conf.k8s-ha-new /etc/k8s-ha/keepalived.conf
mkdir -p /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha
touch /run/k8s-ha/beside
cat >/run/systemd/system/k8s-ha-keepalived.service.d/beside.conf <<'K8S_HA_END'
…
K8S_HA_END
systemctl daemon-reload
systemctl reload k8s-ha-keepalived.service
}

# cp1: start keepalived.service
command_5() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl stop k8s-ha-end-keepalived.timer k8s-ha-end-keepalived.service 2>/dev/null || :
if [ -e /run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf ] || ! systemctl is-active --quiet keepalived.service; then
    rm -f /run/systemd/system/keepalived.service.d/k8s-ha-migrate.conf; systemctl daemon-reload; systemctl restart keepalived.service
fi
systemctl enable --quiet keepalived.service 2>/dev/null
}

# cp3: stop keepalived for good
command_6() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
systemctl disable --quiet --now k8s-ha-keepalived.service 2>/dev/null || systemctl stop k8s-ha-keepalived.service
}

# cp1: stop keepalived
command_7() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
mkdir -p /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha
touch /run/k8s-ha/beside
cat >/run/systemd/system/k8s-ha-keepalived.service.d/beside.conf <<'K8S_HA_END'
…
K8S_HA_END
systemctl daemon-reload
systemctl disable --quiet --now k8s-ha-keepalived.service 2>/dev/null || systemctl stop k8s-ha-keepalived.service
ip address del 172.16.100.100/32 dev lo 2>/dev/null || :
ip address del 172.16.100.101/32 dev lo 2>/dev/null || :
rm -rf /run/systemd/system/k8s-ha-keepalived.service.d /run/k8s-ha/beside
systemctl daemon-reload
}

# cp3: start haproxy.service
command_8() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
serves() {
    for line in $(ss -Htlnp "sport = :7443" | grep -oE 'pid=[0-9]+' | sort -u); do
        grep -q 'k8s-ha-haproxy\.service' "/proc/${line#pid=}/cgroup" || return 0
    done
    return 1
}
wait_for() { tries=0; until serves; do tries=$((tries + 1)); [ "$tries" -lt "$1" ] || return 1; sleep 0.1; done; }
begin() {
systemctl stop k8s-ha-end-haproxy.timer k8s-ha-end-haproxy.service 2>/dev/null || :
if [ -e /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf ] || ! systemctl is-active --quiet haproxy.service; then
    rm -f /run/systemd/system/haproxy.service.d/k8s-ha-migrate.conf; systemctl daemon-reload; systemctl restart haproxy.service
fi
systemctl enable --quiet haproxy.service 2>/dev/null
}
(begin) 2>/dev/null || :
wait_for 50 || {
    systemctl stop k8s-ha-haproxy.service
    begin
    wait_for 600 || { echo "nothing but k8s-ha listens on port 7443" >&2; exit 1; }
}
}

# cp3: let HAProxy end when its connections have, and remove every file
command_9() {
set -eu
mkdir -p /run/k8s-ha
exec 9>/run/k8s-ha/step
flock -w 45 9 || { echo "another step is still running on the node" >&2; exit 75; }
[ -f /run/k8s-ha/lock ] || { echo "the node has no lock any more" >&2; exit 77; }
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null || { echo "the lock on the node is no longer ours" >&2; exit 76; }
touch /run/k8s-ha/lock
if systemctl is-active --quiet k8s-ha-haproxy.service; then
    mkdir -p /run/systemd/system/k8s-ha-haproxy.service.d
    printf '[Service]\nRestart=no\nExecStopPost=\n' >/run/systemd/system/k8s-ha-haproxy.service.d/farewell.conf
    systemctl daemon-reload
    kill -USR1 "$(cat /run/k8s-ha/haproxy.pid)" 2>/dev/null || :
fi
for unit in k8s-ha-etcd-snapshot.timer k8s-ha-addons.service; do systemctl disable --quiet --now "$unit" 2>/dev/null || systemctl stop "$unit" 2>/dev/null || :; done
systemctl disable --quiet k8s-ha-haproxy.service k8s-ha-keepalived.service 2>/dev/null || :
systemctl stop k8s-ha-keepalived.service 2>/dev/null || :
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
rm -f /etc/systemd/system/k8s-ha-addons.service* /etc/systemd/system/k8s-ha-etcd-snapshot.service* /etc/systemd/system/k8s-ha-etcd-snapshot.timer* /etc/systemd/system/k8s-ha-haproxy.service* /etc/systemd/system/k8s-ha-keepalived.service*
rm -rf /run/systemd/system/k8s-ha-keepalived.service.d /run/systemd/system/k8s-ha-haproxy.service.d
systemctl daemon-reload
find /var/lib/k8s-ha -mindepth 1 -maxdepth 1 ! -name manifests -exec rm -rf {} + 2>/dev/null || :
rmdir /var/lib/k8s-ha/manifests /var/lib/k8s-ha 2>/dev/null || :
rm -rf /etc/k8s-ha /run/k8s-ha
}

# cp1: release the lock
command_10() {
grep -qF '"token":"TOKEN"' /run/k8s-ha/lock 2>/dev/null && rm -f /run/k8s-ha/lock && { logger -t k8s-ha -- 'migrate --back by ada on laptop ends' 2>/dev/null || :; }; exit 0
}
