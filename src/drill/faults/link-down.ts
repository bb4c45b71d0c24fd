import { faultFile } from '../acts.ts';
import type { Fault } from '../fault.ts';

const routes = faultFile('link-down-routes');
const routes6 = faultFile('link-down-routes6');
const downed = faultFile('link-down');
const files = [routes, routes6, downed];

function keep(dev: string): string {
  return `/proc/sys/net/ipv6/conf/${dev}/keep_addr_on_down`;
}

export const linkDown: Fault = {
  name: 'link-down',
  summary: "the VIP holder's interface goes down; its own timer brings it up again, with its routes",
  disruption: 'link-down',
  severs: true,
  // The answer must get out before the link is gone. IPv6 addresses would go with it, as they do not when a cable is pulled.
  inject: ({ interface: dev }) => ({
    shell: `ip route save dev ${dev} >${routes}
ip -6 route save dev ${dev} >${routes6} 2>/dev/null || true
{ cat ${keep(dev)} >${downed} && echo 1 >${keep(dev)}; } 2>/dev/null || echo >${downed}
(sleep 0.1; ip link set ${dev} down) >/dev/null 2>&1 </dev/null &`,
    does: [{ act: 'link', up: false, files }],
  }),
  heal: ({ interface: dev }) => ({
    shell: `[ ! -f ${downed} ] || { ip link set ${dev} up; ip route restore <${routes} 2>/dev/null; ip -6 route restore <${routes6} 2>/dev/null; kept=$(cat ${downed}); [ -z "$kept" ] || echo "$kept" >${keep(dev)}; rm -f ${downed} ${routes} ${routes6}; }`,
    does: [{ act: 'link', up: true, files }],
  }),
};
