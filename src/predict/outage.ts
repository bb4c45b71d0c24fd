import { lossMs, type DisruptionKind } from '../cluster/disruption.ts';
import { apiServerHung, apiServerKilled, apiServerNotReady, etcdFault, withMember } from './api-server.ts';
import { addressTaken, lateArp } from './address.ts';
import type { Bounds, Model } from './model.ts';
import { packetsLost } from './loss.ts';
import {
  blackHole,
  clockStepped,
  cpuStarved,
  diskFull,
  dnsGone,
  linkFlapping,
  nodePaused,
  readOnlyRoot,
} from './node.ts';
import { cutFromPeers, deafToPeers, isolated, nodeLost, pairCut } from './partition.ts';
import {
  exhausted,
  handedOver,
  haproxyHung,
  haproxyKilled,
  keepalivedHung,
  keepalivedKilled,
  networkRestarted,
  reloaded,
} from './process.ts';

/** One function per fault: what it costs a client of the VIP when it strikes the holder. */
export const bounds: Readonly<Record<DisruptionKind, (model: Model) => Bounds>> = {
  'keepalived-stopped': handedOver(
    'The holder says goodbye (priority 0). Where that one packet is lost, it is as with a lost node.',
  ),
  'keepalived-killed': keepalivedKilled,
  'keepalived-hung': keepalivedHung,
  'haproxy-stopped': handedOver('The unit moves the VIP first and goes on serving for 0.3 s.'),
  'haproxy-killed': haproxyKilled,
  'haproxy-out-of-memory': haproxyKilled,
  'haproxy-hung': haproxyHung,
  'connections-exhausted': exhausted,
  'node-lost': withMember(nodeLost),
  'node-rebooted': withMember(
    handedOver('keepalived is stopped before HAProxy. What was connected through the node is reset.'),
  ),
  'node-paused': withMember(nodePaused),
  'link-down': withMember(nodeLost),
  'link-flapping': withMember(linkFlapping),
  'packets-lost-10': packetsLost(0.1, lossMs),
  'packets-lost-30': packetsLost(0.3, lossMs),
  'mtu-black-hole': blackHole,
  'cut-from-peers': withMember(cutFromPeers),
  'deaf-to-peers': deafToPeers,
  'mute-to-peers': cutFromPeers,
  'pair-cut': pairCut,
  isolated: withMember(isolated),
  'disk-full': diskFull,
  'read-only-root': readOnlyRoot,
  'cpu-starved': cpuStarved,
  'vip-deleted': handedOver('keepalived notices by netlink, gives up and lets another node take over.'),
  'address-taken': addressTaken,
  'late-arp': lateArp,
  'dns-gone': dnsGone,
  'clock-stepped': clockStepped,
  'network-restarted': networkRestarted,
  'api-server-killed': apiServerKilled,
  'api-server-out-of-memory': apiServerKilled,
  'api-server-hung': apiServerHung,
  'api-server-not-ready': apiServerNotReady,
  'etcd-member-killed': withMember(
    etcdFault('some-fail', 'Its API server is not ready until it is back. Requests that need etcd fail there.'),
  ),
  'etcd-leader-killed': withMember(
    etcdFault('wait', 'Writes wait for an election: 1 to 2 s with the usual timeouts of etcd.'),
  ),
  'etcd-quorum-lost': etcdFault(
    'fail',
    'The address stays, and reads are served from the caches of API servers at best. Writes fail until a majority of the members is back.',
  ),
  reloaded,
  drained: handedOver('No packet is lost that a healthy network would not lose.'),
  restarted: handedOver('One handover for each VIP; a node without a VIP restarts unseen.'),
};
