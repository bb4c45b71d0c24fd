import { formatMs } from '../../core/duration.ts';
import { basePriority, nodeLossCost } from '../cost.ts';
import { addressOf, type Setup } from '../setup.ts';
import { sortedInstances, trackedBy, type Held } from '../watch.ts';
import { placeOf, type Word } from '../word.ts';
import type { Defect, Said } from './defect.ts';

/** The same instance on every node, by its name. */
function groupsOf({ nodes }: Setup): Held[][] {
  const held = sortedInstances(nodes).api;
  const names = [...new Set(held.map(({ instance }) => instance.name.text))];
  return names.map((name) => held.filter(({ instance }) => instance.name.text === name));
}

export function perInstance(setup: Setup, say: (held: Held, all: readonly Held[]) => readonly Said[]): Said[] {
  return groupsOf(setup).flatMap((all) => all.flatMap((held) => say(held, all)));
}

function wordOf({ instance }: Held, ...said: readonly ({ readonly at: Word } | undefined)[]): Word {
  return said.find((value) => value !== undefined)?.at ?? instance.name;
}

/** Who gets the VIP, and how long it takes. */
export const electionDefects: readonly Defect[] = [
  {
    id: 'import-node-loss-slow',
    severity: 'warning',
    title: 'The loss of the VIP holder costs seconds',
    why: 'A backup waits for three missing advertisements and its skew. VRRP version 2 counts them in whole seconds; version 3 in steps of 10 ms.',
    check: (setup, ours) =>
      perInstance(setup, (held, all) => {
        const cost = nodeLossCost(held, all);
        if (!cost.known || cost.bound.upperMs <= 2 * ours.nodeLossMs) return [];
        return [
          {
            message: `the loss of the VIP holder takes up to ${formatMs(cost.bound.upperMs)}; with k8s-ha ${formatMs(ours.nodeLossMs)}`,
            reason: `${cost.bound.formula}.`,
            suggestion:
              'Use VRRP version 3 with short adverts and real-time priority; k8s-ha computes them from failover.target.',
            position: placeOf(wordOf(held, held.instance.advertMs)),
          },
        ];
      }),
  },
  {
    id: 'import-same-priority',
    severity: 'warning',
    title: 'Nodes have the same priority',
    why: 'With a tie, whoever has the higher address wins, and two backups take over at the same moment after a loss: two holders until one hears the other.',
    check: (setup) =>
      perInstance(setup, (held, all) => {
        const same = all.filter((other) => basePriority(other) === basePriority(held));
        if (same.length < 2) return [];
        return [
          {
            message: `${same.length} nodes have priority ${basePriority(held)}`,
            reason: 'Their skews are equal: after a loss they take the VIP at the same moment.',
            suggestion: 'Give each node a priority of its own, 20 apart and near 254; k8s-ha does.',
            position: placeOf(wordOf(held, held.instance.priority)),
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
      perInstance(setup, ({ instance }, all) => {
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
                position: placeOf(wordOf(held, held.instance.state)),
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
    id: 'import-weight-under-nopreempt',
    severity: 'error',
    title: 'Weights under nopreempt',
    why: 'Under nopreempt a higher priority moves nothing: a check with a weight never takes the VIP from the holder.',
    check: (setup) =>
      perInstance(setup, ({ instance, keepalived }) =>
        instance.nopreempt
          ? trackedBy(instance, keepalived)
              .filter(({ weight }) => weight !== 0)
              .map(({ script, weight }) => ({
                message: `the check ${script.name.text} has weight ${weight}, which does nothing under nopreempt`,
                reason: 'The VIP stays on the node whose check fails.',
                suggestion: 'Use weight 0: a failed check is then a fault, and the VIP leaves; k8s-ha does.',
                position: placeOf(script.weight?.at ?? script.name),
              }))
          : [],
      ),
  },
];

function sameList(a: readonly Word[], b: readonly Word[]): boolean {
  return a.length === b.length && a.every(({ text }, i) => text === b[i]?.text);
}
