import { burden } from '../acts.ts';
import type { Fault } from '../fault.ts';

const unit = 'k8s-ha-drill-busy';
const lastsMs = 5000;

/** Loops for each processor: HAProxy gets one part in five of one. */
const loops = 4;

export const cpuStarved: Fault = {
  name: 'cpu-starved',
  summary: `other work asks for every processor of the VIP holder, ${loops} times over, with the weight of a system service`,
  disruption: 'cpu-starved',
  part: 'resources',
  lastsMs,
  // A unit that systemd ends, whatever becomes of the healing.
  inject: () => ({
    shell: `systemctl reset-failed ${unit} 2>/dev/null || true
systemd-run --quiet --collect --unit=${unit} --property=RuntimeMaxSec=${lastsMs / 1000 + 15} /bin/sh -c 'for i in $(seq $((${loops} * $(nproc)))); do while :; do :; done & done; wait'`,
    does: [burden('busy-processors', true)],
  }),
  heal: () => ({ shell: `systemctl stop ${unit} 2>/dev/null || true`, does: [burden('busy-processors', false)] }),
};
