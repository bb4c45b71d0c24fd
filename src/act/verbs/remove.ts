import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { observe } from '../../observe/once/observe.ts';
import { removeCommand } from '../rollout/commands.ts';
import { newLockOwner, takeLock } from '../../lock/lock.ts';
import { explain, type RolloutEvent } from '../rollout/step.ts';

export interface RemoveOptions {
  readonly hosts: readonly Host[];
  readonly onEvent: (event: RolloutEvent) => void;
  /** Also purge the packages that `apply` installed. */
  readonly packages: boolean;
  readonly breakLock?: boolean;
}

/**
 * Takes everything of ours off every node, the holders last, so that the address stays until the end.
 * @returns what is left behind, and where; empty when nothing is.
 */
export async function remove(
  spec: ClusterSpec,
  { hosts, onEvent, packages, breakLock = false }: RemoveOptions,
): Promise<readonly Finding[]> {
  const owner = newLockOwner('remove');
  const locked = await takeLock(hosts, owner, { breakLock });
  if (!locked.ok) return locked.error;
  const findings: Finding[] = [];
  try {
    const state = await observe(spec, hosts);
    const vips = spec.endpoint.virtualIPs;
    const holders = new Set(vips.flatMap(({ address }) => holdersOf(state, address)));
    const ordered = [
      ...hosts.filter(({ name }) => !holders.has(name)),
      ...hosts.filter(({ name }) => holders.has(name)),
    ];
    const command = removeCommand(
      owner.token,
      vips.map(({ address, family }) => ({ address, bits: family === 'ipv4' ? 32 : 128 })),
      packages,
    );
    for (const host of ordered) {
      onEvent({ node: host.name, what: command.summary, kind: 'begin' });
      const result = await host.run(command);
      if (result.rc === 0) {
        onEvent({ node: host.name, what: command.summary, kind: 'done' });
        continue;
      }
      const { error, suggestion } = explain(result);
      onEvent({ node: host.name, what: command.summary, kind: 'failed', detail: error });
      findings.push({
        rule: 'remove-failed',
        severity: 'error',
        node: host.name,
        message: error,
        suggestion: suggestion ?? 'Run it again; what is gone stays gone.',
      });
    }
  } finally {
    await locked.value.release();
  }
  const left = await observe(spec, hosts);
  return [...findings, ...leftovers(spec, left)];
}

function leftovers(spec: ClusterSpec, state: Awaited<ReturnType<typeof observe>>): readonly Finding[] {
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
