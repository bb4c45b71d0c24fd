import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import { observe } from '../observe/observe.ts';
import { isEmpty, makePlan } from '../plan/plan.ts';
import { newLockOwner, takeLock } from '../lock/lock.ts';
import { fileSetOf } from '../render/file-set.ts';
import { paths } from '../render/paths.ts';
import type { NodeFileSet } from '../render/render.ts';
import { rolloutOf, type ApplyOptions, type ApplyResult } from './apply.ts';
import { filesBefore, readHistory, type NodeHistory } from './history.ts';
import { rollOut } from './rollout.ts';

export interface RollbackOptions extends ApplyOptions {
  /** The change that is undone, with all after it; the last one when absent. */
  readonly to?: string;
}

/**
 * Gives every node the files that it had before a change, with the steps and gates of every rollout. The cluster file is not
 * touched: the next `apply` brings it back.
 */
export const rollback = async (spec: ClusterSpec, options: RollbackOptions): Promise<ApplyResult> => {
  const owner = newLockOwner('rollback');
  const { hosts } = options;
  const locked = await takeLock(hosts, owner, { breakLock: options.breakLock ?? false });
  if (!locked.ok) return { outcome: 'failed', plan: undefined, findings: locked.error, notes: [] };
  const { notes } = locked.value;
  try {
    const [state, history] = await Promise.all([observe(spec, hosts), readHistory(hosts)]);
    const sets = setsBefore(state, history, options.to);
    if (!sets.ok) return { outcome: 'failed', plan: undefined, findings: sets.error, notes };
    const plan = makePlan(spec, sets.value, state);
    if (isEmpty(plan)) return { outcome: 'unchanged', plan, findings: [], notes };
    if (!(await options.confirm(plan, []))) return { outcome: 'declined', plan, findings: [], notes };
    const problems = await rollOut(rolloutOf(withVipsOf(spec, sets.value), options, owner), plan, state);
    return { outcome: problems.length === 0 ? 'applied' : 'failed', plan, findings: problems, notes };
  } finally {
    await locked.value.release();
  }
};

/** The gates ask for the VIPs that the old files know, not for those that the cluster file has by now. */
const withVipsOf = (spec: ClusterSpec, sets: readonly NodeFileSet[]): ClusterSpec => {
  const texts = sets.map(({ files }) => files.find(({ path }) => path === paths.keepalivedConfig)?.content ?? '');
  const virtualIPs = spec.endpoint.virtualIPs.filter(({ address, instance }) =>
    texts.every((text) => text.includes(`vrrp_instance ${instance} {`) && text.includes(` ${address}/`)),
  );
  return { ...spec, endpoint: { ...spec.endpoint, virtualIPs } };
};

const cannot = (message: string, suggestion: string, node?: string): Finding => ({
  rule: 'rollback-impossible',
  severity: 'error',
  ...(node !== undefined && { node }),
  message,
  suggestion,
});

/** What every node shall have again. All nodes or none: half a rollback is a state that never was. */
export const setsBefore = (
  state: ClusterState,
  history: readonly NodeHistory[],
  to: string | undefined,
): Result<readonly NodeFileSet[], readonly Finding[]> => {
  const blind = history.flatMap(({ node, entries }) =>
    entries.known
      ? []
      : [cannot(`its history cannot be read: ${entries.reason}`, 'Mend the node, then run it again.', node)],
  );
  if (blind.length > 0) return err(blind);
  const stamps = new Set(
    history.flatMap(({ entries }) => (entries.known ? entries.value.map(({ stamp }) => stamp) : [])),
  );
  const stamp = to ?? [...stamps].toSorted().at(-1);
  if (stamp === undefined || !stamps.has(stamp))
    return err([
      to === undefined
        ? cannot('no node keeps previous files', 'There is nothing to go back to before the second apply.')
        : cannot(`no node keeps what was before ${to}`, 'See the changes that can be undone: k8s-ha history.'),
    ]);
  const found = state.nodes.map(({ node, seen }): NodeFileSet | Finding => {
    const kept = history.find((one) => one.node === node)?.entries;
    if (!seen.known || !kept?.known)
      return cannot('it cannot be reached', 'A node that is gone keeps what it has: mend it first.', node);
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
  return findings.length > 0 ? err(findings) : ok(found.filter((one): one is NodeFileSet => 'files' in one));
};
