import type { FindingEntries } from './entry.ts';

/** Drills and soaks. */
export const drillFindings = {
  'not-healthy': {
    severity: 'error',
    title: 'The cluster is not healthy, so nothing is broken on purpose',
    why: 'A drill on top of a fault could make a real outage, and would measure nothing.',
    remedy: 'Fix what follows this finding; `k8s-ha status FILE` shows the same. Then run the drill again.',
  },
  'drill-not-run': {
    severity: 'error',
    title: 'A drill was not run',
    why: 'The fault cannot be injected or healed as things are. Nothing was broken, and nothing was measured.',
    remedy: 'Fix what the message names, or choose another fault: `k8s-ha drill FILE --list`.',
  },
  'power-failed': {
    severity: 'error',
    title: 'A power command of your own failed',
    why: 'If it was the one that gives the power back, the node is still off.',
    remedy: 'Run the command of the message by hand and check that the node is on: `k8s-ha status FILE`.',
  },
  'ca-unreadable': {
    severity: 'error',
    title: "The cluster's CA cannot be read from a node",
    why: 'Without it no answer could be trusted to come from the API, so nothing was measured.',
    remedy: 'On the node, check `ls -l /etc/kubernetes/pki/ca.crt`. If the file is elsewhere, set `apiServer.caFile`.',
  },
  'soak-failed': {
    severity: 'error',
    title: 'A node could not be loaded or measured',
    why: 'Without figures of every node it is unknown how long these hosts stand still, and which target they can hold.',
    remedy:
      'The message quotes what the node said: mostly that `systemd-run` or `journalctl` failed there. Fix that, then run `k8s-ha soak FILE` again.',
  },
} satisfies FindingEntries;
