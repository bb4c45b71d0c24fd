import { formatMs } from '../../core/duration.ts';
import { checkFailureCost } from '../cost.ts';
import { sightOf, trackedBy, type Held, type Tracked } from '../watch.ts';
import type { Setup } from '../setup.ts';
import { placeOf } from '../word.ts';
import type { Defect, Said } from './defect.ts';
import { perInstance } from './election.ts';

function perCheck(setup: Setup, say: (tracked: Tracked, held: Held, all: readonly Held[]) => readonly Said[]): Said[] {
  return perInstance(setup, (held, all) =>
    trackedBy(held.instance, held.keepalived).flatMap((tracked) => say(tracked, held, all)),
  );
}

/** Whether there is a HAProxy at all: some set-ups have only the address. */
function served({ nodes }: Setup): boolean {
  return nodes.some(({ haproxy }) => haproxy !== undefined);
}

/** What keepalived looks at before it keeps the VIP. */
export const checkDefects: readonly Defect[] = [
  {
    id: 'import-no-check',
    severity: 'error',
    title: 'The VIP follows nothing',
    why: 'keepalived only notices a dead node. When HAProxy or the API server dies, the VIP stays where nobody answers.',
    check: (setup) =>
      perInstance(setup, (held) =>
        held.instance.tracks.length === 0 && !held.instance.tracksFile && !held.keepalived.tracksProcess
          ? [
              {
                message: `${held.instance.name.text} tracks nothing: a dead HAProxy keeps the VIP for ever`,
                reason: 'Only the loss of the whole node moves it.',
                suggestion: 'Track the local HAProxy; k8s-ha moves the VIP in the moment in which it dies.',
                position: placeOf(held.instance.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-haproxy-death-slow',
    severity: 'warning',
    title: "HAProxy's death costs seconds",
    why: 'The check must run, fail often enough, lower the priority, and a backup must then wait until it has heard nothing better for three adverts.',
    check: (setup, ours) =>
      perCheck(setup, (tracked, held, all) => {
        // A file that is tracked moves the VIP at once; the check then is for what the file cannot say.
        if (held.instance.tracksFile) return [];
        const cost = checkFailureCost(held, all, tracked);
        const at = placeOf(tracked.script.intervalMs?.at ?? tracked.script.name);
        if (!cost.known)
          return [
            {
              message: `when ${tracked.script.name.text} fails, the VIP never moves: ${cost.why}`,
              reason: `With k8s-ha it moves within ${formatMs(ours.haproxyKilledMs)}.`,
              suggestion: 'Use weight 0, so that a failed check is a fault; k8s-ha does.',
              position: placeOf(tracked.script.weight?.at ?? tracked.script.name),
            },
          ];
        return cost.bound.upperMs <= 2 * ours.haproxyKilledMs
          ? []
          : [
              {
                message: `${served(setup) ? "HAProxy's death" : `a failure that ${tracked.script.name.text} sees`} takes up to ${formatMs(cost.bound.upperMs)}; with k8s-ha ${formatMs(ours.haproxyKilledMs)}`,
                reason: `${cost.bound.formula}.`,
                suggestion: 'Let the service manager tell keepalived (track_file); k8s-ha does.',
                position: at,
              },
            ];
      }),
  },
  {
    id: 'import-check-blind-to-hang',
    severity: 'error',
    title: 'The check does not ask HAProxy anything',
    why: 'A process that is there, or a port that listens, is no answer: the kernel accepts connections for a HAProxy that hangs, and a pattern such as `grep 7443` matches any other program too. The VIP stays where nobody is served.',
    check: (setup, ours) =>
      perCheck(setup, ({ script }) =>
        sightOf(script, setup.files) === 'process'
          ? [
              {
                message: `${script.name.text} passes while ${served(setup) ? 'HAProxy' : 'the service'} hangs: the VIP never moves; with k8s-ha ${formatMs(ours.haproxyHungMs)}`,
                reason: /grep/.test(script.command?.text ?? '')
                  ? 'It looks for a number in a list of ports: any program with it matches, and a hung HAProxy still listens.'
                  : 'It looks whether a process is there, not whether it answers.',
                suggestion: 'Ask HAProxy itself with a time limit, as k8s-ha does on a loopback health page.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-check-follows-api',
    severity: 'warning',
    title: 'The VIP follows the API servers',
    why: 'Sick API servers are for HAProxy to take out. A VIP that follows them bounces when all are slow, and during bootstrap there is no VIP at all.',
    check: (setup) =>
      perCheck(setup, ({ script }) =>
        sightOf(script, setup.files) === 'api'
          ? [
              {
                message: `${script.name.text} asks the API server, not the local HAProxy`,
                reason: 'When every API server is slow, every node gives the VIP up in turn.',
                suggestion: 'Judge the local HAProxy only, and let HAProxy judge the API servers; k8s-ha does.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-check-not-given',
    severity: 'info',
    title: 'A check script that was not given',
    why: 'What it looks at decides what moves the VIP.',
    check: (setup) =>
      perCheck(setup, ({ script }) =>
        sightOf(script, setup.files) === 'unknown'
          ? [
              {
                message: `what ${script.command?.text ?? script.name.text} looks at is not known`,
                suggestion: 'Give import the script too, under the same name.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-script-security',
    severity: 'warning',
    title: 'Scripts run as root without script security',
    why: 'keepalived runs check scripts as root unless told otherwise, also such as another user can replace. `keepalived -t` ends with 6.',
    check: ({ nodes }) =>
      nodes.flatMap(({ keepalived }) => {
        const script = keepalived?.scripts.find(({ command }) => command);
        return !keepalived || keepalived.scriptSecurity || !script?.command
          ? []
          : [
              {
                message: 'check scripts run without enable_script_security',
                reason: 'They run as root, and nobody looks who may change them.',
                suggestion: 'Set enable_script_security and script_user nobody; k8s-ha does.',
                position: placeOf(script.command),
              },
            ];
      }),
  },
];
