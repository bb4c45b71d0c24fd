import { formatMs } from '../../core/duration.ts';
import { checkFailureCost } from '../cost.ts';
import { apiElections, type Election } from '../election/election.ts';
import {
  basePriority,
  neverPreempts,
  owner,
  syncGroupOf,
  trackingOf,
  type Held,
  type Ignored,
  type Tracked,
} from '../election/member.ts';
import { sightOf } from '../sight.ts';
import type { Setup } from '../setup.ts';
import { placeOf } from '../word.ts';
import type { Defect, Said } from './defect.ts';
import { alike, checksOf, nodeOf, perCheck, perInstance, served, whileHeld, whoHolds } from './elections.ts';
import { stopsHaproxy } from './notify.ts';

const ignoredReason: Readonly<Record<Ignored['why'], string>> = {
  undefined: 'no vrrp_script has that name, so keepalived ignores the line ("track script not found")',
  'defined-later':
    'its vrrp_script stands after the instance, and keepalived knows only what it has read ("not found")',
  'sync-group': 'the instance is in a sync group without sync_group_tracking_weight, where weights are ignored',
  owner: `priority ${owner} is the address owner's, whose weights are ignored`,
};

/** What moves the VIP when HAProxy fails, and what does not. */
export const trackingDefects: readonly Defect[] = [
  {
    id: 'import-no-check',
    severity: 'error',
    title: 'The VIP follows nothing',
    why: 'keepalived only notices a dead node. When HAProxy or the API server dies, the VIP stays where nobody answers.',
    check: (setup) =>
      perInstance(setup, (held) => {
        const { instance, keepalived } = held;
        const { counts, ignored } = trackingOf(held);
        return counts.length + ignored.length === 0 &&
          !instance.tracksFile &&
          !instance.tracksProcess &&
          !keepalived.tracksProcess
          ? [
              {
                message: `${instance.name.text} tracks ${instance.tracksInterface ? 'only interfaces' : 'nothing'}: a dead HAProxy keeps the VIP for ever`,
                reason: 'Only the loss of the whole node moves it.',
                suggestion: 'Track the local HAProxy; k8s-ha moves the VIP in the moment in which it dies.',
                position: placeOf(instance.name),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-track-undefined',
    severity: 'error',
    title: 'A check that keepalived does not find',
    why: 'keepalived looks a tracked script up when it reads the instance: one that is not defined, or defined further down, is ignored with a line in the log. The VIP then follows nothing.',
    check: (setup) =>
      perInstance(setup, (held) =>
        trackingOf(held)
          .ignored.filter(({ why }) => why === 'undefined' || why === 'defined-later')
          .map(({ why, at }) => ({
            message: `${held.instance.name.text} tracks ${at.text}, which keepalived ignores: the VIP does not follow it`,
            reason: `${sentence(ignoredReason[why])}.`,
            suggestion:
              why === 'undefined'
                ? 'Define the vrrp_script, above the instance; k8s-ha does.'
                : 'Move the vrrp_script above the instance; k8s-ha does.',
            position: placeOf(at),
          })),
      ),
  },
  {
    id: 'import-weight-ignored',
    severity: 'error',
    title: 'A check whose weight keepalived ignores',
    why: 'In a sync group, and for priority 255, keepalived drops scripts that are tracked with a weight: they move nothing.',
    check: (setup) =>
      perInstance(setup, (held) =>
        trackingOf(held).ignored.flatMap((ignored) =>
          ignored.why === 'sync-group' || ignored.why === 'owner'
            ? [
                {
                  message: `when ${ignored.at.text} fails on ${nodeOf(held)}, the VIP never moves for it: its weight is ignored`,
                  reason: `${sentence(ignoredReason[ignored.why])}.`,
                  suggestion: 'Use weight 0, so that a failed check is a fault; k8s-ha does.',
                  position: placeOf(ignored.at),
                },
              ]
            : [],
        ),
      ),
  },
  {
    id: 'import-vip-never-moves',
    severity: 'error',
    title: 'A failed check that moves nothing',
    why: 'A weight moves the VIP only when it brings the holder below another node. Priorities end at 254 and at 1, so a sum beyond that does not count.',
    check: (setup) =>
      perScript(setup, (name, trackedOf, election) =>
        alike(
          election,
          (holder) => {
            const tracked = trackedOf(holder.held);
            if (!tracked) return undefined;
            const cost = checkFailureCost(holder, election, tracked);
            // The last node has nobody to give the VIP to; a script that stops keepalived moves it in its own way.
            return cost.kind === 'never' && holder.others.length > 0 && !sightOf(tracked.script, setup).stopsKeepalived
              ? { why: cost.why, tracked, held: holder.held }
              : undefined;
          },
          ({ why }) => why,
        ).map((found) => {
          const { why, tracked, held } = found.value;
          return {
            message: `when ${name} fails ${whoHolds(found)}, the VIP never moves: ${why}`,
            reason: tracked.reverse
              ? '`reverse` turns success and failure round.'
              : `Its priority is ${basePriority(held)}, the check's weight ${tracked.weight}.`,
            suggestion: tracked.reverse
              ? 'Leave `reverse` out, and use weight 0; k8s-ha does.'
              : 'Use weight 0, so that a failed check is a fault; k8s-ha does.',
            position: placeOf(tracked.script.weight?.at ?? tracked.at),
          };
        }),
      ),
  },
  {
    id: 'import-haproxy-death-slow',
    severity: 'warning',
    title: "HAProxy's death costs seconds",
    why: 'The check must run, fail often enough, lower the priority, and a backup must then wait until it has heard nothing better for three adverts.',
    check: (setup, ours) =>
      stopsHaproxy(setup)
        ? []
        : perScript(setup, (name, trackedOf, election) =>
            alike(
              election,
              (holder) => {
                const tracked = trackedOf(holder.held);
                // A file that is tracked moves the VIP at once; the check then is for what the file cannot say.
                if (!tracked || holder.held.instance.tracksFile || !seesDeath(tracked, setup)) return undefined;
                const cost = checkFailureCost(holder, election, tracked);
                return cost.kind === 'bound' && cost.bound.upperMs > 2 * ours.haproxyKilledMs
                  ? { bound: cost.bound, tracked }
                  : undefined;
              },
              ({ bound }) => bound.formula,
            ).map((found) => ({
              message: `${served(setup) ? "HAProxy's death" : `a failure that ${name} sees`} takes up to ${formatMs(found.value.bound.upperMs)} ${whoHolds(found)}; with k8s-ha ${formatMs(ours.haproxyKilledMs)}`,
              reason: `${found.value.bound.formula}.`,
              suggestion: 'Let the service manager tell keepalived (track_file); k8s-ha does.',
              position: placeOf(found.value.tracked.script.intervalMs?.at ?? found.value.tracked.script.name),
            })),
          ),
  },
  {
    id: 'import-weight-unknown-effect',
    severity: 'warning',
    title: 'Whether a failed check moves the VIP depends on files that were not given',
    why: 'A weight moves the VIP only to a node whose priority then is the higher one.',
    check: (setup) =>
      perCheck(setup, (tracked, holder, election) => {
        const cost = checkFailureCost(holder, election, tracked);
        return cost.kind === 'unknown' && election.splits.length === 0
          ? [
              {
                message: `when ${tracked.script.name.text} fails ${whileHeld(holder)}, ${cost.why}`,
                reason: "The other nodes' priorities are in files that were not given.",
                suggestion: 'Give import the files of all nodes, or use weight 0, which needs no comparison.',
                position: placeOf(tracked.script.weight?.at ?? tracked.at),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-weight-under-nopreempt',
    severity: 'error',
    title: 'Weights under nopreempt',
    why: 'Under nopreempt a higher priority moves nothing: a check with a weight never takes the VIP from the holder.',
    check: (setup) =>
      perInstance(setup, (held, { members }) =>
        neverPreempts(held) && members.filter((other) => other !== held).every(neverPreempts)
          ? trackingOf(held)
              .counts.filter(({ weight, script }) => weight !== 0 && !sightOf(script, setup).stopsKeepalived)
              .map(({ script, weight }) => ({
                message: `the check ${script.name.text} has weight ${weight}, which does nothing under nopreempt`,
                reason: 'The VIP stays on the node whose check fails.',
                suggestion: 'Use weight 0: a failed check is then a fault, and the VIP leaves; k8s-ha does.',
                position: placeOf(script.weight?.at ?? script.name),
              }))
          : [],
      ),
  },
  {
    id: 'import-sync-member-unknown',
    severity: 'error',
    title: 'A sync group names an instance that does not exist',
    why: 'keepalived drops the name, and a group with fewer than two instances is dropped as a whole: what should move together does not.',
    check: (setup) =>
      setup.nodes.flatMap(({ keepalived }) =>
        (keepalived?.syncGroups ?? []).flatMap((group) =>
          group.members
            .filter(({ text }) => !keepalived?.instances.some(({ name }) => name.text === text))
            .map((member) => ({
              message: `the sync group ${group.name.text} names ${member.text}, which is no vrrp_instance`,
              reason: 'keepalived ignores the name; a group of one does nothing.',
              suggestion: 'Name the instance as it is called; k8s-ha needs no sync groups.',
              position: placeOf(member),
            })),
        ),
      ),
  },
  {
    id: 'import-sync-group',
    severity: 'info',
    title: 'Instances in a sync group',
    why: "A sync group moves its instances together. k8s-ha's VIPs move each for itself, so that nodes share the load.",
    check: (setup) =>
      apiElections(setup).flatMap(({ members }) =>
        members.flatMap((held) => {
          const group = syncGroupOf(held);
          return group
            ? [
                {
                  message: `the sync group ${group.name.text} is not carried over: each VIP moves for itself`,
                  suggestion: 'Nothing to do for the API; keep other instances in a keepalived of their own.',
                  position: placeOf(group.name),
                },
              ]
            : [];
        }),
      ),
  },
];

/** Asks of every script of every election, by its name. */
function perScript(
  setup: Setup,
  say: (name: string, trackedOf: (held: Held) => Tracked | undefined, election: Election) => readonly Said[],
): Said[] {
  return apiElections(setup).flatMap((election) =>
    [...checksOf(election)].flatMap(([name, trackedOf]) => say(name, trackedOf, election)),
  );
}

/** Whether a check fails when HAProxy dies, so that what follows is the cost of its death. */
function seesDeath({ script }: Tracked, setup: Setup): boolean {
  const { kind, stopsKeepalived, throughProxy } = sightOf(script, setup);
  return kind !== 'constant' && !stopsKeepalived && (kind !== 'api' || throughProxy || !served(setup));
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
