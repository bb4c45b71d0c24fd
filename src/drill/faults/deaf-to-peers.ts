import { firewall, peersSet, type Fault } from '../fault.ts';

export const deafToPeers: Fault = {
  name: 'deaf-to-peers',
  summary: 'the VIP holder hears nothing from the other nodes, which still hear it (firewall, one way)',
  disruption: 'deaf-to-peers',
  available: () => firewall('').available,
  inject: (target) => {
    const { ip, set } = peersSet(target);
    return firewall(`    chain input { type filter hook input priority -300; ${ip} saddr ${set} drop; }`).inject;
  },
  heal: () => firewall('').heal,
};
