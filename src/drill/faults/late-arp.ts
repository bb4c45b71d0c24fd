import { lateMs } from '../../cluster/disruption.ts';
import type { VirtualIpSpec } from '../../cluster/spec.ts';
import { quote } from '../../core/command.ts';
import { ipv6Hex } from '../../core/ip.ts';
import { paths } from '../../node/paths.ts';
import { both, burden, nftInstalled, nothing, pulled } from '../acts.ts';
import type { Fault } from '../fault.ts';

const unit = 'k8s-ha-drill-late';
const table = 'netdev k8s_ha_drill';

/** The holder waits until the other nodes announce nothing: they are told at the same time, by connections of their own. */
const armedS = 1;

const lever = pulled(paths.drain, { by: 'operator', name: 'drill', reason: 'a drill' });

/** Drops what nobody asked for: answers to questions get out, as those of a client that has forgotten the address. */
function unasked({ address, family }: VirtualIpSpec): string {
  return family === 'ipv4'
    ? `arp operation request arp saddr ip ${address} arp daddr ip ${address} drop;`
    : `icmpv6 type nd-neighbor-advert ip6 daddr ff02::1 @th,64,128 0x${ipv6Hex(address)} drop;`;
}

function silence(vips: readonly VirtualIpSpec[], device: string): string {
  return `nft -f - <<'K8S_HA_END'
table ${table} {
    chain egress { type filter hook egress device "${device}" priority 0; ${vips.map(unasked).join(' ')} }
}
K8S_HA_END`;
}

export const lateArp: Fault = {
  name: 'late-arp',
  summary: `the VIP holder gives up, and clients hear of the next one only ${lateMs / 1000} s later: no announcement (ARP or NDP) gets out of any node`,
  disruption: 'late-arp',
  part: 'address',
  everywhere: true,
  lastsMs: armedS * 1000 + lateMs + 1000,
  available: () => nftInstalled,
  // At the device, because keepalived announces through a packet socket. A unit ends it at the same time on every node.
  inject: ({ spec, interface: device, first }) => ({
    shell: `${silence(spec.endpoint.virtualIPs, device)}
systemctl reset-failed ${unit} 2>/dev/null || true
systemd-run --quiet --collect --unit=${unit} --property=RuntimeMaxSec=${armedS + lateMs / 1000 + 5} /bin/sh -c ${quote(`PATH="$PATH:/usr/sbin:/sbin"
sleep ${armedS}
${first ? lever.inject.shell : ':'}
sleep ${lateMs / 1000}
nft delete table ${table}`)}`,
    does: [...(first ? lever.inject.does : []), burden('late-announcements', true)],
  }),
  heal: ({ first }) =>
    both(first ? lever.heal : nothing, {
      shell: `systemctl stop ${unit} 2>/dev/null || true
nft delete table ${table} 2>/dev/null || true`,
      does: [burden('late-announcements', false)],
    }),
};
