import { formatMs } from '../../core/duration.ts';
import { sightOf, type SightKind } from '../sight.ts';
import { placeOf } from '../word.ts';
import type { Defect } from './defect.ts';
import { perCheck, served } from './elections.ts';
import { stopsHaproxy } from './notify.ts';

const blindReason: Partial<Record<SightKind, string>> = {
  list: 'It looks for a port in a list of ports: any program with it matches, and a hung HAProxy still listens.',
  process: 'It looks whether a process is there, not whether it answers.',
  connects: 'It only opens a connection, and the kernel accepts it for a HAProxy that hangs.',
};

/** What keepalived looks at before it keeps the VIP. */
export const checkDefects: readonly Defect[] = [
  {
    id: 'import-check-blind-to-hang',
    severity: 'error',
    title: 'The check does not ask HAProxy anything',
    why: 'A process that is there, a port that listens, or a connection that opens is no answer: the kernel accepts connections for a HAProxy that hangs, and a pattern such as `grep 7443` matches any other program too. The VIP stays where nobody is served.',
    check: (setup, ours) =>
      perCheck(setup, ({ script }) => {
        const reason = blindReason[sightOf(script, setup).kind];
        return reason === undefined
          ? []
          : [
              {
                message: `${script.name.text} passes while ${served(setup) ? 'HAProxy' : 'the service'} hangs: the VIP stays where nobody is served; with k8s-ha it moves within ${formatMs(ours.haproxyHungMs)}`,
                reason,
                suggestion: 'Ask HAProxy itself with a time limit, as k8s-ha does on a loopback health page.',
                position: placeOf(script.command ?? script.name),
              },
            ];
      }),
  },
  {
    id: 'import-check-constant',
    severity: 'error',
    title: 'A check that never fails',
    why: 'A script that ends with 0 whatever it saw is a check in name only: the VIP follows nothing.',
    check: (setup) =>
      perCheck(setup, ({ script }) =>
        sightOf(script, setup).kind === 'constant'
          ? [
              {
                message: `${script.name.text} always succeeds: the VIP moves for nothing that it sees`,
                reason: 'Its last command succeeds, and no other can end it.',
                suggestion: "End the script with the check's own status; k8s-ha brings a check of its own.",
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-check-ignores-status',
    severity: 'warning',
    title: 'The check takes any answer for a good one',
    why: '`curl` without -f succeeds with every status: a 503 "no server is available" passes.',
    check: (setup) =>
      perCheck(setup, ({ script }) => {
        const { kind, ignoresStatus } = sightOf(script, setup);
        return ignoresStatus && kind !== 'constant'
          ? [
              {
                message: `${script.name.text} passes with any status: curl without -f takes a 503 for good`,
                reason: 'Only a connection that fails makes it fail.',
                suggestion: 'Use curl -f, or compare the status; k8s-ha does.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-check-follows-api',
    severity: 'warning',
    title: 'The VIP follows the API servers',
    why: 'Sick API servers are for HAProxy to take out. A VIP that follows them bounces when all are slow, and during bootstrap there is no VIP at all.',
    check: (setup) =>
      perCheck(setup, ({ script }) => {
        const { kind, throughProxy } = sightOf(script, setup);
        return kind === 'api'
          ? [
              {
                message: `${script.name.text} asks the API server${
                  throughProxy ? ' through HAProxy' : served(setup) ? ', and sees nothing of HAProxy' : ''
                }`,
                reason: 'When every API server is slow, every node gives the VIP up in turn.',
                suggestion: 'Judge the local HAProxy only, and let HAProxy judge the API servers; k8s-ha does.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-check-stops-keepalived',
    severity: 'warning',
    title: 'The check stops keepalived',
    why: 'A script that stops keepalived when HAProxy is gone moves the VIP, but the node takes no part in the election until somebody starts it again.',
    check: (setup) =>
      perCheck(setup, ({ script }) =>
        sightOf(script, setup).stopsKeepalived
          ? [
              {
                message: `${script.name.text} stops keepalived: the node does not come back by itself`,
                reason: 'After the second such failure, nobody is left to hold the VIP.',
                suggestion: 'Let the check fail with weight 0 instead; k8s-ha does.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-notify-stops-haproxy',
    severity: 'error',
    title: 'A notify command stops HAProxy',
    why: 'Where HAProxy runs only beside the VIP, a takeover waits for its start too, and a check of HAProxy fails on every backup: with weight 0 no backup can take over at all.',
    check: (setup) => {
      const found = stopsHaproxy(setup);
      return found
        ? [
            {
              message: `${found.kind} stops HAProxy: a takeover has to start it first`,
              reason: 'A backup has no HAProxy that a check could find well; bounds for a failover are not computed.',
              suggestion: 'Let HAProxy run on every node, without ip_nonlocal_bind: bind the wildcard; k8s-ha does.',
              position: placeOf(found.at),
            },
          ]
        : [];
    },
  },
  {
    id: 'import-check-not-given',
    severity: 'info',
    title: 'A check script that was not given',
    why: 'What it looks at decides what moves the VIP.',
    check: (setup) =>
      perCheck(setup, ({ script }) => {
        const { kind, given } = sightOf(script, setup);
        return kind === 'unknown' || !given
          ? [
              {
                message: `what ${script.command?.text ?? script.name.text} looks at is not known${
                  kind === 'unknown' ? '' : ' for sure: only its name says something'
                }`,
                suggestion: 'Give import the script too, under the same name.',
                position: placeOf(script.command ?? script.name),
              },
            ]
          : [];
      }),
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
