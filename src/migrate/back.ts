import type { ClusterSpec } from '../cluster/spec.ts';
import { of, type MigrationPlan, type MigrationStep, type NodeView, type Views } from './model.ts';
import { list, planOf, step } from './plan.ts';
import { held, oldKeepalived, rememberedWith, runs, standsBeside } from './view.ts';

/** Our keepalived runs, or would after a reboot. */
function ours({ seen }: NodeView): boolean {
  return seen.keepalived.active === 'active' || seen.keepalived.enabled;
}

/**
 * Back to what ran before, from what is seen now. The former keepalived starts on the node that holds the VIPs, where ours has
 * them on the loopback interface, and listens as long as it does; when it holds them too, ours ends everywhere, and then the
 * former ones start on the other nodes and hear it. The VIPs do not move, unless they are spread.
 */
export function planBack(spec: ClusterSpec, all: Views): MigrationPlan {
  const { views, state } = all;
  const formerOf = (view: NodeView, program: 'keepalived' | 'haproxy') =>
    rememberedWith(spec, view).filter((former) => of(program)(former) && former.active);
  const able = views.filter((view) => formerOf(view, 'keepalived').length > 0);
  const rank = (view: NodeView): number =>
    (runs(oldKeepalived(view)) ? 100 : 0) + (standsBeside(spec, view) ? 20 : 0) + held(spec, state, view);
  const incumbent = able.toSorted((a, b) => rank(b) - rank(a))[0];
  if (!incumbent) return planOf(spec, all, { direction: 'back', steps: [], incumbent: undefined, handovers: 0 });
  const others = views.filter((view) => view !== incumbent).toReversed();
  const holders = others.filter((view) => held(spec, state, view) > 0);
  const handedBack = runs(oldKeepalived(incumbent));
  const gathers = !handedBack && holders.length > 0;
  const former = formerOf(incumbent, 'keepalived');
  const steps: readonly MigrationStep[] = [
    ...(gathers
      ? [
          step(incumbent.node, 'gather', {
            moves: true,
            does: [`move the VIPs of ${holders.map(({ node }) => node).join(', ')} here`],
            effect: `clients: ${holders.length === 1 ? 'one planned handover' : `${holders.length} planned handovers`}; connections through ${holders.map(({ node }) => node).join(', ')} are re-established`,
          }),
        ]
      : []),
    ...(ours(incumbent) && !handedBack
      ? [
          step(incumbent.node, 'hand-back', {
            former,
            beside: true,
            does: [`start and enable ${list(former)} beside keepalived of k8s-ha, and let it hold the VIPs too`],
            effect: 'clients: nothing, the VIPs stay on this node',
          }),
        ]
      : []),
    ...[...others, incumbent].filter(ours).map((view) =>
      step(view.node, 'retire', {
        beside: view === incumbent,
        does: ['stop keepalived of k8s-ha'],
        effect:
          view === incumbent
            ? 'clients: nothing; until the former ones run on the other nodes again, these do not take the VIPs'
            : 'clients: nothing, this node holds no VIP',
      }),
    ),
    ...others.flatMap((view) => {
      const back = formerOf(view, 'keepalived');
      const running = oldKeepalived(view);
      if (back.length === 0 || (runs(running) && running.every(({ restart }) => restart !== ''))) return [];
      return [
        step(view.node, 'rejoin', {
          former: back,
          does: [`start and enable ${list(back)}`],
          effect: "clients: nothing, unless that keepalived's own priorities move a VIP to this node",
        }),
      ];
    }),
    ...[...others, incumbent].flatMap((view) => {
      const back = formerOf(view, 'haproxy');
      const mine = view.seen.files.length > 0 || view.seen.haproxy.active === 'active';
      if (!mine && view.foreign.remembered.length === 0) return [];
      return [
        step(view.node, 'proxy-back', {
          former: back,
          does: [
            ...(back.length === 0 ? [] : [`start and enable ${list(back)}`]),
            'let HAProxy of k8s-ha end when its connections have, remove its files',
          ],
          effect:
            view === incumbent
              ? 'clients: nothing; connections through HAProxy of k8s-ha last until they end, 10 minutes at most'
              : 'clients: nothing, this node holds no VIP',
        }),
      ];
    }),
  ];
  return planOf(spec, all, {
    direction: 'back',
    steps,
    incumbent: incumbent.node,
    handovers: gathers ? holders.length : 0,
  });
}
