import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeRunning } from '../../cluster/state.ts';
import { quote } from '../../core/command.ts';
import type { Diagnosis } from '../../judge/diagnosis.ts';
import { asClusterState } from '../../judge/live/as-state.ts';
import type { VipWatch, WatchState } from '../../judge/live/model.ts';
import { clusterView, type ClusterView, type VipView } from '../watch/view.ts';

/** A cluster as the page shows it: the picture of every live view, and what it comes to. */
export interface ShownCluster extends Omit<ClusterView, 'vips'> {
  /** The cluster file as the operator named it; absent where the server was not told. */
  readonly file?: string;
  /** What tells in a terminal how it is, where this page cannot. */
  readonly statusCommand: string;
  readonly vips: readonly ShownVip[];
  readonly diagnosis: Diagnosis;
}

export interface ShownVip extends VipView {
  /** Its holder has had it since `sinceMs` or longer: the watch began later than that. */
  readonly sinceAtLeast: boolean;
  /** The last change of its holder that the watch saw. */
  readonly moved: VipMove | undefined;
}

export interface VipMove {
  readonly from: readonly string[];
  readonly to: string;
  readonly atMs: number;
  /** Longest time in which nobody may have held it, in milliseconds; undefined where that was not measured. */
  readonly lostMs: number | undefined;
}

/** How the operator's commands name the cluster file and ssh's configuration. */
export interface CommandNames {
  readonly file?: string | undefined;
  readonly sshConfig?: string | undefined;
}

/** How a cluster is judged; the tests of the page put their own in its place. */
export type Diagnose = (
  spec: ClusterSpec,
  state: ClusterState<NodeRunning>,
  options: { readonly silentSinceMs: Readonly<Record<string, number>> },
) => Diagnosis;

/** What the page shows of a watched cluster; with `commands`, its commands name file and ssh's configuration so. Pure. */
export function shownCluster(
  spec: ClusterSpec,
  state: WatchState,
  judged?: Diagnose,
  { file, sshConfig }: CommandNames = {},
): ShownCluster {
  const view = clusterView(spec, state, {
    ...(file !== undefined && { file }),
    ...(sshConfig !== undefined && { sshConfig }),
  });
  return {
    ...view,
    ...(file !== undefined && { file }),
    statusCommand: `k8s-ha status ${quote(file ?? `${spec.name}.yaml`)}`,
    vips: view.vips.map((vip) => {
      const watched = state.vips.find(({ address }) => address === vip.address);
      return { ...vip, sinceAtLeast: isAtLeast(watched), moved: watched && moveOf(watched) };
    }),
    diagnosis: judged
      ? judged(spec, asClusterState(spec, state.nodes), { silentSinceMs: silentSince(state) })
      : view.diagnosis,
  };
}

function silentSince({ nodes }: WatchState): Readonly<Record<string, number>> {
  return Object.fromEntries(nodes.flatMap(({ node, now }) => (now.answering ? [] : [[node, now.sinceMs]])));
}

function isAtLeast(vip: VipWatch | undefined): boolean {
  return vip?.sinceAtLeast === true;
}

/** A node says once a second what it holds: what is shorter than that is not told apart. */
const everyMs = 1000;

function moveOf({ holders, sinceMs, last }: VipWatch): VipMove | undefined {
  const [to] = holders;
  if (to === undefined || holders.length > 1 || !last || last.holders.includes(to)) return undefined;
  return { from: last.holders, to, atMs: sinceMs, lostMs: Math.max(everyMs, sinceMs - last.untilMs) };
}
