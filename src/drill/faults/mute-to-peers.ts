import { dropPeers, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const muteToPeers: Fault = {
  name: 'mute-to-peers',
  summary: 'the other nodes hear nothing from the VIP holder, which still hears them (firewall, one way)',
  disruption: 'mute-to-peers',
  part: 'network',
  available: () => nftInstalled,
  inject: (target) => dropPeers(target, ['out']),
  heal: () => noFirewall,
};
