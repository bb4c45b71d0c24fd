import { stringify } from 'yaml';
import type { LabFamily } from '../../lab/lab.ts';
import { UsageError } from './usage.ts';

/** VIPs of the lab's network, as in examples/tutorial.yaml, ipv6.yaml and dual-stack.yaml. */
const virtualIPs: Readonly<Record<LabFamily, readonly string[]>> = {
  ipv4: ['172.16.100.100', '172.16.100.101'],
  ipv6: ['fd17:216::100', 'fd17:216::101'],
  dual: ['172.16.100.100', 'fd17:216::100'],
};

/**
 * kubeadm's configuration for the lab's nodes: what `k8s-ha kubeadm` prints for a cluster file that describes the lab.
 * @param count how many nodes the lab has
 */
export async function kubeadmOf(count: number, family: LabFamily = 'ipv4'): Promise<(node: string) => string> {
  const { kubeadmConfig, loadFile } = await import('../../index.ts');
  const { nodeAddresses, nodeNames } = await import('../../lab/lab.ts');
  const nodes = nodeNames(count).map((name, index) => ({ name, ...nodeAddresses(index, family) }));
  const { spec } = loadFile(stringify({ name: 'lab', endpoint: { virtualIPs: virtualIPs[family] }, nodes }), 'lab');
  if (!spec) throw new Error("the lab's own cluster file does not load");
  return (name) => {
    const node = spec.nodes.find((each) => each.name === name);
    if (!node) throw new UsageError(`the lab has no node ${name}`);
    return kubeadmConfig(spec, node);
  };
}
