import { addressIn, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts } from '../cluster/timers.ts';
import type { Family } from '../core/ip.ts';
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
  /** Hardware addresses of the other nodes, with commas: what comes from there has been handed on already, or is their own. */
  readonly macs: string;
  readonly vip: string;
  readonly port: number;
  /** The node that is asked next. */
  readonly node: string;
  /** How many other nodes there are. */
  readonly others: number;
}

/**
 * What a packet that is handed on has in its DSCP field, by how many nodes it was handed on to. From the pool for local use
 * (RFC 2474, section 6), so that no program's own value is taken for it.
 */
function asked(times: number): number {
  return 4 * times - 1;
}

/**
 * One transaction of nft that hands packets of connections that this node does not know on to the next node of the ring, until
 * one knows it or all have been asked: then the kernel of the last one resets it.
 */
export function handOnRules({ family, table, dev, macs, vip, port, node, others }: HandOn): string {
  const dscp = `${family} dscp`;
  const around = Array.from(
    { length: others - 1 },
    (_, i) => `        ether saddr { ${macs} } ${dscp} ${asked(i + 1)} ${dscp} set ${asked(i + 2)} goto next\n`,
  );
  return `table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
    chain prerouting {
        type filter hook prerouting priority mangle; policy accept;
        iifname "${dev}" ${family} daddr ${vip} tcp dport ${port} tcp flags & syn == 0 socket wildcard 1 goto unknown
    }
    chain unknown {
${around.join('')}        ether saddr { ${macs} } ${dscp} ${asked(others)} return
        ${dscp} set ${asked(1)} goto next
    }
    chain next {
        counter dup to ${node} device "${dev}" drop
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
    handOnRules({
      family,
      table: `${table}probe`,
      dev: 'eth0',
      macs: '02:00:00:00:00:01',
      vip,
      port: 7443,
      node,
      others: 2,
    }),
  )
  .join('\n');

/**
 * Planned moves cut no connection. The node that gives a VIP up keeps the address on its loopback interface, where nobody finds
 * it by ARP or NDP: its sockets live on. Every node hands on, unchanged but for its DSCP field, each packet that opens no
 * connection and belongs to none of its own (nft's `socket wildcard 1`: nothing but the listener would take it), around the ring of
 * the nodes: whoever has it answers, straight to the client, however many moves ago it began. No routes, no forwarding, no NAT.
 * Whatever ends, a socket, a node or the time, ends in a reset by the kernel of the last node on the path, never in silence.
 */
export function keepScript(spec: ClusterSpec, node: NodeSpec, { interface: dev }: NodeFacts): string {
  const { port } = spec.endpoint;
  const others = ringFrom(spec, node);
  const addresses = (family: Family): string => others.flatMap((other) => addressIn(other, family) ?? []).join(' ');
  return `#!/bin/sh
# keep-connections: what is established when a VIP is moved on purpose goes on through the node that had it. Rendered by k8s-ha.
#   can                    whether nft and the kernel can do it
#   begin VIP…             this node is about to give VIPs up: their connections through it live on
#   hand-on VIP…           packets of connections that this node does not know go on to the next node
# hold, end, watch and forget are run by systemd, which ends all of it after ${keptSeconds} s.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
of() {
    vip=$1
    case $vip in
        *:*) family=ip6 bits=128 flags=nodad local="[$vip]" others='${addresses('ipv6')}' ;;
        *) family=ip bits=32 local=$vip flags='' others='${addresses('ipv4')}' ;;
    esac
    kept=${keptFile('$vip')} turn=${runDir}/handed-on-$vip
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
    systemd-run --quiet --collect --unit="$name" --description="Connections of $vip that go on after a planned move (k8s-ha)" \\
${confined
  .map(
    (property) => `        -p '${property}' \\
`,
  )
  .join('')}        -p RuntimeMaxSec=${keptSeconds + 60} -p ExecStopPost="$0 $second $vip $*" "$0" "$first" "$vip" "$@"
}

