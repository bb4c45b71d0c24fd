import type { ClusterSpec } from '../../../cluster/spec.ts';
import type { Finding } from '../../../core/finding.ts';
import { restoreSteps, type RestoreIntent } from '../../../node/intent/kubernetes.ts';
import {
  restorePhases,
  type EtcdNodeSeen,
  type EtcdView,
  type MemberManifest,
  type RestoreAbout,
  type RestorePhase,
} from '../model.ts';
import { restoreObstacles } from '../refuse.ts';

export type RestoreStep = RestoreIntent['does'];

/** What a node is after each step; nothing is left of it after the last one. */
const reachedBy: Readonly<Record<RestoreStep, RestorePhase | undefined>> = {
  begin: 'begun',
  prepare: 'prepared',
  'stop-api': 'api-stopped',
  'stop-etcd': 'etcd-stopped',
  swap: 'swapped',
  'start-etcd': 'etcd-started',
  'start-api': 'started',
  finish: undefined,
};

export interface RestoreMember {
  readonly node: string;
  readonly manifest: MemberManifest;
  /** Undefined: nothing was done there yet. */
  readonly phase: RestorePhase | 'finished' | undefined;
}

export interface RestorePlan {
  readonly cluster: string;
  readonly about: RestoreAbout;
  readonly members: readonly RestoreMember[];
  /** Steps that are left, each on all of these nodes before the next begins. */
  readonly steps: readonly { readonly step: RestoreStep; readonly nodes: readonly string[] }[];
  /** An earlier run began it. */
  readonly resumes: boolean;
}

/**
 * What is left to do, from what the nodes say: a run that was killed anywhere is finished by the next one.
 * @param fresh names the restore, where none has begun
 * @param again restores a snapshot once more that was restored last
 */
export function planRestore(
  spec: ClusterSpec,
  views: readonly EtcdView[],
  { fresh, again }: { readonly fresh: Omit<RestoreAbout, 'above'>; readonly again: boolean },
): { readonly plan: RestorePlan | undefined; readonly findings: readonly Finding[] } {
  const obstacles = restoreObstacles(spec, views);
  const seen = views.flatMap((view) => (view.seen.known ? [{ node: view.node, seen: view.seen.value }] : []));
  const running = seen.flatMap(({ seen: { restore } }) => (restore ? [restore] : []));
  // Until the API servers are stopped nothing has changed, and another snapshot may take its place.
  const fixed = running.find(({ phase }) => restorePhases.indexOf(phase) > restorePhases.indexOf('prepared'));
  if (fixed && fixed.about.sha256 !== fresh.sha256)
    return { plan: undefined, findings: [...obstacles, unfinished(fixed.about)] };
  if (obstacles.length > 0) return { plan: undefined, findings: obstacles };
  const begun = fixed ?? running.find(({ about }) => about.sha256 === fresh.sha256);
  const done = seen.every(({ seen: { restore, restored } }) => !restore && restored?.sha256 === fresh.sha256);
  const last = seen[0]?.seen.restored;
  const revisions = seen.flatMap(({ seen: { status } }) => (status.known ? [status.value.revision] : []));
  const about = begun?.about ?? (done && !again && last ? last : { ...fresh, above: Math.max(0, ...revisions) });
  const members = seen.flatMap((one) => memberOf(one, about));
  return {
    plan: { cluster: spec.name, about, members, steps: stepsOf(members), resumes: begun !== undefined },
    findings: [],
  };
}

function memberOf(
  { node, seen: { manifest, restore, restored } }: { readonly node: string; readonly seen: EtcdNodeSeen },
  { id }: RestoreAbout,
): readonly RestoreMember[] {
  if (!manifest) return [];
  if (restore?.about.id === id) return [{ node, manifest, phase: restore.phase }];
  return [{ node, manifest, phase: !restore && restored?.id === id ? 'finished' : undefined }];
}

function stepsOf(members: readonly RestoreMember[]): RestorePlan['steps'] {
  return restoreSteps
    .map((step) => ({ step, nodes: members.filter((member) => isBefore(member, step)).map(({ node }) => node) }))
    .filter(({ nodes }) => nodes.length > 0);
}

function isBefore({ phase }: RestoreMember, step: RestoreStep): boolean {
  if (phase === 'finished') return false;
  const reached = reachedBy[step];
  if (phase === undefined || reached === undefined) return true;
  return restorePhases.indexOf(phase) < restorePhases.indexOf(reached);
}

function unfinished({ id }: RestoreAbout): Finding {
  return {
    rule: 'etcd-restore-unfinished',
    severity: 'error',
    message: `the restore ${id}, of another snapshot, has stopped etcd and is not finished`,
    suggestion: 'Run it again with the same snapshot; then restore this one.',
  };
}
