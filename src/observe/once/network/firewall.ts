import { firewalls, networkManagers, type NetworkManagerName } from '../../../cluster/network.ts';
import { addressesOf, type ClusterSpec, type NodeSpec } from '../../../cluster/spec.ts';
import { firewallPrograms, vrrpAnswers, type FirewallSeen, type ReachSeen } from '../../../cluster/state.ts';
import { quote } from '../../../core/command.ts';
import { familyOf, ipv6Hex, parseAddress } from '../../../core/ip.ts';
import { known, unknown } from '../../../core/observed.ts';
import { brief } from '../../../core/printable.ts';
import { firewalldPolicy, paths, ufwComment } from '../../../node/paths.ts';
import { firewallFunction, networkManagerFunction } from '../../../node/network.ts';
import type { Section, Sections } from '../sections.ts';

/** More lines than a node has to say of this. */
const mostLines = 2000;

/** As Linux has it in memory: struct sockaddr_in and sockaddr_in6 after their family, in hexadecimal digits. */
function socketAddress(address: string): string {
  if (familyOf(address) === 'ipv6') return `10:112:x000000000000${ipv6Hex(address)}00000000`;
  return `2:112:x0000${Buffer.from(address.split('.').map(Number)).toString('hex')}0000000000000000`;
}

/**
 * Shell that sends the next node of the ring a packet of VRRP. Where no keepalived listens yet, the kernel of the other node answers
 * "protocol unreachable" (RFC 1122 §3.2.2.1), a firewall that rejects answers otherwise, and one that drops does not answer.
 * The socket is connected, so that Linux tells it of the answer. Virtual router id 0 is nobody's.
 *
 * Of two nodes only one tries: conntrack takes a packet of the other for an answer to its own (for ten minutes), and every
 * firewall lets it in. Of two nodes that are all, the first one is therefore tried by nobody.
 *
 * Where keepalived runs on this node, nothing is sent: its state says who hears whom. The answers are lines of the section
 * `reach`, which is asked at the same time.
 */
export function vrrpHelpers({ nodes }: Pick<ClusterSpec, 'nodes'>): string {
  const tries = nodes.length < 2 ? [] : nodes.length === 2 ? nodes.slice(0, 1) : nodes;
  const targets = tries.flatMap((node, i) => triesOf(node, nodes[(i + 1) % nodes.length] ?? node));
  return `vrrp_listens() { grep -qs '^ *[0-9]*: [0-9A-F]*:0070 ' /proc/net/raw /proc/net/raw6; }
vrrp() {
    command -v socat >/dev/null && ! vrrp_listens || return 0
    echo 'vrrp tried'
    for k8s_target in ${targets.map(quote).join(' ')}; do
        # OWN PEER SOCKET-ADDRESS
        # shellcheck disable=SC2086 # words, apart
        set -- $k8s_target
        [ -n "$(ip -o address show to "$1")" ] || continue
        for _ in 1 2; do
            k8s_said=$(printf '\\061\\000k8s-ha' | LC_ALL=C timeout 3 socat -t0.5 - "SOCKET-CONNECT:$3,socktype=3" 2>&1 | tr -d '\\000')
            case $k8s_said in
                *'rotocol not available'* | *'rotocol error'*) k8s_answer=open ;;
                *'onnection refused'* | *'o route to host'* | *'ost is unreachable'* | *'ermission denied'*) k8s_answer=rejected ;;
                *) k8s_answer=none; continue ;;
            esac
            break
        done && echo "vrrp $2 $k8s_answer" &
    done
    wait
}
`;
}

function triesOf(node: NodeSpec, next: NodeSpec): readonly string[] {
  return addressesOf(next).flatMap((address) => {
    const own = addressesOf(node).find((one) => familyOf(one) === familyOf(address));
    return own === undefined ? [] : [`${own} ${address} ${socketAddress(address)}`];
  });
}