begin() {
    of "$1"
    has ${dev} || return 0
    systemctl stop "${movedUnits.kept}$vip.service" 2>/dev/null || :
    { echo "0 $(date +%s)" >"$kept" && hide && on_loopback && unit "${movedUnits.kept}$vip" hold end; } || { end; return 1; }
}
on_loopback() { has lo || ip address add "$vip/$bits" dev lo $flags; }
hold() {
    looks=0 quiet=0
    while has ${dev}; do
        sleep 0.2
        [ $((looks += 1)) -lt ${moveSeconds * 5} ] || return 0
    done
    began=$(date +%s)
    # It goes with its last connection, with its time, and where this node has the VIP again.
    while [ $quiet -lt ${quietSeconds + 10} ] && [ $(($(date +%s) - began)) -lt ${keptSeconds} ] && ! has ${dev}; do
        forget_ended
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
${handOnRules({ family: '$family', table: '$table', dev, macs: '$2', vip: '$vip', port, node: '$1', others: Math.max(1, others.length) })}
END
}
answers() {
    case $1 in
        *:*) socat -u /dev/null "TCP6:[$1]:${healthPort},connect-timeout=1" 2>/dev/null ;;
        *) socat -u /dev/null "TCP4:$1:${healthPort},connect-timeout=1" 2>/dev/null ;;
    esac
}
# Connections that ended here, when this node had the VIP: their remains would answer for others with the same ports.
forget_ended() { ss -K state time-wait src "$local" sport = ":${port}" >/dev/null 2>&1 || :; }
mac() { ip neighbour show to "$1" dev ${dev} | sed -n 's/.*lladdr \\([0-9a-f:]*\\) .*/\\1/p'; }
# The next node of the ring that lives, and the rules that hand on to it; in one transaction, so that no packet meets none.
point() {
    to=
    macs=
    for other in $others; do
        mac=$(mac "$other")
        [ -n "$mac" ] || continue
        macs="$macs\${macs:+, }$mac"
        [ -n "$to" ] || ! answers "$other" || to=$other
    done
    [ -n "$to" ] && rules "$to" "$macs" | nft -f -
}
hand_on() {
    of "$1"
    has ${dev} || forget_ended
    point || { echo "no other node answers" >&2; return 1; }
    # The unit of an earlier move ends when it sees that it is not its turn any more, and takes nothing away.
    number=$(date +%s).$$
    echo "$number" >"$turn.new" && mv -f "$turn.new" "$turn" || return
    unit "${movedUnits.handedOn}$vip-$number" watch forget "$number" || { forget "$1" "$number"; return 1; }
}
# Ends with the last connection. A node that dies is left out of the ring, and the clients of its connections are told: they are
# reset, which is better than silence.
watch() {
    began=$(date +%s) quiet=0 before='' down=' ' gone=' '
    to=$(next)
    while [ $quiet -lt ${quietSeconds} ] && [ $(($(date +%s) - began)) -lt $((${keptSeconds} + ${moveSeconds})) ]; do
        sleep 1
        [ "$(cat "$turn" 2>/dev/null)" = "$2" ] || return 0
        was=$down down=' '
        for other in $others; do answers "$other" || down="$down$other "; done
        for other in $others; do
            if ! within "$other" "$was" || ! within "$other" "$down" || within "$other" "$gone"; then continue; fi
            gone="$gone$other "
            [ "$other" != "$to" ] || point || return 0
            # Every other node has left it out by then.
            ! has ${dev} || [ ! -x ${paths.tellScript} ] || { sleep 2; ${paths.tellScript} "$vip"; }
        done
        packets=$(nft list table "$family" "$table" 2>/dev/null | sed -n 's/.* packets \\([0-9]*\\) .*/\\1/p')
        [ "$packets" = "$before" ] && quiet=$((quiet + 1)) || quiet=0
        before=$packets
    done
}
within() { case $2 in *" $1 "*) ;; *) return 1 ;; esac; }
next() { nft list table "$family" "$table" 2>/dev/null | sed -n 's/.* dup to \\([0-9a-f:.]*\\) .*/\\1/p'; }
forget() {
    [ "$(cat "$turn" 2>/dev/null)" = "\${2:-}" ] || return 0
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
`;
}

/** The other nodes, in the order in which they follow each other from this one on. */
function ringFrom({ nodes }: ClusterSpec, node: NodeSpec): readonly NodeSpec[] {
  const at = nodes.findIndex(({ name }) => name === node.name);
  return [...nodes.slice(at + 1), ...nodes.slice(0, at)];
}
