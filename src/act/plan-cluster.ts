import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { preflight } from '../judge/preflight.ts';
import { observe } from '../observe/once/observe.ts';
import type { Plan } from '../plan/model.ts';
import { outageChanges } from '../plan/outages.ts';
import { makePlan } from '../plan/plan.ts';
import { lossMs, wantedFiles } from '../plan/wanted.ts';
import { leftOut, seeLeavers, type Reach } from './members.ts';

export interface Planned {
  readonly plan: Plan | undefined;
  readonly state: ClusterState;
  readonly findings: readonly Finding[];
  /** The nodes that the plan visits, those that leave among them. */
  readonly hosts: readonly Host[];
}

/** Observes and plans; changes nothing. Findings that are errors would stop an apply. */
export async function planCluster(
  spec: ClusterSpec,
  hosts: readonly Host[],
  { signal, ...reach }: Reach & { readonly signal?: AbortSignal } = {},
): Promise<Planned> {
  const taken = hosts.filter(({ name }) => !(reach.without ?? []).includes(name));
  const [state, aside] = await Promise.all([
    observe(spec, taken, { wire: true, ...(signal && { signal }) }),
    observe(
      spec,
      hosts.filter((host) => !taken.includes(host)),
    ),
  ]);
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) {
    const findings = [...preflight(spec, state), ...leftOut(aside), ...wanted.error];
    return { plan: undefined, state, findings, hosts: taken };
  }
  const { sets, timers } = wanted.value;
  const leavers = await seeLeavers(spec, sets, state, reach);
  const whole = { nodes: [...state.nodes, ...leavers.state.nodes] };
  return {
    plan: {
      ...makePlan(spec, sets, whole, { lossMs: lossMs(spec, timers) }),
      outages: outageChanges(spec, timers, state),
    },
    state: whole,
    // A node that leaves may hold a VIP: it is no stranger on the wire.
    findings: [...preflight(spec, whole), ...leftOut(aside), ...wanted.value.findings, ...leavers.findings],
    hosts: [...taken, ...leavers.hosts],
  };
}
