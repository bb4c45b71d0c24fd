import { lossMs } from '../../cluster/disruption.ts';
import { both, burden, losePackets, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const packetsLost10: Fault = {
  name: 'packets-lost-10',
  summary: 'one in ten packets between the VIP holder and the other nodes is lost, each way, at random (firewall)',
  disruption: 'packets-lost-10',
  part: 'network',
  lastsMs: lossMs,
  available: () => nftInstalled,
  inject: (target) => losePackets(target, 10),
  heal: () => both(noFirewall, { shell: ':', does: [burden('packet-loss', false)] }),
};
