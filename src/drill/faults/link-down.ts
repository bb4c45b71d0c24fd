import { faultFile, type Fault } from '../fault.ts';

const routes = faultFile('link-down-routes');
const downed = faultFile('link-down');

export const linkDown: Fault = {
  name: 'link-down',
  summary: "the VIP holder's interface goes down; its own timer brings it up again, with its routes",
  disruption: 'link-down',
  severs: true,
  // The answer must get out before the link is gone.
  inject: ({ interface: dev }) => `ip route save dev ${dev} >${routes}
echo ${dev} >${downed}
(sleep 0.1; ip link set ${dev} down) >/dev/null 2>&1 </dev/null &`,
  heal: ({ interface: dev }) =>
    `[ ! -f ${downed} ] || { ip link set ${dev} up; ip route restore <${routes} 2>/dev/null; rm -f ${downed} ${routes}; }`,
};
