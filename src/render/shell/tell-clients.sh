#!/bin/sh
# tell-clients VIP     this node just took the VIP over: clients of the node before it are told that their connections are gone.
#                      One TCP segment for each: the client answers it, this node's kernel resets by that answer, and the client
#                      connects again, instead of waiting for what does not come. Run by keepalived.
# tell-clients VIP gone  this node has the VIP no more: what is left of its connections is reset. Their clients hear it where a packet
#                      still gets through, and nothing stays here that would answer for others from the same ports later.
# tell-clients keep    says again which connections are open: on the other nodes, their entries would age. Run by HAProxy's unit.
# Rendered by k8s-ha. The list is HAProxy's table __TABLE__, which the nodes share.
# OpenSSL, which socat starts with, need not read its configuration: nothing here is encrypted.
export PATH="$PATH:/usr/sbin:/sbin" OPENSSL_CONF=/dev/null
haproxy() { timeout 2 socat -t2 - UNIX-CONNECT:__SOCKET__; }
address='[0-9a-f.:]*'
if [ "$1" = keep ]; then
    sleep __TOUCH_SECONDS__
    touched=$(echo 'show table __TABLE__ data.conn_cur gt 0' | haproxy |
        sed -n "s/.* key=\($address>$address\) .*/set table __TABLE__ key \1 data.gpc0 1/p")
    [ -z "$touched" ] || printf 'prompt\n%s\nquit\n' "$touched" | haproxy
    exec "$0" keep
fi

vip=$1
if [ "${2-}" = gone ]; then
    case $vip in *:*) local="[$vip]" ;; *) local=$vip ;; esac
    # One that only came back to it, or whose connections go on by a planned move, keeps them.
    sleep __GONE_SECONDS__
    kept=__KEPT_FILE__
    [ -z "$(ip -o address show dev __DEV__ to "$vip")" ] && [ ! -f "$kept" ] || exit 0
    ss -K state connected src "$local" sport = ":__PORT__" >/dev/null 2>&1
    exit 0
fi

# VIP, client and port of each connection that is not this node's own, one client's beside each other. $1: which.
connections() {
    echo "show table __TABLE__ data.gpc0 $1" | haproxy | head -n __MOST_TOLD__ |
        sed -n "s/::ffff://g; s/.* key=\($address\):\([0-9]\{1,5\}\)>\($address\) use=0 .*/\3 \1 \2/p" | sort
}
# The sum of an address's words; for a checksum their order does not matter (RFC 1071).
words() {
    sum=0 high=8 old_ifs=$IFS
    case $1 in
        *:*) IFS=:; for word in $1; do sum=$((sum + 0x${word:-0})); done ;;
        *) IFS=.; for octet in $1; do sum=$((sum + (octet << high))) high=$((8 - high)); done ;;
    esac
    IFS=$old_ifs
}
# Two octets in the escapes of printf.
two() { octets="\\$(($1 >> 14 & 3))$(($1 >> 11 & 7))$(($1 >> 8 & 7))\\$(($1 >> 6 & 3))$(($1 >> 3 & 7))$(($1 & 7))"; }
# A segment from the VIP to a port of the client: sequence 0, ACK, nothing else. 26: its length and the number of TCP.
segment() {
    check=$((from + to + 26 + __PORT__ + $1 + 0x5010))
    check=$(((check & 65535) + (check >> 16)))
    two "$1"; port=$octets
    two $((65535 - (check & 65535) - (check >> 16))); check=$octets
    segments="$segments$source$port\\000\\000\\000\\000\\000\\000\\000\\000\\120\\020\\000\\000$check\\000\\000"
    count=$((count + 1))
}
# One process for a client's connections: it sends each 20 octets that it reads.
send() {
    [ $count -gt 0 ] || return 0
    case $1 in *:*) to_client="IP6-SENDTO:[$1]:6,bind=[$vip]" ;; *) to_client="IP4-SENDTO:$1:6,bind=$vip" ;; esac
    # shellcheck disable=SC2059 # the escapes are what is printed
    printf "$segments" | socat -u -b 20 - "$to_client" 2>/dev/null &
    segments='' count=0 sent=$((sent + 1))
    [ $((sent % 16)) -ne 0 ] || wait
}
tell() {
    last='' segments='' count=0 sent=0
    connections "$1" | {
        while read -r of client port; do
            [ "$of" = "$vip" ] || continue
            # A pipe takes up to 4096 octets in one piece.
            if [ "$client" != "$last" ] || [ $count -ge 100 ]; then
                send "$last"; last=$client; words "$client"; to=$sum
            fi
            segment "$port"
        done
        send "$last"
        wait
    }
}
words "$vip"; from=$sum
two __PORT__; source=$octets
# Each time first those that were touched, for they have lasted; of the others most have ended already. Again, because what is sent
# at once, or its answer, may be lost; and not sooner, because a client answers such a segment twice a second at most.
for pause in 0 __AGAIN_SECONDS__ __AGAIN_SECONDS__; do
    sleep "$pause"
    tell 'gt 0'
    tell 'eq 0'
done
