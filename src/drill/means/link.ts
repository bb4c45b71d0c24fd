import { faultFile } from '../acts.ts';

/** What an interface loses when it goes down, kept in files of a fault, and given back. */
export interface KeptLink {
  readonly files: readonly string[];
  /** Shell that keeps its routes, and has its IPv6 addresses stay, as they do when a cable is pulled. */
  readonly keep: string;
  /** Shell that takes it up again, with its routes. */
  readonly up: string;
  /** Shell that does that where it was kept, and forgets it. */
  readonly giveBack: string;
}

export function keptLink(fault: string, dev: string): KeptLink {
  const [routes, routes6, downed] = [faultFile(`${fault}-routes`), faultFile(`${fault}-routes6`), faultFile(fault)];
  const setting = `/proc/sys/net/ipv6/conf/${dev}/keep_addr_on_down`;
  const up = `ip link set ${dev} up; ip route restore <${routes} 2>/dev/null; ip -6 route restore <${routes6} 2>/dev/null`;
  return {
    files: [routes, routes6, downed],
    keep: `ip route save dev ${dev} >${routes}
ip -6 route save dev ${dev} >${routes6} 2>/dev/null || true
{ cat ${setting} >${downed} && echo 1 >${setting}; } 2>/dev/null || echo >${downed}`,
    up,
    giveBack: `[ ! -f ${downed} ] || { ${up}; kept=$(cat ${downed}); [ -z "$kept" ] || echo "$kept" >${setting}; rm -f ${downed} ${routes} ${routes6}; }`,
  };
}
