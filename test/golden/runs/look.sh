#!/bin/sh
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
k8s_ha_main() {
told() { printf '%s %s %s\n%s\n' "$1" "$2" "${#3}" "$3"; }
emit() {
    k8s_name=$1; shift
    k8s_out=$("$@" 2>&1)
    told "$k8s_name" "$?" "$k8s_out"
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
there() { if command -v "$1" >/dev/null; then told "$1" 0 ''; else told "$1" 127 ''; fi; }
# As cat(1), by the shell itself.
say() { while IFS= read -r k8s_line || [ -n "$k8s_line" ]; do printf '%s\n' "$k8s_line"; done <"$1"; }
image_id() { command -v podman >/dev/null || return 127; podman image inspect --format '{{.Id}}' "$1" 2>/dev/null || return 127; }
# Told when the image was got: running a container to ask takes longer than all else here.
image_version() { k8s_id=$(image_id "$1") && head -n 1 "/var/lib/k8s-ha/images/$k8s_id.$2" 2>/dev/null || return 127; }
# When a process was started, in hundredths of a second since boot.
# shellcheck disable=SC2086 # fields, apart
started() {
    k8s_started=
    { read -r k8s_stat <"/proc/$1/stat"; } 2>/dev/null || return
    set -- ${k8s_stat##*) }
    k8s_started=${20}
}
# Since the youngest of a process and its children was started. "self" is the subshell that was just started to ask.
age() {
    started "$1" || return
    k8s_young=$k8s_started
    k8s_children=
    { read -r k8s_children <"/proc/$1/task/$1/children"; } 2>/dev/null || true
    for k8s_child in $k8s_children; do
        started "$k8s_child" && [ "$k8s_started" -gt "$k8s_young" ] && k8s_young=$k8s_started
    done
    started self && k8s_age=$((k8s_started - k8s_young))
}
# What systemctl said of one of the units; it was asked once for all.
unit_said() {
    k8s_rest=$k8s_units$k8s_gap
    while [ -n "$k8s_rest" ]; do
        k8s_unit=${k8s_rest%%"$k8s_gap"*}
        k8s_rest=${k8s_rest#*"$k8s_gap"}
        case "$k8s_nl$k8s_unit$k8s_nl" in *"${k8s_nl}Id=$1$k8s_nl"*) return ;; esac
    done
    return 1
}
service() {
    unit_said "$1" || return
    echo "$k8s_unit"
    pid=${k8s_unit##*MainPID=}
    pid=${pid%%[!0-9]*}
    [ "${pid:-0}" -gt 0 ] || return 0
    # Where it runs in a container, the program is not the unit's main process.
    k8s_program=
    { read -r k8s_program <"$3"; } 2>/dev/null
    [ -n "$k8s_program" ] && [ -e "/proc/$k8s_program/environ" ] && pid=$k8s_program
    k8s_environ=$k8s_nl$(tr '\0' '\n' <"/proc/$pid/environ")
    case $k8s_environ in *"${k8s_nl}K8S_HA_REVISION="*)
        k8s_revision=${k8s_environ#*"${k8s_nl}K8S_HA_REVISION="}
        echo "K8S_HA_REVISION=${k8s_revision%%"$k8s_nl"*}" ;;
    esac
    age "$pid" && echo "K8S_HA_AGE=$k8s_age"
    # After a package was upgraded the process goes on with a file that has no name any more; it can still say what it is.
    # Its files may be another system's, in a container, which is told by where the program is: a unit has mounts of its own too.
    # One that is being started has systemd's file and "(haproxy)" for a name, and one that has ended has no file.
    [ -n "$2" ] && k8s_file=$(command -v "$2") && started "$pid" || return 0
    case $k8s_stat in *" ($2) "*) ;; *) return 0 ;; esac
    # shellcheck disable=SC3013 # dash and busybox know -ef
    [ "/proc/$pid/root$k8s_file" -ef "$k8s_file" ] && [ -e "/proc/$pid/exe" ] && ! [ "/proc/$pid/exe" -ef "$k8s_file" ] &&
        k8s_said=$("/proc/$pid/exe" -v 2>&1) && echo "K8S_HA_RUNS=${k8s_said%%"$k8s_nl"*}"
    return 0
}
# Whether a process hears when files change: without an inotify instance of the kernel's it does not, and goes on without.
hears() {
    k8s_watcher=
    { read -r k8s_watcher <"$1"; } 2>/dev/null
    [ -n "$k8s_watcher" ] && k8s_open=$(ls -l "/proc/$k8s_watcher/fd" 2>/dev/null) || return
    case $k8s_open in *anon_inode:inotify*) echo yes ;; *) echo no ;; esac
}
# How many of those root may have, and has.
inotify() {
    k8s_limit=
    { read -r k8s_limit </proc/sys/fs/inotify/max_user_instances; } 2>/dev/null || return
    echo "$k8s_limit $(ls -ln /proc/[0-9]*/fd 2>/dev/null | awk '$3 == 0 && /anon_inode:inotify$/ { n++ } END { print n + 0 }')"
}
can_write() { probe=$(mktemp "$1/.k8s-ha-probe.XXXXXX") && rm -f "$probe"; }
dump_signal() {
    k8s_signal=$(nsenter --target "$pid" --mount -- keepalived --signum=JSON 2>/dev/null)
    k8s_masks=$(sed -n 's/^Sig\(Blk\|Cgt\):[^0-9a-f]*//p' "/proc/$pid/status")
    for k8s_mask in $k8s_masks; do
        if [ -n "$k8s_signal" ] && [ $((0x$k8s_mask >> (k8s_signal - 1) & 1)) = 1 ]; then echo "$k8s_signal"; return; fi
    done
    nsenter --target "$pid" --mount -- keepalived --signum=DATA
}
dump_forget() { rm -f /run/k8s-ha/keepalived.json /run/k8s-ha/keepalived.data "/proc/$pid/root/tmp/keepalived.json" "/proc/$pid/root/tmp/keepalived.data"; }
dump_said() {
    for k8s_dump in /run/k8s-ha/keepalived.json /run/k8s-ha/keepalived.data "/proc/$pid/root/tmp/keepalived.json" "/proc/$pid/root/tmp/keepalived.data"; do
        if [ ! -s "$k8s_dump" ] || [ -L "$k8s_dump" ]; then continue; fi
        k8s_dumped=$(cat "$k8s_dump")
        case $k8s_dumped in
            '['*']' | '{'*'}') printf '%s\n' "$k8s_dumped"; return ;;
            *'< VRRP Scripts >'*) printf '%s\n' "$k8s_dumped" | sed -n '/< VRRP Topology >/,/< VRRP Sockpool >/{/^ VRRP Instance\|^   State\|^   Last transition\|^   Virtual\|^   Effective\|^   Advert interval\|^   Unicast Peer\|^   Tracked\|^     [0-9a-f]/p;}'; return ;;
        esac
    done
    return 1
}
# keepalived answers a signal by a file, which takes a moment: it is asked first and read last.
ask_instances() {
    pid=
    read -r pid </run/k8s-ha/keepalived.pid || [ -n "$pid" ] || return
    dump_forget
    kill -s "$(dump_signal)" "$pid"
}
instances() {
    [ "$k8s_asked" = 0 ] || { echo "$k8s_answer"; return "$k8s_asked"; }
    read -r pid </run/k8s-ha/keepalived.pid
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        dump_said && return
        sleep 0.02
    done
    echo "keepalived wrote no state within 0.5 s"; return 1
}
socket() { echo "$1" | OPENSSL_CONF=/dev/null timeout 2 socat -t2 - UNIX-CONNECT:/run/k8s-ha/haproxy.sock; }
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
    k8s_table=$(nft list table inet k8s_ha 2>/dev/null)
    case $k8s_table in *'comment "k8s-ha '*) echo "$k8s_table"; return ;; esac
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
links() {
    for k8s_link in /sys/class/net/*/address /sys/class/net/*/addr_assign_type /sys/class/net/*/bonding/mode /sys/class/net/*/bonding/fail_over_mac; do
        { read -r k8s_value <"$k8s_link"; } 2>/dev/null && echo "$k8s_link:$k8s_value"
    done
    return 0
}
all_files() {
    stat -c '%a %U:%G %s %n' "$@" | awk '{
        size = $3; head = $1 " " $2; path = $0
        sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", path)
        text = ""
        while ((got = (getline line < path)) > 0) text = text line "\n"
        close(path)
        if (got == 0 && length(text) == size + 1) text = substr(text, 1, size)
        if (got < 0 || length(text) != size) exit wrong = 1
        told = told "file:" path " 0 " (length(head) + size + 2) "\n" head "\n" text ".\n"
    } END { if (!wrong) print told length(told); exit wrong }'
}
files() {
    if k8s_out=$(all_files "$@" 2>/dev/null); then
        # The last line is the length of the others: the shell drops what it cannot hold.
        k8s_length=${k8s_out##*.}
        k8s_length=${k8s_length#?}
        k8s_out=${k8s_out%"$k8s_length"}
        [ "${#k8s_out}" = "$k8s_length" ] && printf %s "$k8s_out" && return
    fi
    for file; do emit "file:$file" one_file "$file"; done
}
# shellcheck disable=SC2034 # the columns before it
free_kib() { df -Pk /etc | { read -r k8s_head; read -r k8s_disk k8s_size k8s_used k8s_free k8s_more && echo "$k8s_free"; }; }

look() {

emit clock date +%s%3N
k8s_answer=$(ask_instances 2>&1)
k8s_asked=$?
emit os say /etc/os-release
[ -d /run/systemd/system ]
told systemd $? ''
k8s_managers=
command -v apt-get >/dev/null && k8s_managers="$k8s_managers apt"
command -v dnf >/dev/null && k8s_managers="$k8s_managers dnf"
command -v zypper >/dev/null && k8s_managers="$k8s_managers zypper"
command -v apk >/dev/null && k8s_managers="$k8s_managers apk"
told package-manager 0 "$k8s_managers"
emit haproxy version_of haproxy -v
emit keepalived version_of keepalived --version
there curl
there socat
# Before and after the addresses: what is kept may begin or end meanwhile, and one that is kept is not this node's.
kept_now() {
    for file in /run/k8s-ha/kept-[0-9a-f:]*; do
        case $file in *.new) continue ;; esac
        [ -f "$file" ] && emit "$1:${file##*/kept-}" say "$file"
    done
}
kept_now kept-before
emit addresses ip -j address show
emit guard guard
emit links links
if [ -f /etc/k8s-ha/firewall ]; then emit opened timeout 8 sh /etc/k8s-ha/firewall seen
elif [ -f /etc/firewalld/policies/k8s-ha.xml ]; then told opened 0 'firewalld -'
elif grep -qs 'comment=6b38732d6861$' /etc/ufw/user.rules; then told opened 0 'ufw -'; fi
emit nofile ulimit -Hn
emit ca sha256sum /etc/kubernetes/pki/ca.crt
emit writable can_write /etc
emit free free_kib
set --
for file in /etc/k8s-ha/* /etc/k8s-ha/.[!.]* /etc/systemd/system/k8s-ha-haproxy.service* /etc/systemd/system/k8s-ha-keepalived.service* /etc/systemd/system/k8s-ha-addons.service* /etc/systemd/system/k8s-ha-etcd-snapshot.service* /etc/systemd/system/k8s-ha-etcd-snapshot.timer*; do
    case $file in *"
"*) continue ;; esac
    [ -f "$file" ] && set -- "$@" "$file"
done
[ $# -eq 0 ] || files "$@"
k8s_units=$(systemctl show -p Id -p ActiveState -p UnitFileState -p MainPID -p Description -p Result k8s-ha-haproxy.service k8s-ha-keepalived.service k8s-ha-addons.service k8s-ha-etcd-snapshot.timer k8s-ha-etcd-snapshot.service)
emit service:haproxy service k8s-ha-haproxy.service haproxy /run/k8s-ha/haproxy.pid
emit service:keepalived service k8s-ha-keepalived.service keepalived /run/k8s-ha/keepalived.pid
emit hears hears /run/k8s-ha/keepalived-vrrp.pid
emit service:addons service k8s-ha-addons.service
unit_said k8s-ha-etcd-snapshot.timer && told service:snapshots 0 "$k8s_unit"
unit_said k8s-ha-etcd-snapshot.service && told service:snapshot 0 "$k8s_unit"
k8s_health=$(ask_health)
emit haproxy-config health_said revision
emit livez health_said livez
emit keepalived-config say /run/k8s-ha/keepalived.loaded
emit instances instances
emit servers socket 'show stat -1 5 -1'
for file in /run/k8s-ha/drain /run/k8s-ha/haproxy-down /run/k8s-ha/yield-*; do
    [ -f "$file" ] && emit "lever:${file##*/}" say "$file"
done
kept_now kept
for k8s_change in /var/lib/k8s-ha/history/*/; do :; done
[ -d "$k8s_change" ] && told last-change 0 "$k8s_change"
[ -f /run/k8s-ha/lock ] && emit lock say /run/k8s-ha/lock
emit listeners ss -Htlnp
}
look | base64

}
k8s_ha_main </dev/null
exit $?
