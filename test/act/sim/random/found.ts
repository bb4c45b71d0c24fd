import type { Story } from './story.ts';

/** Stories that once went wrong, by what was wrong: they are lived through in every run. */
export const found: readonly Story[] = [
  // A node that was drained was asked to elect while it stood aside for another VIP.
  {
    draft: {
      machines: [2, 0, 1, 4],
      vips: [0, 1],
      routerId: 51,
      targetMs: 300,
      port: 8443,
      preempt: true,
      keep: false,
      fencing: false,
    },
    setUp: { kind: 'none' },
    events: [{ deed: { verb: 'change', to: { vips: [0, 2, 1] } }, hitch: { kind: 'abort', at: 19 } }],
  },
  // As above, by a visit that only took staged files away.
  {
    draft: {
      machines: [2, 5, 0],
      vips: [3, 0, 2],
      routerId: 51,
      targetMs: 2000,
      port: 8443,
      preempt: false,
      keep: false,
      fencing: true,
    },
    setUp: { kind: 'none' },
    events: [
      {
        deed: { verb: 'change', to: { routerId: 10 } },
        hitch: { kind: 'kill', at: 22, orphans: true, changesMind: true },
      },
      { deed: { verb: 'rollback' }, hitch: { kind: 'kill', at: 14, orphans: false, changesMind: true } },
    ],
  },
  // A node could not be restored, and the others took its VIPs by their previous virtual router ids.
  {
    draft: {
      machines: [3, 1],
      vips: [0, 1],
      routerId: 10,
      targetMs: 300,
      port: 8443,
      preempt: true,
      keep: false,
      fencing: true,
    },
    setUp: { kind: 'none' },
    events: [{ deed: { verb: 'change', to: { routerId: 51 } }, hitch: { kind: 'unreachable', at: 10, node: 1 } }],
  },
  // A first set-up failed on all nodes but one, which alone made the next one go node by node: fencing let no node elect.
  {
    draft: {
      machines: [1, 3, 4, 0],
      vips: [3],
      routerId: 200,
      targetMs: 500,
      port: 8443,
      preempt: false,
      keep: false,
      fencing: true,
    },
    setUp: { kind: 'unreachable', at: 17, node: 4 },
    events: [],
  },
  // VIPs changed places, and with them virtual router ids; levers named the places, so that nodes stood aside for the wrong VIP.
  {
    draft: {
      machines: [2, 1, 3],
      vips: [3, 2],
      routerId: 51,
      targetMs: 900,
      port: 8443,
      preempt: true,
      keep: false,
      fencing: false,
    },
    setUp: { kind: 'fault', fault: 'keepalived-silent', node: 4 },
    events: [
      { deed: { verb: 'change', to: { port: 8443 } }, hitch: { kind: 'abort', at: 21 } },
      {
        deed: { verb: 'change', to: { vips: [2, 3, 1] } },
        hitch: { kind: 'kill', at: 16, orphans: true, changesMind: false },
      },
    ],
  },
  // A node that stood aside restarted meanwhile, and stood aside no more.
  {
    draft: {
      machines: [5, 4, 0, 2],
      vips: [0],
      routerId: 10,
      targetMs: 2000,
      port: 7443,
      preempt: false,
      keep: false,
      fencing: true,
    },
    setUp: { kind: 'fault', fault: 'full', node: 0 },
    events: [{ deed: { verb: 'change', to: { vips: [2, 0] } }, hitch: { kind: 'restart', at: 20, node: 1 } }],
  },
  // A rollback to before a node joined: the others went back to files that did not know it, and both held the VIP.
  {
    draft: {
      machines: [1],
      vips: [0],
      routerId: 10,
      targetMs: 300,
      port: 7443,
      preempt: false,
      keep: false,
      fencing: false,
    },
    setUp: { kind: 'abort', at: 1 },
    events: [
      {
        deed: { verb: 'change', to: { machines: [0] } },
        hitch: { kind: 'kill', at: 7, orphans: false, changesMind: false },
      },
      { deed: { verb: 'rollback' }, hitch: { kind: 'kill', at: 8, orphans: false, changesMind: false } },
      { deed: { verb: 'apply' }, hitch: { kind: 'unreachable', at: 1, node: 0 } },
    ],
  },
  // So many nodes left at once that the last holder saw no majority of the previous members, and gave the VIP up.
  {
    draft: {
      machines: [0, 1, 2],
      vips: [0],
      routerId: 10,
      targetMs: 300,
      port: 7443,
      preempt: false,
      keep: false,
      fencing: false,
    },
    setUp: { kind: 'second', at: 1, frozen: false, breakLock: false },
    events: [
      { deed: { verb: 'change', to: { fencing: true } }, hitch: { kind: 'unreachable', at: 1, node: 0 } },
      { deed: { verb: 'change', to: { machines: [3, 0] } }, hitch: { kind: 'unreachable', at: 11, node: 0 } },
      { deed: { verb: 'change', to: { machines: [0] } }, hitch: { kind: 'none' } },
    ],
  },
];
