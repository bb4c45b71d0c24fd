import { addressOf } from '../address.ts';
import { apiElections, vipsOf, type Split, type SplitKind } from '../election/election.ts';
import { advertMs, isVersion3, type Held } from '../election/member.ts';
import { formatMs } from '../../core/duration.ts';
import type { Setup } from '../setup.ts';
import { placeOf, type Word } from '../word.ts';
import type { Defect, Said } from './defect.ts';
import { nodeOf, placeIn } from './elections.ts';

/** What two nodes say of the thing that they disagree on, and where. */
interface Aspect {
  readonly kind: SplitKind;
  readonly id: Defect['id'];
  readonly title: string;
  readonly why: string;
  readonly value: (held: Held, other: Held) => string;
  readonly at: (held: Held) => Word;
  readonly reason: string;
  readonly fix: string;
  /** Where what follows depends on the version of keepalived. */
  readonly since?: string;
}

const aspects: readonly Aspect[] = [
  {
    kind: 'router-id',
    id: 'import-router-ids-differ',
    title: 'Nodes have different virtual router ids',
    why: 'A node takes part only in the election of its own router id: nodes with different ones do not see each other, and each of them holds the VIP.',
    value: ({ instance }) => `virtual_router_id ${instance.virtualRouterId?.value ?? 'not set'}`,
    at: (held) => placeIn(held, held.instance.virtualRouterId),
    reason: 'Adverts of another router id are another election.',
    fix: 'Give the instance one virtual_router_id on all nodes.',
  },
  {
    kind: 'advert',
    id: 'import-adverts-differ',
    title: 'Nodes have different advertisement intervals',
    why: 'VRRP version 2 drops adverts of another interval ("advertisement interval mismatch"): each node takes itself for alone and holds the VIP.',
    value: (held) => `advert_int ${formatMs(advertMs(held))}`,
    at: (held) => placeIn(held, held.instance.advertMs),
    reason: 'VRRP version 2 drops an advert whose interval is not its own.',
    fix: 'Set one advert_int on all nodes, or use version 3.',
  },
  {
    kind: 'authentication',
    id: 'import-authentication-differs',
    title: 'Nodes have different passwords or authentication types',
    why: 'A node drops adverts whose authentication is not its own ("received an invalid passwd"): each node holds the VIP. Only eight characters of a password count.',
    value: ({ instance }, { instance: other }) =>
      instance.authentication?.value === other.authentication?.value && instance.password
        ? 'a password of its own'
        : `auth_type ${instance.authentication?.value ?? 'not set'}`,
    at: (held) => placeIn(held, held.instance.password && { at: held.instance.password }, held.instance.authentication),
    reason: 'An advert with another password or type is dropped.',
    fix: 'Use one auth_type and one auth_pass on all nodes, or none: k8s-ha uses none.',
  },
  {
    kind: 'vips',
    id: 'import-vip-lists-differ',
    title: 'Nodes have different lists of VIPs',
    why: 'Before keepalived 2.3.3, a backup drops adverts that do not list the VIPs that it has ("received an unexpected ip number count"): it takes the VIPs too.',
    value: (held) => vipsOf(held).join(', ') || 'no VIP',
    at: (held) => placeIn(held, held.instance.vips[0]),
    reason: 'keepalived before 2.3.3 drops an advert whose addresses are not its own.',
    fix: 'List the same VIPs on all nodes; change them on all at the same time.',
    since: ' (before keepalived 2.3.3)',
  },
  {
    kind: 'peers',
    id: 'import-peers-incomplete',
    title: 'Nodes do not send to each other',
    why: 'With unicast, a node hears only those that list it. One that is left out hears nobody, and holds the VIP beside the others.',
    value: ({ instance }, other) =>
      instance.unicast
        ? `unicast_peer ${instance.peers.map(({ text }) => text).join(', ') || 'empty'}${
            other.instance.unicast ? '' : ', while the other speaks multicast'
          }`
        : 'multicast',
    at: ({ instance }) => instance.peers[0] ?? instance.name,
    reason: 'A node that gets no adverts takes itself for alone.',
    fix: "List every other node's unicast_src_ip in unicast_peer, on all nodes.",
  },
  {
    kind: 'version',
    id: 'import-versions-differ',
    title: 'Nodes speak different versions of VRRP',
    why: 'An advert of another version is dropped: each node holds the VIP.',
    value: (held) => `VRRP version ${isVersion3(held) ? 3 : 2}`,
    at: (held) => placeIn(held, held.instance.version, held.keepalived.vrrpVersion),
    reason: 'keepalived drops adverts of another version ("wrong version").',
    fix: 'Use version 3 on all nodes.',
  },
];

/** Nodes that do not accept each other's adverts: both hold the VIP. */
export const disagreementDefects: readonly Defect[] = [
  ...aspects.map(({ kind, id, title, why, value, at, reason, fix, since = '' }): Defect => ({
    id,
    severity: 'error',
    title,
    why,
    check: (setup: Setup) =>
      firstOfEach(setup, kind).map(({ a, b }): Said => ({
        message: `${nodeOf(a)} has ${value(a, b)}, ${nodeOf(b)} has ${value(b, a)}: both hold the VIP${since}`,
        reason,
        suggestion: `${fix}${/k8s-ha/.test(fix) ? '' : ' k8s-ha renders it for all from one file.'}`,
        position: placeOf(at(b)),
      })),
  })),
  {
    id: 'import-other-nodes-unknown',
    severity: 'info',
    title: "The other nodes' files were not given",
    why: 'Who takes over, when, and whether the nodes hear each other at all depends on all of their files.',
    check: (setup) =>
      apiElections(setup).flatMap(({ members }) => {
        const [held] = members;
        if (!held || members.length > 1) return [];
        const peers = held.instance.peers.flatMap(({ text }) => addressOf(text) ?? []);
        return [
          {
            message: `only one node's keepalived.conf has ${held.instance.name.text}: the others' were not given${
              peers.length > 0 ? ` (${peers.join(', ')})` : ''
            }`,
            reason: 'Bounds take any priority for possible there; whether the nodes agree is not judged.',
            suggestion: 'Give import the files of all nodes: a folder for each, or NODE=PATH.',
            position: placeOf(held.instance.name),
          },
        ];
      }),
  },
];

/** One pair for each election: the others say the same. */
function firstOfEach(setup: Setup, kind: SplitKind): Split[] {
  return apiElections(setup).flatMap(({ splits }) => splits.filter((split) => split.kind === kind).slice(0, 1));
}
