import type { Fault } from '../fault.ts';
import { addressTaken } from './address-taken.ts';
import { apiServerHung } from './api-server-hung.ts';
import { apiServerKilled } from './api-server-killed.ts';
import { apiServerNotReady } from './api-server-not-ready.ts';
import { apiServerOutOfMemory } from './api-server-out-of-memory.ts';
import { clockStepped } from './clock-stepped.ts';
import { connectionsExhausted } from './connections-exhausted.ts';
import { cpuStarved } from './cpu-starved.ts';
import { cutFromPeers } from './cut-from-peers.ts';
import { deafToPeers } from './deaf-to-peers.ts';
import { diskFull } from './disk-full.ts';
import { dnsGone } from './dns-gone.ts';
import { drained } from './drained.ts';
import { etcdLeaderKilled } from './etcd-leader-killed.ts';
import { etcdMemberKilled } from './etcd-member-killed.ts';
import { etcdQuorumLost } from './etcd-quorum-lost.ts';
import { haproxyHung } from './haproxy-hung.ts';
import { haproxyKilled } from './haproxy-killed.ts';
import { haproxyOutOfMemory } from './haproxy-out-of-memory.ts';
import { haproxyStopped } from './haproxy-stopped.ts';
import { isolated } from './isolated.ts';
import { keepalivedHung } from './keepalived-hung.ts';
import { keepalivedKilled } from './keepalived-killed.ts';
import { keepalivedStopped } from './keepalived-stopped.ts';
import { lateArp } from './late-arp.ts';
import { linkDown } from './link-down.ts';
import { linkFlapping } from './link-flapping.ts';
import { mtuBlackHole } from './mtu-black-hole.ts';
import { muteToPeers } from './mute-to-peers.ts';
import { nodeLost } from './node-lost.ts';
import { nodePaused } from './node-paused.ts';
import { nodeRebooted } from './node-rebooted.ts';
import { packetsLost10 } from './packets-lost-10.ts';
import { packetsLost30 } from './packets-lost-30.ts';
import { pairCut } from './pair-cut.ts';
import { readOnlyRoot } from './read-only-root.ts';
import { reloaded } from './reloaded.ts';
import { restarted } from './restarted.ts';
import { networkRestarted } from './network-restarted.ts';
import { vipDeleted } from './vip-deleted.ts';

/** Every fault, in the order in which `drill --list` shows them. */
export const faults: readonly Fault[] = [
  keepalivedStopped,
  keepalivedKilled,
  keepalivedHung,
  haproxyStopped,
  haproxyKilled,
  haproxyOutOfMemory,
  haproxyHung,
  connectionsExhausted,
  nodeLost,
  nodeRebooted,
  nodePaused,
  linkDown,
  linkFlapping,
  packetsLost10,
  packetsLost30,
  mtuBlackHole,
  cutFromPeers,
  deafToPeers,
  muteToPeers,
  pairCut,
  isolated,
  diskFull,
  readOnlyRoot,
  cpuStarved,
  dnsGone,
  clockStepped,
  networkRestarted,
  vipDeleted,
  addressTaken,
  lateArp,
  apiServerKilled,
  apiServerOutOfMemory,
  apiServerHung,
  apiServerNotReady,
  etcdMemberKilled,
  etcdLeaderKilled,
  etcdQuorumLost,
  reloaded,
  drained,
  restarted,
];
