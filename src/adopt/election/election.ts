import { familyOf } from '../../core/ip.ts';
import { addressOf } from '../address.ts';
import type { Setup } from '../setup.ts';
import { advertMs, healthyPriority, instancesOf, isStrict, isVersion3, type Held } from './member.ts';

/** Instances of several nodes that are meant to be one election, whether or not they hear each other. */
export interface Election {
  readonly members: readonly Held[];
  /** What keeps them from hearing each other; empty where nothing in the files does. */
  readonly splits: readonly Split[];
}

export type SplitKind = 'router-id' | 'advert' | 'authentication' | 'vips' | 'peers' | 'version';

/** Two nodes that do not accept each other's adverts, and why. */
export interface Split {
  readonly kind: SplitKind;
  readonly a: Held;
  readonly b: Held;
}

/**
 * The elections of a set-up. Instances belong together that have a VIP in common, or one router id on one interface in one
 * family: names mean nothing between nodes.
 */
function electionsOf(members: readonly Held[]): Election[] {
  const groups = new Set<Held[]>();
  // Only instances that share a VIP, a router id or a name can belong together: others are never compared.
  const byKey = new Map<string, Set<Held[]>>();
  for (const held of members) {
    const keys = keysOf(held);
    const candidates = new Set(keys.flatMap((key) => [...(byKey.get(key) ?? [])]));
    const near = [...candidates].filter(
      (group) => groups.has(group) && group.some((other) => belongTogether(held, other)),
    );
    const [first = [], ...more] = near;
    first.push(held, ...more.flat());
    groups.add(first);
    for (const group of more) groups.delete(group);
    for (const key of first.length === 1 ? keys : first.flatMap(keysOf)) {
      const list = byKey.get(key) ?? new Set();
      byKey.set(key, list.add(first));
    }
  }
  return [...groups].map((group) => ({ members: group, splits: splitsOf(group) }));
}

function keysOf(held: Held): string[] {
  const { name, virtualRouterId } = held.instance;
  return [...vipsOf(held).map((vip) => `vip ${vip}`), `id ${virtualRouterId?.value ?? ''}`, `name ${name.text}`];
}

function belongTogether(a: Held, b: Held): boolean {
  if (a.node === b.node) return false;
  const vips = vipsOf(b);
  if (vipsOf(a).some((vip) => vips.includes(vip))) return true;
  const [x, y] = [a.instance, b.instance];
  // Without a VIP in common one name is as good a sign as one router id.
  const same = x.virtualRouterId?.value === y.virtualRouterId?.value && x.virtualRouterId !== undefined;
  const oneInterface = x.interface?.value === y.interface?.value;
  return (
    familyOfVips(a) === familyOfVips(b) &&
    ((same && oneInterface) || (x.name.text === y.name.text && (same || oneInterface)))
  );
}

/** The addresses of an instance, each in its one spelling: read once. */
export function vipsOf({ instance }: Held): readonly string[] {
  const known = ofInstance.get(instance);
  if (known) return known;
  const found = instance.vips.flatMap(({ value }) => addressOf(value) ?? []);
  ofInstance.set(instance, found);
  return found;
}

const ofInstance = new WeakMap<object, readonly string[]>();

/** What an advert lists: excluded addresses are not in it. */
function advertised({ instance }: Held): string {
  return instance.vips
    .filter(({ excluded }) => !excluded)
    .flatMap(({ value }) => addressOf(value) ?? value)
    .toSorted()
    .join(' ');
}

function familyOfVips(held: Held): string | undefined {
  const [vip] = vipsOf(held);
  return vip === undefined ? undefined : familyOf(vip);
}

function splitsOf(members: readonly Held[]): Split[] {
  return members.flatMap((a, i) => members.slice(i + 1).flatMap((b) => between(a, b)));
}