/** Shell functions for the node's firewall and what manages its interface. Our own tables are no firewall. */
export function firewallHelpers({ nodes }: Pick<ClusterSpec, 'nodes'>): string {
  return `${firewallFunction}${networkManagerFunction}closing_chains() {
    command -v nft >/dev/null || return 0
    nft list chains 2>/dev/null | awk '
        $1 == "table" { table = $2 " " $3 }
        $1 == "chain" { chain = $2 }
        /hook input/ && table !~ /^(inet firewalld|[a-z0-9]+ k8s_ha)/ { print table, chain, /policy drop/ ? "drop" : "" }' | head -n 50 |
        while read -r k8s_family k8s_table k8s_chain k8s_policy; do
            [ "$k8s_policy" = drop ] || nft list chain "$k8s_family" "$k8s_table" "$k8s_chain" 2>/dev/null | sed 's/counter packets [0-9]* bytes [0-9]* //' |
                grep -qE '^[[:space:]]*(drop|reject.*)$' || continue
            echo "closes $k8s_family $k8s_table $k8s_chain"
        done
}
firewall() {
    firewall_program
    closing_chains
    ! vrrp_listens || echo 'vrrp listens'
    for k8s_own in ${nodes.map(({ address }) => quote(address)).join(' ')}; do
        k8s_device=$(ip -o address show to "$k8s_own" | awk '{ print $2; exit }')
        [ -n "$k8s_device" ] || continue
        echo "network $(network_manager "$k8s_device")"
        ls /etc/netplan/*.yaml >/dev/null 2>&1 && echo 'network netplan'
        break
    done
    return 0
}
`;
}

/** Whether what `firewall: manage` opened is open. A run that was killed may have left rules whose file is gone. */
export const openedSection = `if [ -f ${paths.firewall} ]; then emit opened timeout 8 sh ${paths.firewall} seen
elif [ -f ${firewalldPolicy.file} ]; then told opened 0 'firewalld -'
elif grep -qs 'comment=${Buffer.from(ufwComment).toString('hex')}$' /etc/ufw/user.rules; then told opened 0 'ufw -'; fi
`;

const isAnswer = (text: string): text is (typeof vrrpAnswers)[number] => vrrpAnswers.some((one) => one === text);

/** Lines of `vrrp ADDRESS ANSWER`. Undefined where VRRP was not tried. */
function vrrpOf(sections: Sections): ReachSeen['vrrp'] {
  const lines = (sections.get('reach')?.text ?? '').split('\n', mostLines).map((line) => line.trim());
  if (!lines.includes('vrrp tried')) return undefined;
  const found = lines.flatMap((line) => {
    const [, host = '', answer = ''] = /^vrrp ([0-9a-fA-F.:]{2,45}) (\w{1,10})$/.exec(line) ?? [];
    const address = parseAddress(host)?.text;
    return address === undefined || !isAnswer(answer) ? [] : [[address, answer] as const];
  });
  return Object.fromEntries(found);
}

/** What the node said of what `firewall: manage` opened; undefined where there is nothing of it. */
export function openedBy(section: Section | undefined): FirewallSeen | undefined {
  if (section === undefined) return undefined;
  const [, by, revision] = /^(firewalld|ufw|other) (\w{1,64}|-)$/.exec(section.text.trim()) ?? [];
  if (section.rc !== 0 || revision === undefined)
    return {
      by: 'other',
      loaded: unknown(brief(section.text.trim().split('\n', 1)[0] ?? '') || `it ended with ${section.rc}`),
    };
  return {
    by: firewallPrograms.find((one) => one === by) ?? 'other',
    loaded: known(revision === '-' ? undefined : revision),
  };
}

/** What the node said of its firewall and its network; what it cannot have said is left out. */
export function firewallOf(sections: Sections): Omit<ReachSeen, 'answers'> {
  const lines = (sections.get('firewall')?.text ?? '').split('\n', mostLines).map((line) => line.trim());
  const program = firewalls.find((name) => lines.includes(name) && (name === 'firewalld' || name === 'ufw'));
  const chains = lines.flatMap((line) => /^closes ((?:ip6?|inet) [\w-]{1,40} [\w-]{1,40})$/.exec(line)?.[1] ?? []);
  const ofIptables = chains.every((chain) => /^ip6? filter INPUT$/.test(chain));
  const vrrp = vrrpOf(sections);
  return {
    firewall: program ?? (chains.length === 0 ? 'none' : ofIptables ? 'iptables' : 'nftables'),
    closingChains: program === undefined ? chains : [],
    vrrpListens: lines.includes('vrrp listens'),
    network: managerIn(lines),
    netplan: lines.includes('network netplan'),
    ...(vrrp && { vrrp }),
  };
}

function managerIn(lines: readonly string[]): NetworkManagerName {
  return networkManagers.find((name) => lines.includes(`network ${name}`)) ?? 'none';
}
