
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
trap 'trap - TERM EXIT; kill 0' EXIT
trap 'exit 0' TERM HUP
fifo=$(mktemp -u /run/k8s-ha-watch.XXXXXX) && mkfifo -m 600 "$fifo" && exec 3<>"$fifo" && rm -f "$fifo" || exit 1
haproxy() {
    while :; do
        { printf 'prompt\n' >&3; socat -t1 - UNIX-CONNECT:__SOCKET__ <&3 2>/dev/null; } |
            grep -H --label=H --line-buffered ''
        sleep 0.3
    done
}
haproxy &
__JOURNALCTL__ | grep -H --label=J --line-buffered '' &
process() {
    pid='' state=-
    read -r pid <"$1" && read -r _ name state _ <"/proc/$pid/stat" && [ "$name" = "$2" ] || state=-
}
tick() {
    printf '%s\n' 'show stat __FRONTEND__ 1 -1;show stat __MEMBERS__ 4 -1;show stat __CHECKED__ 4 -1;show stat __READY__ 4 -1' >&3
    process __VRRP_PID__ '(keepalived)'; keepalived=$state
    process __HAPROXY_PID__ '(haproxy)'
    drain='' lock=''
    read -r drain <__DRAIN__
    read -r lock <__LOCK__
    printf 'T %s %s %s\nD %s\nL %s\n' "$1" "$keepalived" "$state" "$drain" "$lock"
    ip -o -batch - <<END
__SHOW_ADDRESSES__
END
    printf 'E %s %s\n' "$1" "$?"
}
__KEEPALIVED_DUMP__
instances() {
    read -r pid <__VRRP_PID__ || { echo 'K'; return; }
    dump_forget
    kill -s "$(dump_signal)" "$pid" || { echo 'K'; return; }
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.03
        said=$(dump_said) && break
    done
    # One line: the lines of a text are parted by tabs.
    printf 'K %s\n' "$(echo "$said" | tr '\n' '\t')"
}
while read -r ask argument; do
    case $ask in
        t) tick "$argument" ;;
        c) echo "C $(date +%s%N)" ;;
        k) instances ;;
        r) echo quit >&3 ;;
    esac
done 2>/dev/null
