import type { FindingEntries } from './entry.ts';

/** Findings about the firewalls of the nodes. */
export const networkFindings = {
  'firewall-closed': {
    severity: 'error',
    title: 'The other nodes do not reach a port of the node, or its VRRP',
    why: 'Nodes ask each other who is there, HAProxy reaches every API server, and keepalived speaks VRRP, which is IP protocol 112 and no TCP. A firewall that lets ssh in and drops the rest leaves each node alone: with fencing no node holds a VIP, without it all do.',
    remedy:
      'Run the commands that the finding prints for the firewall of the node (firewalld, ufw, nft or iptables), or set `firewall: manage`, with which `k8s-ha apply FILE` opens firewalld and ufw by itself. An own table of nft cannot open what another table closes: there, the rules of the operator have to let in the endpoint’s port from everywhere; from the other nodes TCP 7444, the API server’s port and protocol 112 (7445 too with `failover.tellClients`). What was found closed may also be closed between the nodes: a switch, a hypervisor, a security group.',
  },
  'firewall-opens': {
    severity: 'info',
    title: 'The firewall of a node is closed, and `apply` opens it',
    why: 'The cluster file says `firewall: manage`, and firewalld or ufw is active on the node: what is closed now is opened before keepalived starts.',
    remedy: 'Nothing, or see with `k8s-ha plan FILE` what is opened.',
  },
  'vrrp-untried': {
    severity: 'warning',
    title: 'Whether a firewall lets VRRP in could not be tried',
    why: 'The TCP ports are open, and VRRP is a protocol beside TCP. Where it is dropped, no node hears the holder of a VIP, and the nodes refuse each other by their own questions alone.',
    remedy:
      'It is tried with socat, by the previous node of the file; of two nodes the first one is tried by nobody. Run the commands that the finding prints, or install socat on the nodes and run `k8s-ha check FILE --live`, or set `firewall: manage`.',
  },
  'firewall-not-loaded': {
    severity: 'warning',
    title: 'The rules that open the firewall of a node are gone',
    why: 'Somebody deleted them, reset the firewall or installed another one. The other nodes may not reach the node, and it may not hear them: as a node that is cut off it holds no VIP.',
    remedy:
      'Run `k8s-ha apply FILE`: a node that holds a VIP gives it up first. Or open the firewall by hand and remove `firewall: manage`.',
  },
} as const satisfies FindingEntries;
