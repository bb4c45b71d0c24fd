import type { LeaseSeen } from '../../cluster/kubernetes.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import type { Clock } from '../../core/clock.ts';
import type { Host } from '../../host/host.ts';
import { observe } from '../../observe/once/observe.ts';

/** What became of a leader's lease in a drill. */
export interface LeaseMove {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** From the injection until another took it; undefined when nobody had by the end. */
  readonly tookMs: number | undefined;
  /** The longest that the lease's own timings allow. */
  readonly boundMs: number;
}

/** Kubernetes' components look every 2 s, with up to a fifth of jitter (client-go leaderelection, JitterFactor 1.2). */
const retryMs = 2400;

/** A write to the lease may wait for etcd's election and a reconnection to it. */
const etcdMs = 5000;

/** The leases as the first node that knows them sees them; undefined where none does. */
function leasesIn(state: ClusterState): readonly LeaseSeen[] | undefined {
  for (const { seen } of state.nodes)
    if (seen.known && seen.value.kubernetes.known && seen.value.kubernetes.value.leases.known)
      return seen.value.kubernetes.value.leases.value;
  return undefined;
}

/** Held, and not renewed for longer than a living holder lets pass: its end is being waited for. */
function pending({ holder, ageMs }: LeaseSeen): boolean {
  return holder !== '' && ageMs.known && ageMs.value > 2 * retryMs;
}

/** Leases that changed hands, or whose holder is gone with nobody in its place. */
export function leaseMoves(
  before: readonly LeaseSeen[],
  after: readonly LeaseSeen[],
  injectedAtMs: number,
): readonly LeaseMove[] {
  return before.flatMap((lease): readonly LeaseMove[] => {
    const now = after.find(({ name }) => name === lease.name);
    if (!now || lease.holder === '' || (now.holder === lease.holder && !pending(now))) return [];
    const moved = now.holder !== lease.holder && now.holder !== '';
    return [
      {
        name: lease.name,
        from: lease.holder,
        to: moved ? now.holder : '',
        tookMs: moved && now.acquiredMs !== undefined ? Math.max(0, now.acquiredMs - injectedAtMs) : undefined,
        boundMs: lease.durationMs + retryMs + etcdMs,
      },
    ];
  });
}

/** The leases now; undefined where no node can tell. */
export async function readLeases(spec: ClusterSpec, hosts: readonly Host[]): Promise<readonly LeaseSeen[] | undefined> {
  return leasesIn(await observe(spec, hosts, { kubernetes: true }));
}

/** Looks until no lease waits for the end of a holder that is gone, or the longest of their bounds is over. */
export async function settledLeases(
  spec: ClusterSpec,
  hosts: readonly Host[],
  before: readonly LeaseSeen[],
  { monotonicMs, sleep }: Pick<Clock, 'monotonicMs' | 'sleep'>,
): Promise<readonly LeaseSeen[]> {
  const until = monotonicMs() + Math.max(0, ...before.map(({ durationMs }) => durationMs)) + retryMs + etcdMs;
  for (;;) {
    const seen = await readLeases(spec, hosts);
    if (seen && !seen.some(pending)) return seen;
    if (monotonicMs() >= until) return seen ?? before;
    await sleep(500);
  }
}
