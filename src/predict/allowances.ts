/** At least and at most, in milliseconds. */
export interface Range {
  readonly lowerMs: number;
  readonly upperMs: number;
}

/**
 * What no timer bounds: how long processes, kernels and the network take. Each has a default that was measured on small
 * machines with real-time priority for keepalived, rounded up; a drill's own measurements can replace it.
 */
export interface Allowances {
  /** Latency of an advertisement and lateness of keepalived's timers (it runs in real time): adverts go out late, are seen late. */
  readonly timing: Range;
  /** Address added with netlink, gratuitous ARP sent, the client's ARP entry replaced. */
  readonly takeover: Range;
  /** A holder that resigns says goodbye first, and then takes its addresses off. */
  readonly letGo: Range;
  /** systemd notices that a unit's process died, kills what is left of it and has run its ExecStopPost. */
  readonly unitReaction: Range;
  /** Fork, exec and run of a check script's shell and socat when HAProxy answers at once. */
  readonly scriptRun: Range;
  /** Before a node gives the VIP up, its check script asks the peers on several ports; a dropped packet costs all of it. */
  readonly peerAsk: Range;
  /**
   * From an API server's SIGKILL until its kernel closes what it had, and refuses: its memory is freed first, and meanwhile connections
   * to it are accepted, and reset then. 21 to 47 ms for one of 250 MiB.
   */
  readonly exit: Range;
  /** HAProxy retries a refused connection on another server (`option redispatch 1`, `balance random`: without a pause). */
  readonly redispatch: Range;
  /** keepalived announces a held VIP again (`vrrp_garp_master_refresh`): clients that a second holder drew away come back. */
  readonly announceAgain: Range;
  /** `random(2)` rarely picks a server whose connections pile up, so a probe meets a hung one only now and then. */
  readonly sparse: Range;
  /**
   * From the loss of etcd's leader to the first read that a new one lets through: followers wait one to two election timeouts
   * (kubeadm's 1 s), then the new leader commits its first entry, and a waiting read is asked again every 0.5 s.
   */
  readonly etcdElection: Range;
  /** A probe every 10 ms sees an outage up to one interval short, or one interval and a TLS handshake long. */
  readonly probe: Range;
}

export const defaultAllowances: Allowances = {
  timing: { lowerMs: -5, upperMs: 5 },
  takeover: { lowerMs: 0, upperMs: 15 },
  letGo: { lowerMs: 0, upperMs: 30 },
  unitReaction: { lowerMs: 2, upperMs: 80 },
  scriptRun: { lowerMs: -10, upperMs: 50 },
  peerAsk: { lowerMs: 0, upperMs: 200 },
  exit: { lowerMs: 0, upperMs: 50 },
  redispatch: { lowerMs: 0, upperMs: 10 },
  announceAgain: { lowerMs: 0, upperMs: 1000 },
  sparse: { lowerMs: -400, upperMs: 0 },
  etcdElection: { lowerMs: 0, upperMs: 2600 },
  probe: { lowerMs: -10, upperMs: 20 },
};
