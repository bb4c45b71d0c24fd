import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import { leverName, yieldFile } from '../node/paths.ts';
import type { Former } from './foreign/foreign.ts';
import { besideSet } from './beside.ts';
import { of, same, type NodeView } from './model.ts';

/** Former keepalived that runs, or would come back by itself. */
export function oldKeepalived({ foreign }: NodeView): readonly Former[] {
  return foreign.found.filter(of('keepalived'));
}

/** Former HAProxy that listens on our port. */
export function oldHaproxy(spec: ClusterSpec, { foreign }: NodeView): readonly Former[] {
  return foreign.found.filter(
    (former) =>
      of('haproxy')(former) && foreign.ports.some(({ port, by }) => port === spec.endpoint.port && by === former.id),
  );
}

export function runs(formers: readonly Former[]): boolean {
  return formers.some(({ active }) => active);
}

function leversOf(spec: ClusterSpec, { seen }: NodeView): readonly boolean[] {
  return spec.endpoint.virtualIPs.map(({ address }) => seen.levers[leverName(yieldFile(address))] !== undefined);
}

/** The running keepalived of ours has read the file that these sets have. */
function hasRead({ seen }: NodeView, revision: string): boolean {
  return seen.keepalived.active === 'active' && seen.keepalivedConfig.known && seen.keepalivedConfig.value === revision;
}

/** Our keepalived elects on the node, and does after a reboot. */
export function takesPart(spec: ClusterSpec, view: NodeView): boolean {
  return (
    hasRead(view, view.set.keepalivedConfigRevision) &&
    view.seen.keepalived.enabled &&
    !leversOf(spec, view).includes(true)
  );
}

/** Our keepalived has its VIPs on the loopback interface. */
export function standsBeside(spec: ClusterSpec, view: NodeView): boolean {
  return hasRead(view, besideSet(spec, view.set).keepalivedConfigRevision);
}

export function holdsByOurs({ seen }: NodeView): boolean {
  return seen.instances.known && seen.instances.value.some(({ state }) => state === 'MASTER');
}

/** Our keepalived runs, and takes no VIP. */
export function isAside(spec: ClusterSpec, view: NodeView, revision: string): boolean {
  return hasRead(view, revision) && !leversOf(spec, view).includes(false);
}

/** How many VIPs the node holds, by any keepalived. */
export function held(spec: ClusterSpec, state: ClusterState, { node }: NodeView): number {
  return spec.endpoint.virtualIPs.filter(({ address }) => holdersOf(state, address).includes(node)).length;
}

/** The same things as they were when they were found first: later they are no longer enabled. */
export function asRemembered({ foreign }: NodeView, formers: readonly Former[]): readonly Former[] {
  return formers.map((former) => foreign.remembered.find((other) => same(other, former)) ?? former);
}

/** What was found now and before; what was remembered first stays as it was: later it is no longer enabled, or has ended. */
export function rememberedWith(spec: ClusterSpec, view: NodeView): readonly Former[] {
  const { remembered } = view.foreign;
  const now = [...oldKeepalived(view), ...oldHaproxy(spec, view)];
  return [
    ...remembered,
    ...now.filter((former, at) => ![...remembered, ...now.slice(0, at)].some((other) => same(former, other))),
  ];
}
