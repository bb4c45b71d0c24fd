import { firewall, peersSet, type Fault } from '../fault.ts';

export const cutFromPeers: Fault = {
  name: 'cut-from-peers',
  summary: 'the VIP holder is cut off from the other nodes, but not from clients (firewall, both ways)',
  disruption: 'cut-from-peers',
  available: () => firewall('').available,
  inject: (target) => {
    const { ip, set } = peersSet(target);
    return firewall(`    chain input { type filter hook input priority -300; ${ip} saddr ${set} drop; }
    chain output { type filter hook output priority -300; ${ip} daddr ${set} drop; }`).inject;
  },
  heal: () => firewall('').heal,
};
