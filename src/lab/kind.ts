import type { Finding } from '../core/finding.ts';
import type { UpOptions } from './options.ts';
import { problem, stop } from './problem.ts';
import type { LabState } from './state.ts';

/**
 * A lab that runs is not changed into another one: what was asked for must be what it is.
 * @throws a finding (problem.ts) for the first thing that is different
 */
export function refuseOther(state: LabState, options: UpOptions): void {
  const differs = differences(state, options).find(({ asked, is }) => asked !== undefined && asked !== is);
  if (differs) throw stop(differs.problem());
}

interface Difference {
  readonly asked: string | number | undefined;
  readonly is: string | number;
  readonly problem: () => Finding;
}

function differences(state: LabState, options: UpOptions): readonly Difference[] {
  const { name, nodes, family = 'ipv4', debian = ["this host's own"], podman } = state;
  const { kubeadm } = options;
  const workers = nodes.filter(({ worker }) => worker).length;
  const is = kindOf(state);
  const says = (has: string, wants: string): [string, { readonly suggestion: string }] => [
    `the lab "${name}" ${has}, and ${wants} asked for`,
    { suggestion: 'Take it down first, or give the other lab another name.' },
  ];
  return [
    {
      asked: kubeadm ? 'kubeadm' : options.kubernetes && 'kubernetes',
      is,
      problem: () => problem('kind', ...says(kinds[is], kubeadm ? 'a lab for kubeadm is' : 'real Kubernetes is')),
    },
    {
      asked: options.nodes,
      is: nodes.length - workers,
      problem: () => problem('node-count', ...says(`has ${nodes.length - workers} nodes`, `${options.nodes} are`)),
    },
    {
      asked: kubeadm?.workers,
      is: workers,
      problem: () => problem('node-count', ...says(`has ${workers} workers`, `${kubeadm?.workers} are`)),
    },
    {
      asked: options.family,
      is: family,
      problem: () => problem('family', ...says(`is ${family}`, `${options.family} is`)),
    },
    {
      asked: options.debian?.join(),
      is: debian.join(),
      problem: () => problem('release', ...says(`is of ${debian.join()}`, `${options.debian?.join()} is`)),
    },
    {
      asked: options.podman?.image,
      is: podman?.image ?? '',
      problem: () =>
        problem(
          'container-image',
          ...says(
            `has ${podman ? `the container image ${podman.image}` : 'no container image'}`,
            `${options.podman?.image} is`,
          ),
        ),
    },
  ];
}

function kindOf({ machine, kubernetes }: LabState): keyof typeof kinds {
  return machine ? 'kubeadm' : kubernetes ? 'kubernetes' : 'stand-in';
}

const kinds = {
  kubeadm: 'has machines for kubeadm',
  kubernetes: 'runs a control plane without kubelets',
  'stand-in': 'runs the stand-in API server',
} as const;
