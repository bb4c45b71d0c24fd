import type { ClusterSpec } from '../cluster/spec.ts';
import type { NodeFacts } from '../cluster/timers.ts';
import { healthPort, keptFile, movedUnits, paths, runDir } from '../node/paths.ts';

/** How long established connections may go on through the node that had the VIP, in seconds; HAProxy's old workers as long. */
export const keptSeconds = 600;

/**
 * A node without a connection ends its part after this time, in seconds. HAProxy asks every client for a sign of life after
 * 10 s of silence (clitcpka), and the answer takes the path too: a path without a packet has no connection any more.
 */
const quietSeconds = 30;

/** How long a move may take before nobody believes in it any more, in seconds: longer than a rollout waits for one. */
const moveSeconds = 30;

/**
 * What the units of a move may still do, in properties that systemd 239 knows: an older one refuses to start what it does not
 * know, where a unit's file would only get a warning. They write addresses, rules and two of the kernel's settings.
 */
const confined = [
  'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallFilter=@system-service',
  'SystemCallArchitectures=native',
  `ReadWritePaths=${runDir}`,
  'ProtectSystem=strict',
  ...['ProtectHome', 'PrivateTmp', 'PrivateDevices', 'ProtectKernelModules', 'ProtectControlGroups'].map(yes),
  ...['NoNewPrivileges', 'LockPersonality', 'RestrictNamespaces', 'RestrictRealtime'].map(yes),
  'MemoryDenyWriteExecute=yes',
];

function yes(property: string): string {
  return `${property}=yes`;
}

/** Names of the tables are of words. */
const table = 'k8s_ha_kept_';

/** Words of nft, or the names of the shell's variables that have them. */
interface HandOn {
  readonly family: string;
  readonly table: string;
  readonly dev: string;
  /** Hardware address of `node`: what comes from there is not handed back. */
  readonly mac: string;
  readonly vip: string;
  readonly port: number;
  readonly node: string;
}

/** One transaction of nft that hands packets of connections that this node does not know on to another node. */
export function handOnRules({ family, table, dev, mac, vip, port, node }: HandOn): string {
  return `table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
    chain prerouting {
        type filter hook prerouting priority mangle; policy accept;
        iifname "${dev}" ether saddr != ${mac} ${family} daddr ${vip} tcp dport ${port} tcp flags & syn == 0 socket wildcard 1 counter dup to ${node} device "${dev}" drop
    }
}`;
}

/** Rules that are only checked, of both families. */
export const handOnProbe = (
  [
    ['ip', '192.0.2.1', '192.0.2.2'],
    ['ip6', '2001:db8::1', '2001:db8::2'],
  ] as const
)
  .map(([family, vip, node]) =>
    handOnRules({ family, table: `${table}probe`, dev: 'eth0', mac: '02:00:00:00:00:01', vip, port: 7443, node }),
  )
  .join('\n');

/**
 * Planned moves cut no connection. The node that gives a VIP up keeps the address on its loopback interface, where nobody finds
 * it by ARP or NDP: its sockets live on. The node that takes the VIP over hands on, unchanged, each packet that opens no
 * connection and belongs to none of its own (nft's `socket wildcard 1`: nothing but the listener would take it). No routes, no
 * forwarding, no NAT, and answers go straight to the client. Whatever ends, a socket, a node or the time, ends in a reset by
 * the kernel of the last node on the path, never in silence.
 */
