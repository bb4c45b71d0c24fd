import { afterTheAnswer } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { keptLink } from '../means/link.ts';

export const linkDown: Fault = {
  name: 'link-down',
  summary: "the VIP holder's interface goes down; its own timer brings it up again, with its routes",
  disruption: 'link-down',
  part: 'network',
  severs: true,
  inject: ({ interface: dev }) => {
    const { keep, files } = keptLink('link-down', dev);
    return {
      shell: `${keep}
(${afterTheAnswer}; ip link set ${dev} down) >/dev/null 2>&1 </dev/null &`,
      does: [{ act: 'link', up: false, files }],
    };
  },
  heal: ({ interface: dev }) => {
    const { giveBack, files } = keptLink('link-down', dev);
    return { shell: giveBack, does: [{ act: 'link', up: true, files }] };
  },
};
