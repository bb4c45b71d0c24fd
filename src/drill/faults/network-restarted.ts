import { networkManagerFunction } from '../../node/network.ts';
import { burden } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** Those whose restart is no `ifdown`. */
const services = ['systemd-networkd', 'NetworkManager'] as const;

export const networkRestarted: Fault = {
  name: 'network-restarted',
  summary:
    'the network service of the VIP holder restarts: systemd-networkd or NetworkManager, whichever has the interface',
  disruption: 'network-restarted',
  part: 'network',
  available: ({ interface: dev }) => `${networkManagerFunction}case $(network_manager ${dev}) in
    ${services.join(' | ')}) ;;
    ifupdown) echo 'ifupdown takes the link down when it restarts: drill link-down instead'; exit 1 ;;
    *) echo 'neither systemd-networkd nor NetworkManager manages ${dev}'; exit 1 ;;
esac`,
  inject: ({ interface: dev }) => ({
    shell: `${networkManagerFunction}systemctl restart "$(network_manager ${dev})"`,
    does: [burden('network-restart', true)],
  }),
  // systemd has started it again; one that did not come up is started again.
  heal: () => ({
    shell: services.map((name) => `! systemctl is-failed --quiet ${name} || systemctl restart ${name}`).join('\n'),
    does: [burden('network-restart', false)],
  }),
};