export function keepScript({ endpoint: { port } }: ClusterSpec, { interface: dev }: NodeFacts): string {
  return `#!/bin/sh
# keep-connections: what is established when a VIP is moved on purpose goes on through the node that had it. Rendered by k8s-ha.
#   can                    whether nft and the kernel can do it
#   begin VIP…             this node is about to give VIPs up: their connections through it live on
#   hand-on VIP NODE …     this node may take VIPs over: packets of connections that it does not know go on to NODE, an address
#   taken VIP NODE …       NODE has taken a VIP over, so that nothing is handed on to it any more
# hold, end, watch and forget are run by systemd, which ends all of it after ${keptSeconds} s.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
of() {
    vip=$1
    case $vip in
        *:*) family=ip6 bits=128 flags=nodad local="[$vip]" ;;
        *) family=ip bits=32 local=$vip flags='' ;;
    esac
    kept=${keptFile('$vip')}
    table=${table}$(echo "$vip" | tr .: __)
}
has() { [ -n "$(ip -o address show dev "$1" to "$vip")" ]; }
connections() { ss -Htn state established src "$local" sport = ":${port}" | wc -l; }
arp=/proc/sys/net/ipv4/conf/${dev}
# Nobody else finds by ARP what is on the loopback interface, and nothing is asked in its name (ip-sysctl.rst).
hide() {
    [ -f ${runDir}/arp-before ] || cat "$arp/arp_ignore" "$arp/arp_announce" >${runDir}/arp-before || return
    [ "$(cat "$arp/arp_ignore")" -gt 0 ] || echo 1 >"$arp/arp_ignore" || return
    echo 2 >"$arp/arp_announce"
}
# Once nothing is kept any more, as it was.
show() {
    for other in ${keptFile('[0-9a-f:]*')}; do [ ! -f "$other" ] || return 0; done
    [ -f ${runDir}/arp-before ] || return 0
    { read -r ignore && read -r announce && echo "$ignore" >"$arp/arp_ignore" && echo "$announce" >"$arp/arp_announce"; } <${runDir}/arp-before
    rm -f ${runDir}/arp-before
}
# Run by systemd, which runs the second when the first has ended, however it ended.
unit() {
    name=$1 first=$2 second=$3; shift 3
    systemd-run --quiet --collect --unit="$name$vip" --description="Connections of $vip that go on after a planned move (k8s-ha)" \\
${confined
  .map(
    (property) => `        -p '${property}' \\
`,
  )
  .join('')}        -p RuntimeMaxSec=${keptSeconds + 60} -p ExecStopPost="$0 $second $vip" "$0" "$first" "$vip" "$@"
}
quit() { systemctl stop "$1$vip.service" 2>/dev/null || :; }

begin() {
    of "$1"
    has ${dev} || return 0
    quit ${movedUnits.kept}
    { echo "0 $(date +%s)" >"$kept" && hide && on_loopback && unit ${movedUnits.kept} hold end; } || { end; return 1; }
}
on_loopback() { has lo || ip address add "$vip/$bits" dev lo $flags; }
hold() {
    seconds=0 quiet=0
    while has ${dev}; do
        sleep 1
        [ $((seconds += 1)) -lt ${moveSeconds} ] || return 0
    done
    began=$(date +%s)
    # It goes with its last connection, with its time, and where this node has the VIP again.
    while [ $quiet -lt ${quietSeconds + 10} ] && [ $(($(date +%s) - began)) -lt ${keptSeconds} ] && ! has ${dev}; do
        count=$(connections)
        echo "$count $began" >"$kept.new" && mv -f "$kept.new" "$kept"
        [ "$count" -gt 0 ] && quiet=0 || quiet=$((quiet + 1))
        sleep 1
    done
    # What is left is told so: the kernel resets it on both sides.
    has ${dev} || ss -K state established src "$local" sport = ":${port}" >/dev/null 2>&1 || :
}
end() {
    ip address delete "$vip/$bits" dev lo 2>/dev/null
    rm -f "$kept" "$kept.new"
    show
}

rules() {
    cat <<END
${handOnRules({ family: '$family', table: '$table', dev, mac: '$2', vip: '$vip', port, node: '$1' })}
END
}
answers() {
    case $1 in
        *:*) socat -u /dev/null "TCP6:[$1]:${healthPort},connect-timeout=1" 2>/dev/null ;;
        *) socat -u /dev/null "TCP4:$1:${healthPort},connect-timeout=1" 2>/dev/null ;;
    esac
}
hand_on() {
    of "$1"
    quit ${movedUnits.handedOn}
    answers "$2" || { echo "HAProxy on $2 does not answer" >&2; return 1; }
    mac=$(ip neighbour show to "$2" dev ${dev} | sed -n 's/.*lladdr \\([0-9a-f:]*\\) .*/\\1/p')
    # What comes back from there is not handed on again.
    [ -n "$mac" ] || { echo "the hardware address of $2 is not known on ${dev}" >&2; return 1; }
    # Connections that ended here, when this node had the VIP last: their remains would answer for new ones with the same ports.
    ss -K state time-wait src "$local" sport = ":${port}" >/dev/null 2>&1 || :
    rules "$2" "$mac" | nft -f - || return
    echo "$2" >"${runDir}/handed-on-$vip"
    unit ${movedUnits.handedOn} watch forget "$2" || { forget; return 1; }
}
# Ends with the last connection, and as soon as the other node does: its clients are reset, which is better than silence.
watch() {
    began=$(date +%s) quiet=0 lost=0 before=
    while [ $quiet -lt ${quietSeconds} ] && [ $lost -lt 2 ] && [ $(($(date +%s) - began)) -lt $((${keptSeconds} + ${moveSeconds})) ]; do
        sleep 1
        answers "$2" && lost=0 || lost=$((lost + 1))
        packets=$(nft list table $family "$table" 2>/dev/null | sed -n 's/.* packets \\([0-9]*\\) .*/\\1/p')
        [ "$packets" = "$before" ] && quiet=$((quiet + 1)) || quiet=0
        before=$packets
    done
    [ $lost -lt 2 ] && return
    nft delete table $family "$table"
    [ ! -x ${paths.tellScript} ] || ${paths.tellScript} "$vip"
}
forget() {
    nft delete table $family "$table" 2>/dev/null
    rm -f "${runDir}/handed-on-$vip"
}
taken() {
    of "$1"
    [ "$(cat "${runDir}/handed-on-$vip" 2>/dev/null)" != "$2" ] || quit ${movedUnits.handedOn}
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
    hand-on) while [ $# -ge 2 ]; do hand_on "$1" "$2" || exit; shift 2; done ;;
    taken) while [ $# -ge 2 ]; do taken "$1" "$2"; shift 2; done ;;
    hold | end | forget) of "$1"; "$does" ;;
    watch) of "$1"; watch "$@" ;;
    *) exit 2 ;;
esac
`;
}
