import { formatMs } from '../../core/duration.ts';
import { addressOf } from '../address.ts';
import { nodeLossCost } from '../cost.ts';
import { basePriority, isStrict, owner } from '../election/member.ts';
import { placeOf, type Word } from '../word.ts';
import type { Defect } from './defect.ts';
import { apiElections } from '../election/election.ts';
import { alike, nodeOf, perInstance, placeIn, whoHolds } from './elections.ts';
import { stopsHaproxy } from './notify.ts';

/** Who gets the VIP, and how long it takes. */
export const electionDefects: readonly Defect[] = [
  {
    id: 'import-node-loss-slow',
    severity: 'warning',
    title: 'The loss of the VIP holder costs seconds',
    why: 'A backup waits for three missing advertisements and its skew. VRRP version 2 counts them in whole seconds; version 3 in steps of 10 ms.',
    check: (setup, ours) =>
      (stopsHaproxy(setup) ? [] : apiElections(setup)).flatMap((election) =>
        alike(
          election,
          (holder) => {
            const cost = nodeLossCost(holder, election);
            return cost.kind === 'bound' && cost.bound.upperMs > 2 * ours.nodeLossMs ? cost.bound : undefined;
          },
          ({ formula }) => formula,
        ).map((found) => {
          const { held } = found.holders[0];
          return {
            message: `the loss of the VIP holder takes up to ${formatMs(found.value.upperMs)} ${whoHolds(found)}; with k8s-ha ${formatMs(ours.nodeLossMs)}`,
            reason: `${found.value.formula}.`,
            suggestion:
              'Use VRRP version 3 with short adverts and real-time priority; k8s-ha computes them from failover.target.',
            position: placeOf(placeIn(held, held.instance.advertMs)),
          };
        }),
      ),
  },
  {
    id: 'import-same-priority',
    severity: 'warning',
    title: 'Nodes have the same priority',
    why: 'With a tie, whoever has the higher address wins, and two backups take over at the same moment after a loss: two holders until one hears the other.',
    check: (setup) =>
      perInstance(setup, (held, { members: all }) => {
        const same = all.filter((other) => basePriority(other) === basePriority(held));
        if (same.length < 2) return [];
        return [
          {
            message: `${same.length} nodes have priority ${basePriority(held)}`,
            reason: 'Their skews are equal: after a loss they take the VIP at the same moment.',
            suggestion: 'Give each node a priority of its own, 20 apart and near 254; k8s-ha does.',
            position: placeOf(placeIn(held, held.instance.priority)),
          },
        ];
      }),
  },
  {
    id: 'import-default-router-id',
    severity: 'warning',
    title: 'The virtual router id is the default of every tutorial',
    why: 'Another keepalived in the same network segment with the same id takes part in the election: VIPs come and go for no visible reason.',
    check: (setup) =>
      perInstance(setup, (held) =>
        held.instance.virtualRouterId?.value === 51
          ? [
              {
                message: 'the virtual router id is 51, the default of nearly every example',
                reason: 'A neighbour with the same id takes part in the election.',
                suggestion:
                  'Choose one that nobody in the segment has; k8s-ha derives it from the name of the cluster.',
                position: placeOf(held.instance.virtualRouterId.at),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-peer-is-itself',
    severity: 'warning',
    title: 'A node is its own unicast peer',
    why: 'It sends its adverts to itself and warns for ever that it received one from its own address.',
    check: (setup) =>
      perInstance(setup, ({ instance }, { members: all }) => {
        const own = instance.source && addressOf(instance.source.value);
        const peers = instance.peers.map(({ text }) => addressOf(text));
        // One list for all nodes without a source address: each is in its own list.
        const shared = !own && all.length > 1 && all.every((other) => sameList(other.instance.peers, instance.peers));
        const at = instance.peers.find((_, i) => (own ? peers[i] === own : shared));
        return at && (own ? peers.includes(own) : peers.length >= all.length)
          ? [
              {
                message: own
                  ? `the peer ${at.text} is the node itself`
                  : 'every node has the same peers, so each is its own peer',
                reason: 'keepalived warns with every advert: "received from remote host with our IP address".',
                suggestion: 'List only the other nodes; k8s-ha does.',
                position: placeOf(at),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-no-source-address',
    severity: 'info',
    title: 'Unicast without a source address',
    why: 'keepalived then takes the first address of the interface, which may be the VIP itself or another one; peers that check the source drop the adverts.',
    check: (setup) =>
      perInstance(setup, ({ instance }) => {
        const [at] = instance.peers;
        return at && !instance.source
          ? [
              {
                message: `${instance.name.text} has peers, and no unicast_src_ip`,
                reason: 'The kernel chooses the source, and the peers cannot check who sends.',
                suggestion: 'Set unicast_src_ip and check_unicast_src; k8s-ha does.',
                position: placeOf(at),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-preempts',
    severity: 'warning',
    title: 'A returning node takes the VIP back',
    why: 'Every return is one more failover, and a node that is only half up takes traffic before it can serve it.',
    check: (setup) =>
      perInstance(setup, (held) =>
        held.instance.nopreempt && held.instance.state?.value !== 'MASTER'
          ? []
          : [
              {
                message: held.instance.nopreempt
                  ? 'state MASTER cancels nopreempt'
                  : `${held.instance.name.text} takes the VIP back when its node returns`,
                reason: 'A repair or a reboot then costs two outages instead of one.',
                suggestion: 'Use state BACKUP and nopreempt on every node; k8s-ha does (failover.preempt).',
                position: placeOf(placeIn(held, held.instance.state)),
              },
            ],
      ),
  },
  {
    id: 'import-no-garp-refresh',
    severity: 'warning',
    title: 'The VIP is announced once',
    why: 'After a split has healed, clients that learned the other holder keep sending to it until their ARP entry ages out: minutes.',
    check: (setup) =>
      perInstance(setup, ({ instance, keepalived }) =>
        keepalived.garpRefresh || instance.garpRefresh
          ? []
          : [
              {
                message: `${instance.name.text} never announces the VIP again`,
                reason: 'Without garp_master_refresh, clients that a second holder drew away stay away.',
                suggestion: 'Set vrrp_garp_master_refresh and vrrp_higher_prio_send_advert; k8s-ha does.',
                position: placeOf(instance.name),
              },
            ],
      ),
  },
  {
    id: 'import-vips-in-one-instance',
    severity: 'info',
    title: 'Several VIPs in one instance',
    why: 'One node holds them all and takes all the traffic; a list that is changed node by node makes two holders (keepalived before 2.3.3).',
    check: (setup) =>
      perInstance(setup, ({ instance }) => {
        const second = instance.vips[1];
        return second
          ? [
              {
                message: `${instance.vips.length} VIPs are in one instance: one node takes all of them`,
                reason: 'The other nodes serve nothing, and all VIPs fail together.',
                suggestion: 'Give each VIP an instance of its own that prefers another node; k8s-ha does.',
                position: placeOf(second.at),
              },
            ]
          : [];
      }),
  },
  {
    id: 'import-address-owner',
    severity: 'warning',
    title: 'A node is the address owner',
    why: 'Priority 255, which state MASTER without a priority means too, is that of a node whose own address the VIP is. Its priority never changes, it always takes the VIP back, and two such nodes hold it both.',
    check: (setup) =>
      perInstance(setup, (held) =>
        basePriority(held) === owner
          ? [
              {
                message: `${nodeOf(held)} has priority 255: it is the address owner, and its checks' weights do nothing`,
                reason: held.instance.priority
                  ? 'keepalived leaves the priority of an address owner alone.'
                  : 'State MASTER without a priority means 255.',
                suggestion: 'Use priorities from 254 down; k8s-ha does.',
                position: placeOf(placeIn(held, held.instance.priority, held.instance.state)),
              },
            ]
          : [],
      ),
  },
  {
    id: 'import-vrrp-strict',
    severity: 'error',
    title: 'vrrp_strict keeps clients from the VIP',
    why: 'In strict mode keepalived drops what is sent to the VIP (a firewall rule on every holder that is not the address owner), ignores authentication, and refuses unicast.',
    check: (setup) =>
      perInstance(setup, (held) => {
        if (!isStrict(held) || basePriority(held) === owner) return [];
        const { instance, keepalived } = held;
        // With version 3, `accept` is allowed in strict mode.
        const accepts = instance.accept && (instance.version ?? keepalived.vrrpVersion)?.value === 3;
        const consequences = [
          ...(accepts ? [] : ['packets to the VIP are dropped']),
          ...(instance.password ? ['the password is ignored'] : []),
          ...(instance.unicast ? ['unicast peers are refused, and the instance with them'] : []),
        ];
        const at = instance.strict?.at ?? keepalived.strict;
        return consequences.length === 0 || !at
          ? []
          : [
              {
                message: `vrrp_strict: ${consequences.join(', ')}`,
                reason: accepts
                  ? 'Strict mode is the letter of the RFC.'
                  : 'A strict holder only forwards: a firewall rule drops what is for the VIP itself.',
                suggestion: 'Leave vrrp_strict out; k8s-ha does.',
                position: placeOf(at),
              },
            ];
      }),
  },
];

function sameList(a: readonly Word[], b: readonly Word[]): boolean {
  return a.length === b.length && a.every(({ text }, i) => text === b[i]?.text);
}
