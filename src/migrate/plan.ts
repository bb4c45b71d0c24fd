import type { ClusterSpec } from '../cluster/spec.ts';
import { lacksSupplies } from '../act/rollout/supply.ts';
import { certificateStep } from '../observe/once/kubernetes/health-check.ts';
import { planNode } from '../plan/node.ts';
import { sha256 } from '../render/render.ts';
import { runtimeOf } from '../render/runtimes/index.ts';
import type { NodePlan } from '../plan/model.ts';
import type { Former } from './foreign/foreign.ts';
import { summaryOf } from './foreign/index.ts';
import { besideSet } from './beside.ts';
import type { MigrationPlan, MigrationStep, NodeView, Views } from './model.ts';
import {
  asRemembered,
  held,
  holdsByOurs,
  isAside,
  oldHaproxy,
  oldKeepalived,
  rememberedWith,
  runs,
  standsBeside,
  takesPart,
} from './view.ts';

/** The former HAProxy keeps its connections as long as our own after a reload. */
const quiet = 'connections through the old HAProxy last until they end, 10 minutes at most';
const noVip = 'clients: nothing, this node holds no VIP';

export function list(formers: readonly Former[]): string {
  return formers.map(summaryOf).join(', ');
}

export function step(
  node: string,
  kind: MigrationStep['kind'],
  parts: Pick<MigrationStep, 'does' | 'effect'> & Partial<MigrationStep>,
): MigrationStep {
  return { node, kind, former: [], beside: false, moves: false, shared: true, ...parts };
}

export function planOf(
  spec: ClusterSpec,
  { views }: Views,
  parts: Pick<MigrationPlan, 'direction' | 'steps' | 'incumbent' | 'handovers'>,
): MigrationPlan {
  return {
    cluster: spec.name,
    ...parts,
    remember: Object.fromEntries(views.map((view) => [view.node, rememberedWith(spec, view)])),
    // Where a container's processes are is no part of what was approved: one that was started again meanwhile is the same.
    hash: sha256(
      JSON.stringify([parts.direction, parts.steps], (key, value: unknown) => (key === 'handle' ? undefined : value)),
    ).slice(0, 12),
  };
}

/**
 * From somebody else's keepalived and HAProxy to ours, from what is seen now: what is done already is left out, so that an
 * interrupted run is finished by the next. The VIPs do not move: ours takes them on the node that holds them, beside the former
 * keepalived, when no former one runs on another node.
 */
export function planMigration(spec: ClusterSpec, all: Views): MigrationPlan {
  const { views, state } = all;
  const holders = views.filter((view) => held(spec, state, view) > 0);
  const incumbent = holders.toSorted(
    (a, b) => Number(holdsByOurs(b)) - Number(holdsByOurs(a)) || held(spec, state, b) - held(spec, state, a),
  )[0];
  const rest = views.filter((view) => view !== incumbent);
  const inOrder = [
    ...rest.filter((view) => !holders.includes(view)).toReversed(),
    ...rest.filter((view) => holders.includes(view)).toReversed(),
    ...(incumbent ? [incumbent] : []),
  ];
  const isBeside = (view: NodeView): boolean =>
    standsBeside(spec, view) || (holders.includes(view) && runs(oldKeepalived(view)));
  const changeOf = (view: NodeView): NodePlan | undefined =>
    planNode(isBeside(view) ? besideSet(spec, view.set) : view.set, view.seen, {
      state,
      vips: [],
      rekeyed: [],
      mayGetVip: false,
      joins: false,
      programs: runtimeOf(spec).programs,
      images: runtimeOf(spec).images(spec),
      certificateOf: (seen) => certificateStep(spec, seen),
    });
  const others = inOrder.filter((view) => view !== incumbent);
  const moving = others.filter((view) => holders.includes(view) && runs(oldKeepalived(view)));
  const steps = [
    ...inOrder.flatMap((view) => proxy(spec, view, isBeside(view), changeOf(view), holders.includes(view))),
    ...inOrder.flatMap((view) => aside(spec, view, isBeside(view))),
    ...others.flatMap((view) => silence(view, moving.includes(view) ? incumbent?.node : undefined)),
    ...(incumbent ? takeOver(spec, incumbent, isBeside(incumbent)) : []),
    ...others.filter((view) => !takesPart(spec, view)).map((view) => standBy(view, isBeside(view))),
  ];
  return planOf(spec, all, {
    direction: 'to-ours',
    steps,
    incumbent: incumbent?.node,
    handovers: moving.length,
  });
}

