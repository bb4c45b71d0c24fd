import type { InstanceConfig, KeepalivedConfig, ScriptConfig, TrackConfig } from '../keepalived/config.ts';
import type { SetupNode } from '../setup.ts';
import type { Word } from '../word.ts';

/** An instance on the node that runs it. */
export interface Held {
  readonly node: SetupNode;
  readonly keepalived: KeepalivedConfig;
  readonly instance: InstanceConfig;
}

export function instancesOf(nodes: readonly SetupNode[]): Held[] {
  return nodes.flatMap((node) => {
    const { keepalived } = node;
    return keepalived ? keepalived.instances.map((instance) => ({ node, keepalived, instance })) : [];
  });
}

/** The address owner: keepalived gives it no other priority, whatever it tracks. */
export const owner = 255;

/** The priority as it is said; without one, state MASTER means 255 and everything else 100. keepalived: vrrp_complete_instance. */
export function basePriority({ instance }: Held): number {
  return instance.priority?.value ?? (isMaster(instance) ? owner : 100);
}

function isMaster({ state }: InstanceConfig): boolean {
  return state?.value.toUpperCase() === 'MASTER';
}

/** Whether it leaves a lower VIP holder alone: `nopreempt` counts neither with state MASTER nor for the address owner. */
export function neverPreempts(held: Held): boolean {
  return held.instance.nopreempt && !isMaster(held.instance) && basePriority(held) !== owner;
}

export function isVersion3({ keepalived, instance }: Held): boolean {
  return (
    (instance.version ?? keepalived.vrrpVersion)?.value === 3 || instance.vips.some(({ value }) => value.includes(':'))
  );
}

/** VRRP version 2 counts in whole seconds: keepalived rounds. One second where nothing is said. */
export function advertMs(held: Held): number {
  const said = held.instance.advertMs?.value ?? 1000;
  return isVersion3(held) ? said : Math.max(1000, Math.round(said / 1000) * 1000);
}

export function isStrict({ keepalived, instance }: Held): boolean {
  const said = instance.strict?.value;
  return said === undefined ? keepalived.strict !== undefined : !/^(off|no|false)$/i.test(said);
}

/** A script that an instance tracks, with the weight that is in force. */
export interface Tracked {
  readonly script: ScriptConfig;
  readonly weight: number;
  readonly reverse: boolean;
  /** Where the instance or its group names it. */
  readonly at: Word;
}

/** Why keepalived takes no notice of something that is tracked. */
export type Ignored =
  | { readonly why: 'undefined' | 'defined-later'; readonly at: Word; readonly script?: ScriptConfig }
  | { readonly why: 'sync-group' | 'owner'; readonly at: Word; readonly script: ScriptConfig };

/** What an instance tracks: what counts, and what keepalived ignores. */
export interface Tracking {
  readonly counts: readonly Tracked[];
  readonly ignored: readonly Ignored[];
}

/** The scripts that an instance and its sync group track. keepalived: alloc_track_script, vrrp_complete_instance. */
export function trackingOf(held: Held): Tracking {
  const { instance, keepalived } = held;
  const group = syncGroupOf(held);
  const counts: Tracked[] = [];
  const ignored: Ignored[] = [];
  const take = ({ name, weight: own, reverse }: TrackConfig, ofGroup: boolean): void => {
    const script = keepalived.scripts.find((candidate) => candidate.name.text === name.text);
    if (!script) return void ignored.push({ why: 'undefined', at: name });
    if (!ofGroup && script.order > instance.order) return void ignored.push({ why: 'defined-later', at: name, script });
    const weight = own ?? script.weight?.value ?? 0;
    if (weight !== 0 && basePriority(held) === owner) return void ignored.push({ why: 'owner', at: name, script });
    if (weight !== 0 && group && !group.trackingWeight)
      return void ignored.push({ why: 'sync-group', at: name, script });
    counts.push({ script, weight, reverse, at: name });
  };
  for (const track of instance.tracks) take(track, false);
  for (const { name, weight } of group?.tracks ?? [])
    if (!counts.some(({ script }) => script.name.text === name.text)) take({ name, weight, reverse: false }, true);
  return { counts, ignored };
}

export function syncGroupOf({ instance, keepalived }: Held) {
  return keepalived.syncGroups.find(({ members }) => members.some(({ text }) => text === instance.name.text));
}

/** Priorities go from 1 to 254; 255 is the owner's. keepalived: vrrp_set_effective_priority. */
export function clamped(total: number): number {
  return Math.max(1, Math.min(owner - 1, total));
}

/** The sum that keepalived keeps, before it is clamped: with every check well, positive weights are added. */
export function healthyTotal(held: Held): number {
  return trackingOf(held).counts.reduce(
    // A reversed script that is well counts as one that fails.
    (total, { weight, reverse }) => total + (reverse ? -Math.max(0, weight) : Math.max(0, weight)),
    basePriority(held),
  );
}

export function healthyPriority(held: Held): number {
  const base = basePriority(held);
  return base === owner ? owner : clamped(healthyTotal(held));
}

/** The priority that is left when one of its scripts fails. */
export function failedPriority(held: Held, { weight, reverse }: Tracked): number {
  const change = reverse ? Math.abs(weight) : -Math.abs(weight);
  return clamped(healthyTotal(held) + change);
}
