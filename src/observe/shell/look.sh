
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
image_version() { k8s_id=$(image_id "$1") && head -n 1 "__IMAGES__/$k8s_id.$2" 2>/dev/null || return 127; }
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
__KEEPALIVED_DUMP__
# keepalived answers a signal by a file, which takes a moment: it is asked first and read last.
ask_instances() {
    pid=
    read -r pid <__KEEPALIVED_PID__ || [ -n "$pid" ] || return
    dump_forget
    kill -s "$(dump_signal)" "$pid"
}
instances() {
    [ "$k8s_asked" = 0 ] || { echo "$k8s_answer"; return "$k8s_asked"; }
    read -r pid <__KEEPALIVED_PID__
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        dump_said && return
        sleep 0.02
    done
    echo "keepalived wrote no state within 0.5 s"; return 1
}
socket() { echo "$1" | OPENSSL_CONF=/dev/null timeout 2 socat -t2 - UNIX-CONNECT:__SOCKET__; }
ask() { curl -s --noproxy '*' --max-time 1 "$@"; }
# Two answers of HAProxy by one curl: each as its body and then a line with its status, which is 000 where there is none.
ask_health() {
    ask -w '
@@%{http_code}
' -o - http://127.0.0.1:__HEALTH_PORT__/revision -o /dev/null http://127.0.0.1:__HEALTH_PORT__/livez
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
__GUARD_HELPERS__
__FILES_HELPER__
# shellcheck disable=SC2034 # the columns before it
free_kib() { df -Pk /etc | { read -r k8s_head; read -r k8s_disk k8s_size k8s_used k8s_free k8s_more && echo "$k8s_free"; }; }
