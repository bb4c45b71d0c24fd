import type { LabProblem } from '../core/findings/lab.ts';
import type { UpOptions } from './options.ts';
import { problem, stop } from './problem.ts';
import type { LabState } from './state.ts';

/**
 * A lab that runs is not changed into another one: what was asked for must be what it is.
 * @throws a finding (problem.ts) for the first thing that is different
 */
export function refuseOther(state: LabState, options: UpOptions): void {
  const differs = differences(state, options).find(({ asked, is }) => asked !== undefined && asked !== is);
  if (!differs) return;
  throw stop(
    problem(differs.rule, `the lab "${state.name}" ${differs.has(differs.is)}, and ${differs.wants} asked for`, {
      suggestion: 'Take it down first, or give the other lab another name.',
    }),
  );
}

interface Difference {
  readonly rule: LabProblem;
  readonly asked: string | number | undefined;
  readonly is: string | number;
  readonly has: (is: string | number) => string;
  readonly wants: string;
}

function differences(state: LabState, options: UpOptions): readonly Difference[] {
  const { nodes, family = 'ipv4', debian = ["this host's own"], podman } = state;
  const workers = nodes.filter(({ worker }) => worker).length;
  const kind = kindOf(state);
  return [
    {
      rule: 'node-count',
      asked: options.nodes,
      is: nodes.length - workers,
      has: (is) => `has ${is} nodes`,
      wants: `${options.nodes} are`,
    },
    {
      rule: 'node-count',
      asked: options.kubeadm?.workers,
      is: workers,
      has: (is) => `has ${is} workers`,
      wants: `${options.kubeadm?.workers} are`,
    },
    { rule: 'family', asked: options.family, is: family, has: (is) => `is ${is}`, wants: `${options.family} is` },
    {
      rule: 'release',
      asked: options.debian?.join(),
      is: debian.join(),
      has: (is) => `is of ${is}`,
      wants: `${options.debian?.join()} is`,
    },
    {
      rule: 'kind',
      asked: options.kubeadm ? 'kubeadm' : options.kubernetes && 'kubernetes',
      is: kind,
      has: () => kinds[kind],
      wants: options.kubeadm ? 'a lab for kubeadm is' : 'real Kubernetes is',
    },
    {
      rule: 'container-image',
      asked: options.podman?.image,
      is: podman?.image ?? '',
      has: (is) => `has ${is === '' ? 'no container image' : `the container image ${is}`}`,
      wants: `${options.podman?.image} is`,
    },
  ];
}

function kindOf({ machine, kubernetes }: LabState): keyof typeof kinds {
  return machine ? 'kubeadm' : kubernetes ? 'kubernetes' : 'stand-in';
}

const kinds = {
  kubeadm: 'is one for kubeadm',
  kubernetes: 'runs a control plane without kubelets',
  'stand-in': 'runs the stand-in API server',
} as const;
