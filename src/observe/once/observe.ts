import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeState } from '../../cluster/state.ts';
import { sinceNow } from '../../core/clock.ts';
import { succeeded } from '../../core/command.ts';
import { known, unknown } from '../../core/observed.ts';
import type { Host } from '../../host/host.ts';
import { parseNode } from './parse.ts';
import { observeCommand } from './script.ts';

export interface ObserveOptions {
  /** Also ask the wire who answers for each VIP; takes up to half a second. */
  readonly wire?: boolean;
  /** Also ask the API servers and etcd about themselves; takes a tenth of a second, more when they hang. */
  readonly kubernetes?: boolean;
  readonly signal?: AbortSignal;
}

/** Reads one node in one round trip. */
export async function observeNode(
  spec: ClusterSpec,
  host: Host,
  { wire = false, kubernetes = false, signal }: ObserveOptions = {},
): Promise<NodeState> {
  const { beganMs, nowMs } = sinceNow();
  const result = await host.run(observeCommand(spec, { wire, kubernetes }), signal ? { signal } : {});
  if (!succeeded(result)) {
    const reason = result.failure?.message ?? (result.stderr.trim() || `reading the state ended with ${result.rc}`);
    return { node: host.name, seen: unknown(reason) };
  }
  return { node: host.name, seen: known(parseNode(result.stdout, beganMs, nowMs())) };
}

/** Reads all nodes side by side. */
export async function observe(
  spec: ClusterSpec,
  hosts: readonly Host[],
  options: ObserveOptions = {},
): Promise<ClusterState> {
  return {
    nodes: await Promise.all(hosts.map(async (host) => observeNode(spec, host, options))),
  };
}
