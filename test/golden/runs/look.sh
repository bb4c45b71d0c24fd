#!/bin/sh
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1); k8s_rc=$?
    printf '%s %s %s\n%s\n' "$k8s_name" "$k8s_rc" "${#k8s_out}" "$k8s_out"
}
# The dot keeps the shell from stripping the newlines at the end.
one_file() { stat -c '%a %U:%G' "$1" && cat "$1" && printf .; }

k8s_nl='
'
k8s_gap=$k8s_nl$k8s_nl
# The first line: without a process that cuts it off.
version_of() {
    command -v "$1" >/dev/null || return 127
    k8s_said=$("$@" 2>&1)
    k8s_end=$?
    echo "${k8s_said%%"$k8s_nl"*}"
    return "$k8s_end"
}
# Of these it counts that they are there: asking for a version starts them.
has() { command -v "$1" >/dev/null || return 127; }
image_id() { command -v podman >/dev/null || return 127; podman image inspect --format '{{.Id}}' "$1" 2>/dev/null || return 127; }
# Told when the image was got: running a container to ask takes longer than all else here.
image_version() { k8s_id=$(image_id "$1") && head -n 1 "/var/lib/k8s-ha/images/$k8s_id.$2" 2>/dev/null || return 127; }
package_manager() { command -v apt-get >/dev/null && echo apt || echo other; }
# When a process was started, in hundredths of a second since boot.
# shellcheck disable=SC2086 # fields, apart
started() { read -r k8s_stat <"/proc/$1/stat" || return; k8s_stat=${k8s_stat##*) }; set -- $k8s_stat; echo "${20}"; }
# Since the youngest of a process and its children was started. "self" is the subshell that was just started to ask.
age() {
    k8s_young=$(started "$1") || return
    k8s_children=
    read -r k8s_children 2>/dev/null <"/proc/$1/task/$1/children" || true
    for k8s_child in $k8s_children; do
        k8s_began=$(started "$k8s_child") && [ "$k8s_began" -gt "$k8s_young" ] && k8s_young=$k8s_began
    done
    echo $(($(started self) - k8s_young))
}
# What systemctl said of one of the units; it was asked once for all.
unit_said() {
    k8s_rest=$k8s_units$k8s_gap
    while [ -n "$k8s_rest" ]; do
        k8s_block=${k8s_rest%%"$k8s_gap"*}
        k8s_rest=${k8s_rest#*"$k8s_gap"}
        case "$k8s_nl$k8s_block$k8s_nl" in *"${k8s_nl}Id=$1$k8s_nl"*) echo "$k8s_block"; return ;; esac
    done
    return 1
}
service() {
    k8s_unit=$(unit_said "$1") || return
    echo "$k8s_unit"
    pid=${k8s_unit##*MainPID=}
    pid=${pid%%[!0-9]*}
    [ "${pid:-0}" -gt 0 ] || return 0
    # Where it runs in a container, the program is not the unit's main process.
    k8s_program=$(cat "$3" 2>/dev/null) && [ -e "/proc/$k8s_program/environ" ] && pid=$k8s_program
    tr '\0' '\n' <"/proc/$pid/environ" | grep '^K8S_HA_REVISION='
    k8s_age=$(age "$pid" 2>/dev/null) && echo "K8S_HA_AGE=$k8s_age"
    # After a package was upgraded the process goes on with a file that has no name any more; it can still say what it is.
    # Its files may be another system's, in a container, which is told by where the program is: a unit has mounts of its own too.
    # shellcheck disable=SC3013 # dash and busybox know -ef
    [ -n "$2" ] && [ -n "$(command -v "$2")" ] && [ "/proc/$pid/root$(command -v "$2")" -ef "$(command -v "$2")" ] && [ -e "/proc/$pid/exe" ] && ! [ "/proc/$pid/exe" -ef "$(command -v "$2")" ] &&
        echo "K8S_HA_RUNS=$("/proc/$pid/exe" -v 2>&1 | head -n 1)"
    return 0
}
can_write() { probe=$(mktemp "$1/.k8s-ha-probe.XXXXXX") && rm -f "$probe"; }
instances() {
    pid=$(cat /run/k8s-ha/keepalived.pid) || return
    # The file may be seen empty before it is written, and is written again by each signal.
    rm -f /run/k8s-ha/keepalived.json
    kill -s "$(nsenter --target "$pid" --mount -- keepalived --signum=JSON)" "$pid" || return
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sleep 0.02
        if [ -s /run/k8s-ha/keepalived.json ]; then sleep 0.01; cat /run/k8s-ha/keepalived.json; return; fi
    done
    echo "keepalived wrote no state within 0.5 s"; return 1
}
socket() { echo "$1" | timeout 2 socat -t2 - UNIX-CONNECT:/run/k8s-ha/haproxy.sock; }
ask() { curl -s --noproxy '*' --max-time 1 "$@"; }
# Two answers of HAProxy by one curl: each as its body and then a line with its status, which is 000 where there is none.
ask_health() {
    ask -w '
@@%{http_code}
' -o - http://127.0.0.1:7444/revision -o /dev/null http://127.0.0.1:7444/livez
}
health_said() {
    case $k8s_health in *"$k8s_nl@@"*"$k8s_nl@@"*) ;; *) return 7 ;; esac
    k8s_second=${k8s_health##*"$k8s_nl@@"}
    k8s_first=${k8s_health%%"$k8s_nl@@"*}
    k8s_code=${k8s_health#*"$k8s_nl@@"}
    case $1 in
        revision) [ "${k8s_code%%"$k8s_nl"*}" != 000 ] && echo "$k8s_first" ;;
        livez) echo "$k8s_second"; [ "$k8s_second" != 000 ] ;;
    esac || return 7
}
guard() {
    command -v nft >/dev/null || return 127
    nft list table inet k8s_ha 2>/dev/null | grep -o 'packets .* comment "k8s-ha .*' && return
    nft -c -f - <<'K8S_HA_END'
table inet k8s_ha_probe {
    chain input { type filter hook input priority raw; policy accept; meta l4proto 112 jump adverts; }
    chain adverts {
        meta nfproto ipv4 @th,8,8 51 goto each
        meta nfproto ipv6 @th,8,8 52 goto each
    }
    chain each {
        iifname != "eth0" meta sdifname != "eth0" return
        ip ttl 255 ip saddr 192.0.2.1 ether saddr 02:00:00:00:00:01 accept
        ip6 hoplimit 255 ip6 saddr 2001:db8::1 accept
        counter drop comment "probe"
    }
}
K8S_HA_END
}
links() { grep -s . /sys/class/net/*/address /sys/class/net/*/addr_assign_type /sys/class/net/*/bonding/mode /sys/class/net/*/bonding/fail_over_mac; }
# shellcheck disable=SC2034 # the columns before it
free_kib() { df -Pk /etc | { read -r k8s_head; read -r k8s_disk k8s_size k8s_used k8s_free k8s_more && echo "$k8s_free"; }; }

look() {

emit clock date +%s%3N
emit os cat /etc/os-release
emit systemd test -d /run/systemd/system
emit package-manager package_manager
emit haproxy version_of haproxy -v
emit keepalived version_of keepalived --version
emit curl has curl
emit socat has socat
emit addresses ip -j address show
emit guard guard
emit links links
emit nofile ulimit -Hn
emit ca sha256sum /etc/kubernetes/pki/ca.crt
emit writable can_write /etc
emit free free_kib
for file in /etc/k8s-ha/* /etc/k8s-ha/.[!.]* /etc/systemd/system/k8s-ha-haproxy.service* /etc/systemd/system/k8s-ha-keepalived.service* /etc/systemd/system/k8s-ha-addons.service*; do
    case $file in *"
"*) continue ;; esac
    [ -f "$file" ] && emit "file:$file" one_file "$file"
done
k8s_units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p MainPID k8s-ha-haproxy.service k8s-ha-keepalived.service k8s-ha-addons.service)
emit service:haproxy service k8s-ha-haproxy.service haproxy /run/k8s-ha/haproxy.pid
emit service:keepalived service k8s-ha-keepalived.service keepalived /run/k8s-ha/keepalived.pid
emit service:addons service k8s-ha-addons.service
k8s_health=$(ask_health)
emit haproxy-config health_said revision
emit livez health_said livez
emit keepalived-config cat /run/k8s-ha/keepalived.loaded
emit instances instances
emit servers socket 'show stat -1 5 -1'
for file in /run/k8s-ha/drain /run/k8s-ha/haproxy-down /run/k8s-ha/yield-*; do
    [ -f "$file" ] && emit "lever:${file##*/}" cat "$file"
done
for file in /run/k8s-ha/kept-[0-9a-f:]*; do
    case $file in *.new) continue ;; esac
    [ -f "$file" ] && emit "kept:${file##*/kept-}" cat "$file"
done
[ -f /run/k8s-ha/lock ] && emit lock cat /run/k8s-ha/lock
emit listeners ss -Htlnp
}
look | base64

}
k8s_ha_main </dev/null
exit $?