function proxy(
  spec: ClusterSpec,
  view: NodeView,
  beside: boolean,
  change: NodePlan | undefined,
  holder: boolean,
): readonly MigrationStep[] {
  const former = oldHaproxy(spec, view);
  const files = change !== undefined && (change.changes.length > 0 || lacksSupplies(change));
  if (!files && (change === undefined || change.haproxy === 'none') && former.length === 0) return [];
  const shared = view.foreign.ports.every(({ port, shared: can }) => port !== spec.endpoint.port || can);
  const reconnects = 'connections through this node are re-established, and for up to a second nothing listens';
  return [
    step(view.node, 'proxy', {
      beside,
      change,
      former: asRemembered(view, former),
      shared,
      does: [
        ...(change && change.packages.length > 0 ? [`install ${change.packages.join(', ')}`] : []),
        ...(change?.images ?? []).map(({ name }) => `get the image ${name}`),
        ...(change?.certificate ? [`${change.certificate} the client certificate of health checks`] : []),
        ...(files ? [`place ${change.changes.length} files`] : []),
        ...(former.length === 0
          ? ['start HAProxy']
          : shared
            ? [
                `start HAProxy beside ${list(former)}`,
                `disable ${list(former)}, and let it end when its connections have`,
              ]
            : [`stop and disable ${list(former)}, start HAProxy`]),
      ],
      effect: !holder || former.length === 0 ? noVip : `clients: ${shared ? `nothing; ${quiet}` : reconnects}`,
    }),
  ];
}

function aside(spec: ClusterSpec, view: NodeView, beside: boolean): readonly MigrationStep[] {
  const revision = (beside ? besideSet(spec, view.set) : view.set).keepalivedConfigRevision;
  if (takesPart(spec, view) || isAside(spec, view, revision) || (beside && holdsByOurs(view))) return [];
  return [
    step(view.node, 'aside', {
      beside,
      former: asRemembered(view, oldKeepalived(view)),
      does: [`start keepalived${beside ? ` beside ${list(oldKeepalived(view))}` : ''}, which takes no VIP yet`],
      effect: 'clients: nothing',
    }),
  ];
}

function silence(view: NodeView, successor: string | undefined): readonly MigrationStep[] {
  const former = oldKeepalived(view);
  if (former.length === 0) return [];
  return [
    step(view.node, 'silence', {
      former: asRemembered(view, former),
      moves: successor !== undefined,
      does: [`${runs(former) ? 'stop and ' : ''}disable ${list(former)}`],
      effect:
        successor === undefined
          ? noVip
          : `clients: one handover, as fast as the old keepalived is: its VIPs go to ${successor}, connections through this node are re-established`,
    }),
  ];
}

function takeOver(spec: ClusterSpec, view: NodeView, beside: boolean): readonly MigrationStep[] {
  const former = oldKeepalived(view);
  if (takesPart(spec, view) && former.length === 0) return [];
  return [
    step(view.node, 'take-over', {
      former: asRemembered(view, former),
      beside,
      does: [
        ...(former.length === 0 ? [] : [`let keepalived hold the VIPs beside ${list(former)}`]),
        ...(former.length === 0 ? [] : [`stop and disable ${list(former)}`]),
        'let keepalived hold the VIPs for good',
      ],
      effect:
        'clients: nothing, the VIPs stay on this node; from the step before to the end, a few seconds, no other node would take them if it failed',
    }),
  ];
}

function standBy({ node }: NodeView, beside: boolean): MigrationStep {
  return step(node, 'stand-by', { beside, does: ['be ready to take the VIPs'], effect: 'clients: nothing' });
}
