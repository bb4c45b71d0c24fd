import { strangerMs } from '../../cluster/disruption.ts';
import { quote } from '../../core/command.ts';
import { burden } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { strangersAnnouncement } from '../means/stranger.ts';

const unit = 'k8s-ha-drill-stranger';
const times = Array.from({ length: strangerMs / 1000 }, (_, i) => i + 1);

export const addressTaken: Fault = {
  name: 'address-taken',
  summary: `a stranger in the segment says once a second, for ${strangerMs / 1000} s, that it has the VIP (ARP or NDP, by another hardware address)`,
  disruption: 'address-taken',
  part: 'address',
  lastsMs: strangerMs + 1000,
  available: () => `command -v socat >/dev/null || { echo 'socat is not installed'; exit 1; }`,
  inject: ({ vip, interface: device }) => ({
    shell: `systemctl reset-failed ${unit} 2>/dev/null || true
systemd-run --quiet --collect --unit=${unit} --property=RuntimeMaxSec=${strangerMs / 1000 + 5} /bin/sh -c ${quote(`for each in ${times.join(' ')}; do
    ${strangersAnnouncement(vip, device)}
    [ "$each" = ${times.length} ] || sleep 1
done`)}`,
    does: [burden('stranger', true)],
  }),
  // Clients learn the holder again by its own announcements.
  heal: () => ({ shell: `systemctl stop ${unit} 2>/dev/null || true`, does: [burden('stranger', false)] }),
};
