import { dropPeers, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const cutFromPeers: Fault = {
  name: 'cut-from-peers',
  summary: 'the VIP holder is cut off from the other nodes, but not from clients (firewall, both ways)',
  disruption: 'cut-from-peers',
  part: 'network',
  available: () => nftInstalled,
  inject: (target) => dropPeers(target, ['in', 'out']),
  heal: () => noFirewall,
};
