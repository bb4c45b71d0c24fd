import { firewall, peersSet, type Fault } from '../fault.ts';

export const muteToPeers: Fault = {
  name: 'mute-to-peers',
  summary: 'the other nodes hear nothing from the VIP holder, which still hears them (firewall, one way)',
  disruption: 'mute-to-peers',
  available: () => firewall('').available,
  inject: (target) => {
    const { ip, set } = peersSet(target);
    return firewall(`    chain output { type filter hook output priority -300; ${ip} daddr ${set} drop; }`).inject;
  },
  heal: () => firewall('').heal,
};
