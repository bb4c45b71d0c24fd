import { lossMs } from '../../cluster/disruption.ts';
import { both, burden, losePackets, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const packetsLost30: Fault = {
  name: 'packets-lost-30',
  summary: 'three in ten packets between the VIP holder and the other nodes are lost, each way, at random (firewall)',
  disruption: 'packets-lost-30',
  part: 'network',
  lastsMs: lossMs,
  available: () => nftInstalled,
  inject: (target) => losePackets(target, 30),
  heal: () => both(noFirewall, { shell: ':', does: [burden('packet-loss', false)] }),
};
