import type { ClusterSpec } from '../cluster/spec.ts';
import { haproxyNames } from '../node/haproxy.ts';
import { paths } from '../node/paths.ts';

/** How often the entries of open connections are touched, in seconds. */
const touchSeconds = 10;

/** After this time the other nodes forget a connection that was not touched, in seconds: it ended, or its node did. */
export const forgetSeconds = 3 * touchSeconds;

/** Connections that are told at most when a VIP moves: as many as the table has places. */
const mostTold = 20_000;

/** How long after the first telling comes the second, for answers that were lost, in seconds. */
const againSeconds = 0.3;

/** A line of HAProxy's unit that touches entries as long as HAProxy runs; its processes are the unit's. */
export const keepsClients = `ExecStartPost=/bin/sh -c '${paths.tellScript} keep >/dev/null 2>&1 &'\n`;

/**
 * Tells clients of a VIP that their connections are gone, as CTDB and Pacemaker do for NFS ("tickle ACK"): a segment that is
 * out of a client's window is answered (RFC 9293 §3.10.7.4), and the new holder's kernel, which has no such connection, resets
 * by that answer. HAProxy's table says whom: only who completed a handshake with a VIP, never more than it holds.
 */
export function tellScript({ endpoint }: ClusterSpec): string {
  const table = haproxyNames.clients;
  return `#!/bin/sh
# tell-clients VIP     this node just took the VIP over: clients of the node before it are told that their connections are gone.
#                      One TCP segment for each: the client answers it, this node's kernel resets by that answer, and the client
#                      connects again, instead of waiting for what does not come. Run by keepalived.
# tell-clients keep    says again which connections are open: on the other nodes, their entries would age. Run by HAProxy's unit.
# Rendered by k8s-ha. The list is HAProxy's table ${table}, which the nodes share.
haproxy() { timeout 2 socat -t2 - UNIX-CONNECT:${paths.haproxySocket}; }
address='[0-9a-f.:]*'
if [ "$1" = keep ]; then
    sleep ${touchSeconds}
    touched=$(echo 'show table ${table} data.conn_cur gt 0' | haproxy |
        sed -n "s/.* key=\\($address>$address\\) .*/set table ${table} key \\1 data.gpc0 1/p")
    [ -z "$touched" ] || printf 'prompt\\n%s\\nquit\\n' "$touched" | haproxy
    exec "$0" keep
fi

# VIP, client and port of each connection that is not this node's own, one client's beside each other. $1: which.
connections() {
    echo "show table ${table} data.gpc0 $1" | haproxy | head -n ${mostTold} |
        sed -n "s/::ffff://g; s/.* key=\\($address\\):\\([0-9]\\{1,5\\}\\)>\\($address\\) use=0 .*/\\3 \\1 \\2/p" | sort
}
# The sum of an address's words; for a checksum their order does not matter (RFC 1071).
words() {
    sum=0 high=8 old_ifs=$IFS
    case $1 in
        *:*) IFS=:; for word in $1; do sum=$((sum + 0x\${word:-0})); done ;;
        *) IFS=.; for octet in $1; do sum=$((sum + (octet << high))) high=$((8 - high)); done ;;
    esac
    IFS=$old_ifs
}
# Two octets in the escapes of printf.
two() { octets="\\\\$(($1 >> 14 & 3))$(($1 >> 11 & 7))$(($1 >> 8 & 7))\\\\$(($1 >> 6 & 3))$(($1 >> 3 & 7))$(($1 & 7))"; }
# A segment from the VIP to a port of the client: sequence 0, ACK, nothing else. 26: its length and the number of TCP.
segment() {
    check=$((from + to + 26 + ${endpoint.port} + $1 + 0x5010))
    check=$(((check & 65535) + (check >> 16)))
    two "$1"; port=$octets
    two $((65535 - (check & 65535) - (check >> 16))); check=$octets
    segments="$segments$source$port\\\\000\\\\000\\\\000\\\\000\\\\000\\\\000\\\\000\\\\000\\\\120\\\\020\\\\000\\\\000$check\\\\000\\\\000"
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
vip=$1
words "$vip"; from=$sum
two ${endpoint.port}; source=$octets
# Those that were touched last for long; of the others most have ended already.
tell 'gt 0'
tell 'eq 0'
sleep ${againSeconds}
tell 'gt 0'
`;
}
