import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isDeafening } from '../../observe/once/hmac.ts';
import { observe } from '../../observe/once/observe.ts';
import { isEmpty, makePlan } from '../../plan/plan.ts';
import { fileSetOf } from '../../render/file-set.ts';
import { paths } from '../../node/paths.ts';
import type { NodeFileSet } from '../../render/render.ts';
import { shapeOf, type Shape } from '../../render/shape.ts';
import type { LockAction, LockOwner } from '../../cluster/lock.ts';
import type { Plan } from '../../plan/model.ts';
import { ended, endedBy, type Ended, type Outcome } from '../outcome.ts';
import { rolloutOf, underLock } from '../session.ts';
import type { ApplyOptions } from './apply.ts';
import { filesBefore, readHistory, type NodeHistory } from '../../observe/once/history.ts';
import { rollOut } from '../rollout/rollout.ts';

export interface RollbackOptions extends ApplyOptions {
  /** The change that is undone, with all after it; the last one when absent. */
  readonly to?: string;
}

/**
 * Gives every node the files that it had before a change, with the steps and gates of every rollout. The cluster file is not
 * touched: the next `apply` brings it back. After one that was killed, the next finishes that one, unless it is told otherwise.
 */
export async function rollback(spec: ClusterSpec, options: RollbackOptions): Promise<Outcome<Plan>> {
  return rollBack(spec, options, []);
}

async function rollBack(
  spec: ClusterSpec,
  options: RollbackOptions,
  remarks: readonly Finding[],
): Promise<Outcome<Plan>> {
  const { hosts, to } = options;
  // The lock says to where, for whoever has to finish it.
  const stamp = to ?? lastStamp(await readHistory(hosts));
  let unfinished: string | undefined;
  const result = await underLock(
    hosts,
    { verb: 'rollback', to: stamp },
    options,
    async (locked): Promise<Ended<Plan>> => {
      unfinished = to === undefined ? otherRollback(locked.tookOver, stamp) : undefined;
      if (unfinished !== undefined) return ended('unchanged', undefined, []);
      return rollBackLocked(spec, options, stamp, locked.owner, remarks);
    },
  );
  if (unfinished === undefined) return result;
  const finished = await rollBack(spec, { ...options, to: unfinished }, [resumed(unfinished)]);
  return { ...finished, notes: [...result.notes, ...finished.notes] };
}

/** Where a run that was killed went back to, if that is somewhere else than where this one would go. */
function otherRollback(tookOver: readonly LockAction[], stamp: string | undefined): string | undefined {
  return tookOver.flatMap((action) => (action.verb === 'rollback' && action.to !== stamp ? [action.to] : [])).at(0);
}

async function rollBackLocked(
  spec: ClusterSpec,
  options: RollbackOptions,
  stamp: string | undefined,
  owner: LockOwner,
  remarks: readonly Finding[],
): Promise<Ended<Plan>> {
  const { hosts } = options;
  const [state, history] = await Promise.all([observe(spec, hosts), readHistory(hosts)]);
  const sets = setsBefore(state, history, stamp);
  if (!sets.ok) return ended('failed', undefined, sets.error);
  const plan = makePlan(spec, sets.value, state);
  if (isEmpty(plan)) return ended('unchanged', plan, []);
  if (!(await options.confirm(plan, remarks))) return ended('declined', plan, []);
  return endedBy(plan, await rollOut(rolloutOf(withVipsOf(spec, sets.value), options, owner, state), plan, state));
}

function resumed(stamp: string): Finding {
  return {
    rule: 'resumed',
    severity: 'info',
    message: `this finishes the rollback to before ${stamp}, which was killed`,
    suggestion: 'To go back to before another change: --to.',
  };
}

/** The gates ask for the VIPs that the old files know, not for those that the cluster file has by now. */
function withVipsOf(spec: ClusterSpec, sets: readonly NodeFileSet[]): ClusterSpec {
  const texts = sets.map(({ files }) => files.find(({ path }) => path === paths.keepalivedConfig)?.content ?? '');
  const virtualIPs = spec.endpoint.virtualIPs.filter(({ address, instance }) =>
    texts.every((text) => text.includes(`vrrp_instance ${instance} {`) && text.includes(` ${address}/`)),
  );
  return { ...spec, endpoint: { ...spec.endpoint, virtualIPs } };
}

