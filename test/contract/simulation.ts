import { copyOf, nodeOf, simCluster, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { simHost } from '../fakes/sim/host.ts';
import { write } from '../fakes/sim/node.ts';
import { fakeSpec } from '../fakes/spec.ts';
import type { Machine } from './machine.ts';

/** A node of the simulated cluster: it carries out what commands intend. */
export async function simulatedMachine(): Promise<Machine> {
  const spec = fakeSpec();
  const fresh = simCluster(spec);
  let cluster: SimCluster = copyOf(fresh);
  const node = () => nodeOf(cluster, 'cp1');
  return {
    spec,
    node: 'cp1',
    host: {
      name: 'cp1',
      close: async () => undefined,
      run: async (command) => cluster.clock.run(simHost(cluster, node(), simRun(cluster).run).run(command)),
    },
    file: async (path) => {
      const file = node().files.get(path);
      return file && { mode: file.mode, content: file.content };
    },
    put: async (path, content, mode) => write(node(), path, content, mode),
    files: async () => [...node().files.keys()],
    service: async (name) => {
      const { active, enabled } = node().services[name];
      return { active, enabled };
    },
    guarded: async () => node().guard !== undefined,
    clean: async () => void (cluster = copyOf(fresh)),
    close: async () => undefined,
  };
}
