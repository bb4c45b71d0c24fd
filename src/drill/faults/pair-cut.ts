import { priorityOf } from '../../cluster/spec.ts';
import { dropNodes, nftInstalled, noFirewall, type FaultTarget } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** Who takes the VIP over where it does not hear the holder: the best of the others. */
function nextBest({ spec, node, vip }: FaultTarget): string[] {
  const [best] = spec.nodes
    .filter(({ name }) => name !== node.name)
    .toSorted((a, b) => priorityOf(spec, b, vip) - priorityOf(spec, a, vip));
  return best === undefined ? [] : [best.name];
}

export const pairCut: Fault = {
  name: 'pair-cut',
  summary: 'the VIP holder and the node that would take over do not hear each other; all others hear both (firewall)',
  disruption: 'pair-cut',
  part: 'network',
  available: () => nftInstalled,
  inject: (target) => dropNodes(target.spec, nextBest(target), ['in', 'out']),
  heal: () => noFirewall,
};
