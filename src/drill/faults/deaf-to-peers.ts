import { dropPeers, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const deafToPeers: Fault = {
  name: 'deaf-to-peers',
  summary: 'the VIP holder hears nothing from the other nodes, which still hear it (firewall, one way)',
  disruption: 'deaf-to-peers',
  part: 'network',
  available: () => nftInstalled,
  inject: (target) => dropPeers(target, ['in']),
  heal: () => noFirewall,
};
