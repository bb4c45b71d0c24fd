import { describe, expect, it } from 'vitest';
import { refuseOther } from '../../src/lab/kind.ts';
import type { UpOptions } from '../../src/lab/options.ts';
import { findingsOf } from '../../src/lab/problem.ts';
import type { LabState } from '../../src/lab/state.ts';

const node = (name: string) => ({ name, address: '172.16.217.171', namespace: `k8s-ha-lab-${name}` });

const standIn: LabState = {
  name: 'lab',
  created: '2026-11-29T00:00:00.000Z',
  image: 'abc',
  ready: true,
  nodes: ['cp1', 'cp2', 'cp3'].map(node),
  client: { address: '172.16.217.10', namespace: 'k8s-ha-lab-client' },
  sshConfig: '',
  caFile: '',
};

const forKubeadm: LabState = {
  ...standIn,
  nodes: [...standIn.nodes, { ...node('w1'), worker: true }],
  kubernetes: { version: 'v1.36.3', dir: '/k' },
  machine: { dir: '/m', pauseImage: 'pause' },
};

/** What is wrong with asking for this while that runs; undefined where it is the same. */
function refusal(state: LabState, options: UpOptions): string | undefined {
  try {
    refuseOther(state, options);
    return undefined;
  } catch (error) {
    return findingsOf(error)?.map(({ rule, message }) => `${rule}: ${message}`)[0];
  }
}

describe('a lab that runs', () => {
  it('is given to one who asks for it, or for nothing in particular', () => {
    expect(refusal(standIn, {})).toBeUndefined();
    expect(refusal(standIn, { nodes: 3, family: 'ipv4' })).toBeUndefined();
    expect(refusal(forKubeadm, { nodes: 3, kubeadm: { workers: 1 } })).toBeUndefined();
  });

  it.each([
    ['nodes', { nodes: 5 }, 'lab-node-count: the lab "lab" has 3 nodes, and 5 are asked for'],
    ['family', { family: 'dual' }, 'lab-family: the lab "lab" is ipv4, and dual is asked for'],
    ['release', { debian: ['trixie'] }, `lab-release: the lab "lab" is of this host's own, and trixie is asked for`],
    [
      'kubeadm',
      { kubeadm: {} },
      'lab-kind: the lab "lab" runs the stand-in API server, and a lab for kubeadm is asked for',
    ],
  ] as const)('is not changed into another one: %s', (_, options, message) => {
    expect(refusal(standIn, options)).toBe(message);
  });

  it('counts workers apart from nodes', () => {
    expect(refusal(forKubeadm, { kubeadm: { workers: 2 } })).toBe(
      'lab-node-count: the lab "lab" has 1 workers, and 2 are asked for',
    );
    expect(refusal(forKubeadm, { nodes: 5, kubeadm: {} })).toContain('has 3 nodes');
  });
});
