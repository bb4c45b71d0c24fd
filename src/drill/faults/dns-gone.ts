import { both, burden, firewall, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** Also to a resolver on the node itself (systemd-resolved, a node-local cache): the loopback interface is not spared. */
const noNames = ['input', 'output']
  .map(
    (chain) =>
      `    chain ${chain} { type filter hook ${chain} priority -300; meta l4proto { tcp, udp } th dport 53 counter drop; }`,
  )
  .join('\n');

export const dnsGone: Fault = {
  name: 'dns-gone',
  summary: 'no name server answers the VIP holder: every question is lost, so that who asks waits (firewall)',
  disruption: 'dns-gone',
  part: 'network',
  lastsMs: 5000,
  available: () => nftInstalled,
  inject: () => ({ shell: firewall(noNames, { from: [], to: [] }).shell, does: [burden('no-names', true)] }),
  heal: () => both(noFirewall, { shell: ':', does: [burden('no-names', false)] }),
};
