import { dropPeers, firewall, type Fault } from '../fault.ts';

export const muteToPeers: Fault = {
  name: 'mute-to-peers',
  summary: 'the other nodes hear nothing from the VIP holder, which still hears them (firewall, one way)',
  disruption: 'mute-to-peers',
  available: () => firewall('').available,
  inject: (target) =>
    firewall(`    chain output { type filter hook output priority -300; ${dropPeers(target, 'daddr')} }`).inject,
  heal: () => firewall('').heal,
};
