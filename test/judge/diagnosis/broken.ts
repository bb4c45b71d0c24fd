import { healthFindings } from '../../../src/judge/health.ts';
import { kubernetesFindings } from '../../../src/judge/kubernetes/health.ts';
import { diagnose, type Diagnosis } from '../../../src/judge/diagnosis.ts';
import type { ClusterState } from '../../../src/cluster/state.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { parseNode } from '../../../src/observe/once/parse.ts';
import { drill, spec } from '../../drill/sim/world.ts';
import { copyOf, drive, nodeOf, pass, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { contentOf, powerOff } from '../../fakes/sim/node.ts';
import { observation } from '../../fakes/sim/observation.ts';
import { paths } from '../../../src/node/paths.ts';

/** What a look at a simulated cluster sees at this moment. */
export function seenOf({ nodes, cut, clock }: SimCluster): ClusterState {
  const times = { nowMs: clock.monotonicMs(), epochMs: 1_700_000_000_000 };
  return {
    nodes: nodes.map((node) => ({
      node: node.name,
      seen:
        node.up && node.reachable && !node.machine.linkDown
          ? known(
              parseNode(observation(node, nodes, cut, times, { kubernetes: true }), times.epochMs, times.epochMs + 10),
            )
          : unknown(`${node.name} (${node.address}) cannot be reached: Connection timed out`),
    })),
  };
}

export function diagnosed(state: ClusterState): Diagnosis {
  return diagnose(spec, state, {
    findings: [...healthFindings(spec, state), ...kubernetesFindings(spec, state)],
    file: 'prod.yaml',
  });
}

/** The cluster as a drill of the fault leaves it, this long after its node was broken, with the operator's process dead. */
export async function brokenBy(healthy: SimCluster, fault: Fault, afterMs: number): Promise<SimCluster> {
  const cluster = copyOf(healthy);
  if (fault.outside === 'power') powerOff(nodeOf(cluster, 'cp1'));
  let left = fault.outside === 'power' ? cluster : undefined;
  const strikes = fault.losesQuorum === true ? 2 : 1;
  const run = simRun(cluster, {
    onChanged: () => {
      const struck =
        fault.outside === 'rollout'
          ? contentOf(nodeOf(cluster, 'cp1'), paths.drain).startsWith('1 rollout')
          : cluster.log.filter(({ intent, rc }) => intent.kind === 'break' && rc === 0).length === strikes;
      if (struck) left ??= copyOf(cluster);
    },
  });
  if (!left) await drive(cluster, run, drill(cluster, run, [fault]));
  if (!left) throw new Error(`${fault.name} was not injected`);
  await pass(left, afterMs);
  return left;
}
