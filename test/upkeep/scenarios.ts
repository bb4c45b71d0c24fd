import type { SimCluster } from '../fakes/sim/cluster.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { bareMachines, whole } from '../up/scenarios.ts';

/** Three control-plane nodes that `up` makes a cluster of. */
export const spec = fakeSpec({}, { vips: 1 });

export async function clusterOfKubeadm(cluster: SimCluster): Promise<void> {
  await bareMachines(cluster);
  await whole(cluster, spec);
}
