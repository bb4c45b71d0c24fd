import { pausedMs } from '../../cluster/disruption.ts';
import { quote } from '../../core/command.ts';
import { units } from '../../node/paths.ts';
import { afterTheAnswer, faultFile, nftInstalled } from '../acts.ts';
import type { Fault } from '../fault.ts';

const others = faultFile('node-paused');

/**
 * A machine that stands still answers nothing, not even ARP: at the device, both ways in the same moment, because an advert that
 * still gets out would have the others wait anew while clients wait already. Where nft cannot drop what is sent (before Linux 5.16),
 * what comes in is dropped alone, and the kernel sends again by itself.
 */
function silence(device: string): string {
  const load = (ways: readonly ('ingress' | 'egress')[]): string =>
    `echo 'table netdev k8s_ha_drill {${ways.map((way) => ` chain ${way} { type filter hook ${way} device "${device}" priority 0; policy drop; }`).join('')} }' | nft -f - 2>/dev/null`;
  return `${load(['ingress', 'egress'])} || ${load(['ingress'])}`;
}

/** When the process was started: another one may have its id by then. */
const started = `cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null`;

const services = `${units.keepalived} ${units.haproxy}`;

const goOn = `if [ -f ${others} ]; then
    nft delete table netdev k8s_ha_drill 2>/dev/null
    systemctl kill -s CONT --kill-who=all ${services}
    while read -r pid began; do
        [ "$(${started})" != "$began" ] || kill -CONT "$pid"
    done <${others}
    rm -f ${others}
fi`;

export const nodePaused: Fault = {
  name: 'node-paused',
  summary: `the VIP holder stands still for ${pausedMs / 1000} s and goes on as if nothing had been, as after a live migration`,
  disruption: 'node-paused',
  part: 'node',
  severs: true,
  lastsMs: pausedMs + 1000,
  available: () => nftInstalled,
  // All that takes part stands still; systemd does not, and lets it go on.
  inject: ({ spec, interface: device }) => ({
    shell: `ss -Htlnp 'sport = :${spec.apiServer.port} or sport = :${spec.etcd.peerPort}' | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u | while read -r pid; do
    echo "$pid $(${started})"
done >${others}
systemd-run --quiet --collect --property=RuntimeMaxSec=${pausedMs / 1000 + 5} /bin/sh -c ${quote(`PATH="$PATH:/usr/sbin:/sbin"
${afterTheAnswer}
${silence(device)}
while read -r pid began; do kill -STOP "$pid"; done <${others}
systemctl kill -s STOP --kill-who=all ${services}
sleep ${pausedMs / 1000}
${goOn}`)}`,
    does: [{ act: 'pause', forMs: pausedMs }],
  }),
  heal: () => ({ shell: goOn, does: [{ act: 'go-on' }] }),
};
