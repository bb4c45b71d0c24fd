import { firewall, type Fault } from '../fault.ts';

export const isolated: Fault = {
  name: 'isolated',
  summary: 'the VIP holder is cut off from everybody, nodes and clients (firewall; ssh to it goes on)',
  disruption: 'isolated',
  available: () => firewall('').available,
  inject: () =>
    firewall(`    chain input {
        type filter hook input priority -300; policy drop;
        iifname "lo" accept
        tcp dport 22 accept
        meta l4proto 58 accept
    }
    chain output {
        type filter hook output priority -300; policy drop;
        oifname "lo" accept
        tcp sport 22 accept
        meta l4proto 58 accept
    }`).inject,
  heal: () => firewall('').heal,
};
