import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../../cluster/state.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { managerOn } from '../../observe/once/facts.ts';
import { observe } from '../../observe/once/observe.ts';
import { endedBy, type Outcome } from '../outcome.ts';
import { removeCommand } from '../rollout/commands/remove.ts';
import { vipsOf } from '../rollout/leave.ts';
import { attempt, failureOf, type Rollout } from '../rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../session.ts';

export interface RemoveOptions extends Omit<ActOptions, 'signal'> {
  /** Also purge the packages that `apply` installed. */
  readonly packages: boolean;
}

/**
 * Takes everything of ours off every node, the holders last, so that the address stays until the end. What is left behind,
 * and where, is among the findings.
 */
export async function remove(spec: ClusterSpec, options: RemoveOptions): Promise<Outcome<undefined>> {
  const { hosts, packages } = options;
  const removed = await underLock(hosts, { verb: 'remove' }, options, async ({ owner }) => {
    const rollout = rolloutOf(spec, { ...options, signal: new AbortController().signal }, owner);
    return endedBy<undefined>(undefined, await removeAll(rollout, hosts, packages));
  });
  // A lock that was refused: nothing was touched, so nothing is left behind.
  if (removed.findings.some(({ rule }) => rule === 'locked' || rule === 'lock-failed')) return removed;
  const findings = [...removed.findings, ...leftovers(spec, await observe(spec, hosts))];
  return { ...endedBy<undefined>(undefined, findings), notes: removed.notes };
}

/** The same for one who holds the lock of all these nodes. @returns what went wrong, or stayed */
export async function removeLocked(
  spec: ClusterSpec,
  options: RemoveOptions,
  owner: Rollout['owner'],
): Promise<readonly Finding[]> {
  const { hosts, packages } = options;
  const rollout = rolloutOf(spec, { ...options, signal: new AbortController().signal }, owner);
  const failed = await removeAll(rollout, hosts, packages);
  return [...failed, ...leftovers(spec, await observe(spec, hosts))];
}

async function removeAll(rollout: Rollout, hosts: readonly Host[], packages: boolean): Promise<readonly Finding[]> {
  const state = await rollout.look();
  const findings: Finding[] = [];
  for (const { name } of holdersLast(rollout.spec, hosts, state)) {
    const manager = packages ? managerOn(state, name) : undefined;
    if (packages && manager === undefined) findings.push(packagesStay(name));
    const command = removeCommand(rollout.owner.token, vipsOf(rollout), manager);
    const outcome = await attempt(rollout, name, command);
    findings.push(...failureOf(outcome, 'remove-failed', 'Run it again; what is gone stays gone.'));
  }
  return findings;
}

function packagesStay(node: string): Finding {
  return {
    rule: 'left-behind',
    severity: 'warning',
    node,
    message: "the packages that apply installed stay: k8s-ha does not know the node's package manager",
    suggestion: 'Remove haproxy, keepalived and socat by hand where nothing else needs them.',
  };
}

function holdersLast(spec: ClusterSpec, hosts: readonly Host[], state: ClusterState): readonly Host[] {
  const holders = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  return [...hosts.filter(({ name }) => !holders.has(name)), ...hosts.filter(({ name }) => holders.has(name))];
}

function leftovers(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  return state.nodes.flatMap(({ node, seen }): Finding[] => {
    if (!seen.known)
      return [{ rule: 'left-behind', severity: 'error', node, message: `what is left is unknown: ${seen.reason}` }];
    const vips = spec.endpoint.virtualIPs
      .filter(({ address }) => holdersOf(state, address).includes(node))
      .map(({ address }) => address);
    const left = [...vips, ...seen.value.files.map(({ path }) => path)];
    return left.length === 0
      ? []
      : [{ rule: 'left-behind', severity: 'error', node, message: `still there: ${left.join(', ')}` }];
  });
}
