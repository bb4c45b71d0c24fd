import type { Rollout } from '../../act/rollout/step.ts';
import type { MachineSpec } from '../../cluster/spec.ts';
import type { Clock } from '../../core/clock.ts';
import type { Finding } from '../../core/finding.ts';
import { whatIsNot } from './look.ts';
import type { KnownVersion, ServerSeen } from './model.ts';
import { notThere } from './problems.ts';
import type { Wanted } from './refuse.ts';

/** What the steps work with. */
export interface Upgrading {
  /** Over all machines, workers included. */
  readonly rollout: Rollout;
  readonly clock: Clock;
  readonly wanted: Wanted;
  /** Pods stay on the nodes. */
  readonly keepPods: boolean;
  /** At these machines alone: a look starts a dozen programs on each. */
  readonly look: (names: readonly string[]) => Promise<readonly KnownVersion[]>;
}

export type Problems = Promise<readonly Finding[]>;

/** An API server starts, and waits for etcd; the kubelet takes a container up again after ten seconds or more. */
const servingMs = 180_000;

/** A kubelet starts, and its node tells of itself every ten seconds. */
const worksMs = 240_000;

const everyMs = 1000;

export async function viewOf(look: Upgrading['look'], node: string): Promise<KnownVersion | undefined> {
  return (await look([node]))[0];
}

/** Somebody whose API server answers, and what it says of the cluster; not the node itself. */
export async function asked(
  { rollout, look }: Upgrading,
  node: string,
): Promise<{ readonly machine: MachineSpec; readonly server: ServerSeen } | undefined> {
  for (const machine of rollout.spec.nodes.filter(({ name }) => name !== node)) {
    const server = (await viewOf(look, machine.name))?.seen.server;
    if (server?.known === true) return { machine, server: server.value };
  }
  return undefined;
}

/** What an API server says of the cluster: the node's own where it answers, else another one. */
export async function clusterSeen(
  upgrading: Upgrading,
  { node, seen: { server } }: KnownVersion,
): Promise<ServerSeen | undefined> {
  return server.known ? server.value : (await asked(upgrading, node))?.server;
}

/** Waits until a node is of the version altogether. */
export async function works(upgrading: Upgrading, node: string): Problems {
  const { rollout, clock, wanted, look } = upgrading;
  return until(rollout, clock, node, `${node} is of ${wanted.version} and works`, worksMs, async () => {
    const view = await viewOf(look, node);
    return view ? whatIsNot(view, wanted.version, await clusterSeen(upgrading, view)) : 'it was not seen';
  });
}

/** Waits until the API server of a node answers and is ready. */
export async function serves({ rollout, clock, look }: Upgrading, node: string): Problems {
  return until(rollout, clock, node, `the API server of ${node} answers`, servingMs, async () => {
    const server = (await viewOf(look, node))?.seen.server;
    if (!server) return 'it was not seen';
    return server.known ? undefined : server.reason;
  });
}

/** Looks until nothing is in the way any more. */
async function until(
  rollout: Rollout,
  clock: Clock,
  node: string,
  what: string,
  timeoutMs: number,
  ask: () => Promise<string | undefined>,
): Problems {
  const beganMs = clock.monotonicMs();
  for (;;) {
    const why = await ask();
    const tookMs = clock.monotonicMs() - beganMs;
    if (why === undefined) {
      rollout.onEvent({ node, what, kind: 'gate-passed', tookMs });
      return [];
    }
    if (tookMs > timeoutMs || rollout.signal.aborted) {
      rollout.onEvent({ node, what, kind: 'gate-failed', tookMs, detail: why });
      return [notThere(node, what, why)];
    }
    await clock.sleep(everyMs);
  }
}
