import type { ClusterState } from '../../../src/cluster/state.ts';
import { faults } from '../../../src/drill/faults/index.ts';
import { running } from '../../drill/sim/world.ts';
import { brokenBy, seenOf } from './broken.ts';

/** The five states in which an operator must find the way: each a fault, some time after it was injected. */
export const fiveStates = {
  healthy: undefined,
  'node-lost': 'node-lost',
  split: 'keepalived-hung',
  'quorum-lost': 'etcd-quorum-lost',
  drained: 'drained',
} as const;

export type StateName = keyof typeof fiveStates;

export const stateNames = ['healthy', 'node-lost', 'split', 'quorum-lost', 'drained'] as const;

/** What a look sees in each of them. */
export async function seenInState(name: StateName): Promise<ClusterState> {
  const healthy = await running();
  const fault = faults.find((one) => one.name === fiveStates[name]);
  return seenOf(fault ? await brokenBy(healthy, fault, 1500) : healthy);
}
