import { flappingMs } from '../../cluster/disruption.ts';
import { quote } from '../../core/command.ts';
import { afterTheAnswer } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { keptLink } from '../means/link.ts';

const unit = 'k8s-ha-drill-flapping';
const eachS = 2;
const times = Array.from({ length: Math.ceil(flappingMs / 1000 / eachS / 2) }, (_, i) => i + 1);

export const linkFlapping: Fault = {
  name: 'link-flapping',
  summary: `the VIP holder's interface goes down and up again every ${eachS} s, for ${flappingMs / 1000} s`,
  disruption: 'link-flapping',
  part: 'network',
  severs: true,
  lastsMs: flappingMs + 1000,
  // By a unit, which goes on while nobody can reach the node, and which systemd ends.
  inject: ({ interface: dev }) => {
    const { keep, up, files } = keptLink('link-flapping', dev);
    const loop = `PATH="$PATH:/usr/sbin:/sbin"
${afterTheAnswer}
for each in ${times.join(' ')}; do
    ip link set ${dev} down; sleep ${eachS}
    ${up}
    [ "$each" = ${times.length} ] || sleep ${eachS}
done`;
    return {
      shell: `${keep}
systemctl reset-failed ${unit} 2>/dev/null || true
systemd-run --quiet --collect --unit=${unit} --property=RuntimeMaxSec=${flappingMs / 1000 + 5} /bin/sh -c ${quote(loop)}`,
      does: [{ act: 'link', up: false, files }],
    };
  },
  heal: ({ interface: dev }) => {
    const { giveBack, files } = keptLink('link-flapping', dev);
    return {
      shell: `systemctl stop ${unit} 2>/dev/null
${giveBack}`,
      does: [{ act: 'link', up: true, files }],
    };
  },
};
