import { dropPeers, firewall, type Fault } from '../fault.ts';

export const deafToPeers: Fault = {
  name: 'deaf-to-peers',
  summary: 'the VIP holder hears nothing from the other nodes, which still hear it (firewall, one way)',
  disruption: 'deaf-to-peers',
  available: () => firewall('').available,
  inject: (target) =>
    firewall(`    chain input { type filter hook input priority -300; ${dropPeers(target, 'saddr')} }`).inject,
  heal: () => firewall('').heal,
};
