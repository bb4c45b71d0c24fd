import { addressesOf } from '../../cluster/spec.ts';
import { both, burden, firewall, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** What still gets through: a tunnel's path has as much, or a little more. */
const longest = 1400;

export const mtuBlackHole: Fault = {
  name: 'mtu-black-hole',
  summary: `packets of more than ${longest} bytes from the VIP holder to API clients are lost, and nobody is told (firewall)`,
  disruption: 'mtu-black-hole',
  part: 'network',
  lastsMs: 3000,
  available: () => nftInstalled,
  // The endpoint's answers alone: ssh and the nodes' own traffic go on.
  inject: ({ spec }) => {
    const nodes = spec.nodes.flatMap(addressesOf);
    const [v4, v6] = [
      nodes.filter((address) => !address.includes(':')),
      nodes.filter((address) => address.includes(':')),
    ];
    const spared = [
      ...(v4.length > 0 ? [`ip daddr { ${v4.join(', ')} } accept;`] : []),
      ...(v6.length > 0 ? [`ip6 daddr { ${v6.join(', ')} } accept;`] : []),
    ];
    const rules = `    chain output { type filter hook output priority -300; oifname "lo" accept; ${spared.join(' ')} tcp sport ${spec.endpoint.port} meta length > ${longest} drop; }`;
    return { shell: firewall(rules, { from: [], to: [] }).shell, does: [burden('black-hole', true)] };
  },
  heal: () => both(noFirewall, { shell: ':', does: [burden('black-hole', false)] }),
};
