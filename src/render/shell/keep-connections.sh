#!/bin/sh
# keep-connections: what is established when a VIP is moved on purpose goes on through the node that had it. Rendered by k8s-ha.
#   can                    whether nft and the kernel can do it
#   begin VIP…             this node is about to give VIPs up: their connections through it live on
#   hand-on VIP…           packets of connections that this node does not know go on to the next node
# hold, end, watch and forget are run by systemd, which ends all of it after __KEPT_SECONDS__ s.
set -u
# OpenSSL, which socat starts with, need not read its configuration: nothing here is encrypted.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin" OPENSSL_CONF=/dev/null
of() {
    vip=$1
    case $vip in
        *:*) family=ip6 bits=128 flags=nodad local="[$vip]" others='__OTHERS_IPV6__' ;;
        *) family=ip bits=32 local=$vip flags='' others='__OTHERS_IPV4__' ;;
    esac
    kept=__KEPT_FILE__ turn=__RUN_DIR__/handed-on-$vip
    table=__TABLE__$(echo "$vip" | tr .: __)
}
# Seconds since this machine was started: nobody sets that clock.
up() { read -r k8s_up _ </proc/uptime; echo "${k8s_up%%.*}"; }
has() { [ -n "$(ip -o address show dev "$1" to "$vip")" ]; }
connections() { ss -Htn state established src "$local" sport = ":__PORT__" | wc -l; }
arp=/proc/sys/net/ipv4/conf/__DEV__
# Nobody else finds by ARP what is on the loopback interface, and nothing is asked in its name (ip-sysctl.rst).
hide() {
    [ -f __RUN_DIR__/arp-before ] || cat "$arp/arp_ignore" "$arp/arp_announce" >__RUN_DIR__/arp-before || return
    [ "$(cat "$arp/arp_ignore")" -gt 0 ] || echo 1 >"$arp/arp_ignore" || return
    echo 2 >"$arp/arp_announce"
}
# Once nothing is kept any more, as it was.
show() {
    for other in __KEPT_FILES__; do [ ! -f "$other" ] || return 0; done
    [ -f __RUN_DIR__/arp-before ] || return 0
    { read -r ignore && read -r announce && echo "$ignore" >"$arp/arp_ignore" && echo "$announce" >"$arp/arp_announce"; } <__RUN_DIR__/arp-before
    rm -f __RUN_DIR__/arp-before
}
# Run by systemd, which runs the second when the first has ended, however it ended.
unit() {
    name=$1 first=$2 second=$3; shift 3
    systemd-run --quiet --collect --unit="$name" --description="Connections of $vip that go on after a planned move (k8s-ha)" \
        __CONFINED__ \
        -p RuntimeMaxSec=__UNIT_SECONDS__ -p ExecStopPost="$0 $second $vip $*" "$0" "$first" "$vip" "$@"
}

begin() {
    of "$1"
    has __DEV__ || return 0
    systemctl stop "__KEPT_UNIT__$vip.service" 2>/dev/null || :
    { echo "0 0" >"$kept" && hide && on_loopback && unit "__KEPT_UNIT__$vip" hold end; } || { end; return 1; }
}
on_loopback() { has lo || ip address add "$vip/$bits" dev lo $flags; }
hold() {
    looks=0 quiet=0
    while has __DEV__; do
        sleep 0.2
        [ $((looks += 1)) -lt __MOVE_LOOKS__ ] || return 0
    done
    began=$(up)
    # It goes with its last connection, with its time, and where this node has the VIP again.
    while [ $quiet -lt __QUIET_LONGER__ ] && [ $(($(up) - began)) -lt __KEPT_SECONDS__ ] && ! has __DEV__; do
        forget_ended
        count=$(connections)
        echo "$count $(($(up) - began))" >"$kept.new" && mv -f "$kept.new" "$kept"
        [ "$count" -gt 0 ] && quiet=0 || quiet=$((quiet + 1))
        sleep 1
    done
    # What is left is told so: the kernel resets it on both sides.
    has __DEV__ || ss -K state established src "$local" sport = ":__PORT__" >/dev/null 2>&1 || :
}
end() {
    ip address delete "$vip/$bits" dev lo 2>/dev/null
    rm -f "$kept" "$kept.new"
    show
}

