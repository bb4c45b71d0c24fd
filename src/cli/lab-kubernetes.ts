import { stringify } from 'yaml';
import { UsageError } from './usage.ts';

/** VIPs of the lab's network, as in examples/tutorial.yaml. */
const virtualIPs = ['172.16.100.100', '172.16.100.101'];

/**
 * kubeadm's configuration for the lab's nodes: what `k8s-ha kubeadm` prints for a cluster file that describes the lab.
 * @param count how many nodes the lab has
 */
export const kubeadmOf = async (count: number): Promise<(node: string) => string> => {
  const { kubeadmConfig, loadFile } = await import('../index.ts');
  const { nodeAddress, nodeNames } = await import('../lab/lab.ts');
  const nodes = nodeNames(count).map((name, index) => ({ name, address: nodeAddress(index) }));
  const { spec } = loadFile(stringify({ name: 'lab', endpoint: { virtualIPs }, nodes }), 'lab');
  if (!spec) throw new Error("the lab's own cluster file does not load");
  return (name) => {
    const node = spec.nodes.find((each) => each.name === name);
    if (!node) throw new UsageError(`the lab has no node ${name}`);
    return kubeadmConfig(spec, node);
  };
};
