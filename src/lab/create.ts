import { mkdir } from 'node:fs/promises';
import { createCertificates } from './certificates.ts';
import { removeImagesExcept, withImage } from './image.ts';
import { nodeBinds } from './machines.ts';
import { clientMember, namespaceOf, nodeNames } from './names.ts';
import { createNetwork, labNetwork, nodeAddress } from './network.ts';
import { labPaths } from './paths.ts';
import { createNode } from './power.ts';
import { all, type Runner } from './process.ts';
import { waitReady } from './ready.ts';
import { createSsh } from './ssh.ts';
import { imagesInUse, writeState, type LabState } from './state.ts';

interface CreateOptions {
  readonly nodes?: 3 | 5;
  readonly extraSans?: readonly string[];
  readonly onProgress?: (text: string) => void;
}

const plannedState = (lab: string, count: number, image: string): LabState => {
  const { sshConfig, caFile } = labPaths(lab);
  return {
    name: lab,
    created: new Date().toISOString(),
    image,
    ready: false,
    nodes: nodeNames(count).map((name, index) => ({
      name,
      address: nodeAddress(index),
      namespace: namespaceOf(lab, name),
    })),
    client: { address: labNetwork.client, namespace: namespaceOf(lab, clientMember) },
    sshConfig,
    caFile,
  };
};

/** Makes a lab from nothing. When it throws, what was begun is still there, for the caller to clear. */
export const createLab = async (
  runner: Runner,
  { nodes: count = 3, extraSans = [], onProgress = () => undefined }: CreateOptions,
  apiServerDir: string,
): Promise<LabState> => {
  const { lab } = runner;
  await mkdir(labPaths(lab).dir, { recursive: true, mode: 0o700 });
  const { state, imageDir } = await withImage(runner, onProgress, async ({ hash, dir }) => {
    const planned = plannedState(lab, count, hash);
    await writeState(planned);
    await removeImagesExcept(await imagesInUse());
    return { state: planned, imageDir: dir };
  });
  onProgress('Making keys, certificates and the network');
  const binds = await nodeBinds(runner, imageDir);
  await all([
    createSsh(runner, state.nodes),
    createCertificates(runner, state.nodes, extraSans),
    createNetwork(runner),
  ]);
  onProgress(`Booting ${count} machines`);
  await all(state.nodes.map((node) => createNode(runner, state, node, { apiServerDir, binds })));
  onProgress('Waiting for ssh, etcd and the API servers');
  await all(state.nodes.map((node) => waitReady(runner, node)));
  const ready = { ...state, ready: true };
  await writeState(ready);
  return ready;
};
