import { dropPeers, firewall, type Fault } from '../fault.ts';

export const cutFromPeers: Fault = {
  name: 'cut-from-peers',
  summary: 'the VIP holder is cut off from the other nodes, but not from clients (firewall, both ways)',
  disruption: 'cut-from-peers',
  available: () => firewall('').available,
  inject: (target) =>
    firewall(`    chain input { type filter hook input priority -300; ${dropPeers(target, 'saddr')} }
    chain output { type filter hook output priority -300; ${dropPeers(target, 'daddr')} }`).inject,
  heal: () => firewall('').heal,
};
