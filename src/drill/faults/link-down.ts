import type { Fault } from '../fault.ts';
import { keptLink } from '../link.ts';

export const linkDown: Fault = {
  name: 'link-down',
  summary: "the VIP holder's interface goes down; its own timer brings it up again, with its routes",
  disruption: 'link-down',
  part: 'network',
  severs: true,
  // The answer must get out before the link is gone.
  inject: ({ interface: dev }) => {
    const { keep, files } = keptLink('link-down', dev);
    return {
      shell: `${keep}
(sleep 0.1; ip link set ${dev} down) >/dev/null 2>&1 </dev/null &`,
      does: [{ act: 'link', up: false, files }],
    };
  },
  heal: ({ interface: dev }) => {
    const { giveBack, files } = keptLink('link-down', dev);
    return { shell: giveBack, does: [{ act: 'link', up: true, files }] };
  },
};