/** Why two nodes drop each other's adverts. keepalived: vrrp_check_packet, and the receiving socket's router id. */
function between(a: Held, b: Held): Split[] {
  if (a.node === b.node) return [];
  const found: SplitKind[] = [];
  const three = isVersion3(a) && isVersion3(b);
  if (a.instance.virtualRouterId?.value !== b.instance.virtualRouterId?.value) found.push('router-id');
  if (isVersion3(a) !== isVersion3(b)) found.push('version');
  else if (!three) {
    if (authenticationOf(a) !== authenticationOf(b)) found.push('authentication');
    // Version 3 has the interval in its adverts, and a backup takes it over.
    if (advertMs(a) !== advertMs(b)) found.push('advert');
  }
  if (advertised(a) !== advertised(b) && !(a.keepalived.skipsAddressCheck && b.keepalived.skipsAddressCheck))
    found.push('vips');
  if (deaf(a, b)) found.push('peers');
  return found.map((kind) => ({ kind, a, b }));
}

/** What counts of the authentication: eight characters of the password. Strict mode takes all of it away. */
function authenticationOf(held: Held): string {
  if (isStrict(held)) return '';
  const type = held.instance.authentication?.value.toUpperCase();
  if (held.instance.password === undefined && type === undefined) return '';
  return `${type ?? 'PASS'} ${held.instance.password?.text.slice(0, 8) ?? ''}`;
}

/** The one that would hold the VIP never speaks to the other, so that the other takes it too. */
function deaf(a: Held, b: Held): boolean {
  // A node hears unicast or multicast, never both: each has a socket of its own.
  if (a.instance.unicast !== b.instance.unicast) return true;
  if (!a.instance.unicast) return false;
  const [upper, lower] = healthyPriority(a) >= healthyPriority(b) ? [a, b] : [b, a];
  return lacks(upper, lower) || (healthyPriority(a) === healthyPriority(b) && lacks(lower, upper));
}

/** Whether `a` never speaks to `b`: only known where it is known which address `b` has. */
function lacks(a: Held, b: Held): boolean {
  const source = b.instance.source && addressOf(b.instance.source.value);
  const peers = a.instance.peers.map(({ text }) => addressOf(text));
  if (peers.length === 0) return true;
  return source !== undefined && peers.every((peer) => peer !== undefined) && !peers.includes(source);
}

/** Names that say that an instance carries something else than the API. */
const otherNames =
  /ingress|http|public|worker|(^|[^a-z])(dns|wan|nat|gw|db|ftp|nfs|vpn|smtp|ssh|lan)([^a-z]|$)|router|gateway|mysql|postgres|redis|mail|web|storage|registry/i;

export interface SortedInstances {
  readonly api: readonly Held[];
  /** Plainly something else's (an ingress, a router, DNS). */
  readonly others: readonly Held[];
  /** Nothing but their names speaks against them, and there are no others. */
  readonly doubtful: boolean;
}

/** The instances that carry the API's addresses, and those that carry something else's. */
export function sortedInstances({ nodes }: Pick<Setup, 'nodes'>): SortedInstances {
  const held = instancesOf(nodes);
  const bound = new Set(
    nodes.flatMap(({ haproxy }) => (haproxy?.api?.binds ?? []).flatMap(({ address }) => addressOf(address) ?? [])),
  );
  const boundOnes = held.filter((one) => vipsOf(one).some((vip) => bound.has(vip)));
  // An address that the API's frontend binds is the API's, whatever the instance is called.
  if (boundOnes.length > 0) {
    const sure = held.filter((one) => boundOnes.includes(one) || /api|kube|k8s/i.test(one.instance.name.text));
    return { api: sure, others: held.filter((one) => !sure.includes(one)), doubtful: false };
  }
  const others = held.filter(
    ({ instance: { name } }) => otherNames.test(name.text) && !/api|kube|k8s|control/i.test(name.text),
  );
  const api = held.filter((one) => !others.includes(one));
  return api.length > 0 || held.length === 0
    ? { api, others, doubtful: false }
    : { api: held, others: [], doubtful: true };
}

/** The API's elections: found once for a set-up, since every defect asks for them. */
export function apiElections(setup: Pick<Setup, 'nodes'>): readonly Election[] {
  const known = ofSetup.get(setup.nodes);
  if (known) return known;
  const found = electionsOf(sortedInstances(setup).api);
  ofSetup.set(setup.nodes, found);
  return found;
}

const ofSetup = new WeakMap<object, readonly Election[]>();
