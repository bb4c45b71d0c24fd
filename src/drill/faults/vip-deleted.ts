import { nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const vipDeleted: Fault = {
  name: 'vip-deleted',
  summary: 'somebody deletes the VIP by hand on its holder',
  disruption: 'vip-deleted',
  part: 'address',
  inject: ({ vip, interface: dev }) => ({
    shell: `ip address del ${vip.address}/${vip.family === 'ipv4' ? 32 : 128} dev ${dev}`,
    does: [{ act: 'delete-address', address: vip.address }],
  }),
  heal: () => nothing,
};
