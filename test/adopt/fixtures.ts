import { readForeign } from '../../src/cli/shared/foreign.ts';
import { adopt, type Adopted } from '../../src/adopt/adopt.ts';
import type { GivenFile } from '../../src/adopt/given.ts';

const root = 'test/fixtures/import';

/** Public set-ups, written for this project from their documented settings. */
export const setups = [
  'advanced',
  'k0s',
  'k3s',
  'kubeadm',
  'kubemarine',
  'kubesphere',
  'openshift',
  'rke2',
  'tutorial',
];

export function filesOf(name: string): GivenFile[] {
  return readForeign([`${root}/${name}`]);
}

const all = new Map(setups.map((name) => [name, adopt(filesOf(name), { name })]));

export function adopted(name: string): Adopted {
  const found = all.get(name);
  if (!found) throw new Error(`there is no set-up ${name}`);
  return found;
}