rules() {
    cat <<END
__HAND_ON_RULES__
END
}
answers() {
    case $1 in
        *:*) socat -u /dev/null "TCP6:[$1]:__HEALTH_PORT__,connect-timeout=1" 2>/dev/null ;;
        *) socat -u /dev/null "TCP4:$1:__HEALTH_PORT__,connect-timeout=1" 2>/dev/null ;;
    esac
}
# Connections that ended here, when this node had the VIP: their remains would answer for others with the same ports.
forget_ended() { ss -K state time-wait src "$local" sport = ":__PORT__" >/dev/null 2>&1 || :; }
mac() { ip neighbour show to "$1" dev __DEV__ | sed -n 's/.*lladdr \([0-9a-f:]*\) .*/\1/p'; }
# The next node of the ring that lives, and the rules that hand on to it; in one transaction, so that no packet meets none.
point() {
    to=
    macs=
    for other in $others; do
        mac=$(mac "$other")
        [ -n "$mac" ] || continue
        macs="$macs${macs:+, }$mac"
        [ -n "$to" ] || ! answers "$other" || to=$other
    done
    [ -n "$to" ] && rules "$to" "$macs" | nft -f -
}
hand_on() {
    of "$1"
    has __DEV__ || forget_ended
    point || { echo "no other node answers" >&2; return 1; }
    # The unit of an earlier move ends when it sees that it is not its turn any more, and takes nothing away.
    number=$(up).$$
    echo "$number" >"$turn.new" && mv -f "$turn.new" "$turn" || return
    unit "__HANDED_ON_UNIT__$vip-$number" watch forget "$number" || { forget "$1" "$number"; return 1; }
}
# Ends with the last connection. A node that dies is left out of the ring, and the clients of its connections are told: they are
# reset, which is better than silence.
watch() {
    began=$(up) quiet=0 before='' down=' ' gone=' '
    to=$(next)
    while [ $quiet -lt __QUIET_SECONDS__ ] && [ $(($(up) - began)) -lt $((__KEPT_SECONDS__ + __MOVE_SECONDS__)) ]; do
        sleep 1
        [ "$(cat "$turn" 2>/dev/null)" = "$2" ] || return 0
        was=$down down=' '
        for other in $others; do answers "$other" || down="$down$other "; done
        for other in $others; do
            if ! within "$other" "$was" || ! within "$other" "$down" || within "$other" "$gone"; then continue; fi
            gone="$gone$other "
            [ "$other" != "$to" ] || point || return 0
            # Every other node has left it out by then.
            ! has __DEV__ || [ ! -x __TELL_CLIENTS__ ] || { sleep 2; __TELL_CLIENTS__ "$vip"; }
        done
        packets=$(nft list table "$family" "$table" 2>/dev/null | sed -n 's/.* packets \([0-9]*\) .*/\1/p')
        [ "$packets" = "$before" ] && quiet=$((quiet + 1)) || quiet=0
        before=$packets
    done
}
within() { case $2 in *" $1 "*) ;; *) return 1 ;; esac; }
next() { nft list table "$family" "$table" 2>/dev/null | sed -n 's/.* dup to \([0-9a-f:.]*\) .*/\1/p'; }
forget() {
    [ "$(cat "$turn" 2>/dev/null)" = "${2:-}" ] || return 0
    nft delete table "$family" "$table" 2>/dev/null
    rm -f "$turn"
}
can() {
    for vip in 192.0.2.1 2001:db8::1; do
        of "$vip"
        rules "$vip" 02:00:00:00:00:01 | nft -c -f - || return
    done
}

does=$1; shift
case $does in
    can) can ;;
    begin) for one in "$@"; do begin "$one" || exit; done ;;
    hand-on) for one in "$@"; do hand_on "$one" || exit; done ;;
    hold | end) of "$1"; "$does" ;;
    watch | forget) of "$1"; "$does" "$@" ;;
    *) exit 2 ;;
esac