function cannot(message: string, suggestion: string, node?: string): Finding {
  return {
    rule: 'rollback-impossible',
    severity: 'error',
    ...(node !== undefined && { node }),
    message,
    suggestion,
  };
}

function stampsOf(history: readonly NodeHistory[]): ReadonlySet<string> {
  return new Set(history.flatMap(({ entries }) => (entries.known ? entries.value.map(({ stamp }) => stamp) : [])));
}

/** Names the last change that a node keeps. */
function lastStamp(history: readonly NodeHistory[]): string | undefined {
  return [...stampsOf(history)].toSorted().at(-1);
}

/** The files each node should be restored to. All nodes or none: half a rollback is a state that never was. */
export function setsBefore(
  state: ClusterState,
  history: readonly NodeHistory[],
  to: string | undefined,
): Result<readonly NodeFileSet[], readonly Finding[]> {
  const blind = history.flatMap(({ node, entries }) =>
    entries.known
      ? []
      : [cannot(`its history cannot be read: ${entries.reason}`, 'Fix the node, then run it again.', node)],
  );
  if (blind.length > 0) return err(blind);
  const stamp = to ?? lastStamp(history);
  if (stamp === undefined || !stampsOf(history).has(stamp))
    return err([
      stamp === undefined
        ? cannot('no node keeps previous files', 'There is nothing to go back to before the second apply.')
        : cannot(`no node keeps what was before ${stamp}`, 'See the changes that can be undone: k8s-ha history.'),
    ]);
  const found = state.nodes.map(({ node, seen }): NodeFileSet | Finding => {
    const kept = history.find((one) => one.node === node)?.entries;
    if (!seen.known || !kept?.known)
      return cannot('it cannot be reached', 'A node that is gone keeps what it has: fix it first.', node);
    const files = filesBefore(kept.value, stamp, seen.value.files);
    return (
      fileSetOf(node, files) ??
      cannot(
        files.length === 0 ? 'it had no files of k8s-ha before that' : 'what it had before that was not a whole set',
        'Go back to a later change, or take everything away: k8s-ha remove.',
        node,
      )
    );
  });
  const findings = found.filter((one): one is Finding => 'rule' in one);
  if (findings.length > 0) return err(findings);
  const sets = found.filter((one): one is NodeFileSet => 'files' in one);
  const apart = [...strangers(sets), ...(isDeafening(state, sets) ? [deafening] : [])];
  return apart.length > 0 ? err(apart) : ok(sets);
}

const deafening = cannot(
  'the files before that sign adverts in another way: on the way back nodes would not hear each other',
  'Go back one change at a time, or remove `keepalived.hmacKeyFile` and run `k8s-ha apply` until it has nothing to do.',
);

/** Nodes that would not hear each other by these files: each would hold the VIPs. */
function strangers(sets: readonly NodeFileSet[]): readonly Finding[] {
  const shapes = sets.map(({ node, files }) => ({ node, shape: shapeOf(files) }));
  const [first] = shapes;
  return shapes.flatMap(({ node, shape }) => {
    const unknown = shapes.filter((other) => !shape?.members.some(({ name }) => name === other.node));
    if (unknown.length > 0)
      return [
        cannot(
          `the files it had before that do not know ${unknown.map((other) => other.node).join(', ')}`,
          'Take nodes that joined since then out of the cluster file and apply it, or go back to a later change.',
          node,
        ),
      ];
    return identities(shape) === identities(first?.shape)
      ? []
      : [
          cannot(
            `the files it had before that have other virtual router ids than those of ${first?.node}`,
            'Go back to another change: k8s-ha history.',
            node,
          ),
        ];
  });
}

function identities(shape: Shape | undefined): string {
  const ids = shape?.instances.map(({ address, virtualRouterId }) => `${address} ${virtualRouterId}`) ?? [];
  return ids.toSorted().join();
}
