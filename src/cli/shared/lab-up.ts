import { Command, InvalidArgumentError, Option } from 'commander';
import type { BinarySource, LabFamily, LabState } from '../../lab/lab.ts';
import { interruptible } from './context.ts';
import { nameOption, tellStep, unwrap } from './lab-results.ts';
import { print } from './output.ts';
import { UsageError } from './usage.ts';

function nodeCount(value: string): 3 | 5 {
  if (value === '3') return 3;
  if (value === '5') return 5;
  throw new InvalidArgumentError('a lab has 3 or 5 nodes.');
}

function workerCount(value: string): number {
  if (/^[0-3]$/.test(value)) return Number(value);
  throw new InvalidArgumentError('a lab has at most 3 workers.');
}

function releases(value: string): readonly string[] {
  const names = value.split(',');
  if (names.some((name) => !/^[a-z]+$/.test(name))) throw new InvalidArgumentError('e.g. bookworm or bookworm,trixie.');
  return names;
}

/** The example that describes the lab. */
const exampleOf = { ipv4: 'tutorial.yaml', ipv6: 'ipv6.yaml', dual: 'dual-stack.yaml' } as const;

function exampleFor({ family = 'ipv4', podman, machine }: Pick<LabState, 'family' | 'podman' | 'machine'>): string {
  if (machine) return 'whole-cluster.yaml';
  return family === 'ipv4' && podman ? 'podman.yaml' : exampleOf[family];
}

interface UpFlags {
  readonly name: string;
  readonly nodes?: 3 | 5;
  readonly family?: LabFamily;
  readonly debian?: readonly string[];
  /** True: the pinned version. */
  readonly kubernetes?: string | true;
  /** True: the pinned version. */
  readonly kubeadm?: string | true;
  readonly workers?: number;
  readonly binaries?: string;
  readonly from: BinarySource;
  readonly podman?: true;
}

export function labUpCommand(): Command {
  return new Command('up')
    .description('boot the machines, etcd and a stand-in API server on each; a lab that runs is fixed')
    .addOption(nameOption())
    .option('--nodes <count>', '3 or 5', nodeCount)
    .addOption(
      new Option('--family <family>', 'addresses of the machines: IPv4, IPv6, or both (IPv4 by default)').choices([
        'ipv4',
        'ipv6',
        'dual',
      ]),
    )
    .addOption(
      new Option(
        '--debian <releases>',
        "Debian releases of the machines, in turn: two make a cluster of mixed versions (this host's own by default)",
      ).argParser(releases),
    )
    .option('--kubernetes [version]', 'real Kubernetes instead of the stand-in API server, without kubelets')
    .addOption(
      new Option(
        '--kubeadm [version]',
        'machines with containerd, kubelet and kubeadm, and no Kubernetes yet: k8s-ha up makes the cluster',
      ).conflicts('kubernetes'),
    )
    .option('--workers <count>', 'with --kubeadm: machines without a control plane, up to 3', workerCount)
    .addOption(
      new Option('--binaries <dir>', "folder of Kubernetes' programs; nothing is fetched or built then").env(
        'KUBEBUILDER_ASSETS',
      ),
    )
    .addOption(
      new Option(
        '--from <source>',
        'where else the programs come from: the pinned Go module, or the release, which its own server vouches for',
      )
        .choices(['auto', 'release', 'go'])
        .default('auto'),
    )
    .option('--podman', "k8s-ha's own container image on every machine, for runtime: podman; built here, once")
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha lab up\n  k8s-ha lab up --name other --nodes 5\n  k8s-ha lab up --name six --family ipv6\n  k8s-ha lab up --debian bookworm,trixie\n  k8s-ha lab up --podman\n  k8s-ha lab up --kubernetes\n  k8s-ha lab up --kubernetes 1.36.1 --from release\n  k8s-ha lab up --kubernetes --binaries /opt/kubernetes/bin\n  k8s-ha lab up --kubeadm --workers 1\n  k8s-ha lab up --kubeadm 1.35                  to be upgraded: the next version is in /opt/k8s-ha-lab/next',
    )
    .action(async ({ kubernetes, kubeadm, workers, binaries, from, podman, ...options }: UpFlags) => {
      if (workers !== undefined && kubeadm === undefined)
        throw new UsageError('--workers is for machines on which kubeadm makes the cluster', 'Add --kubeadm.');
      const { labUp, guest } = await import('../../lab/lab.ts');
      const { kubeadmOf } = await import('./lab-kubernetes.ts');
      const { ownImage } = await import('../../index.ts');
      const state = await unwrap(
        await labUp({
          ...options,
          ...(kubernetes !== undefined && {
            kubernetes: {
              ...(kubernetes !== true && { version: kubernetes }),
              dir: binaries,
              from,
              configOf: await kubeadmOf(options.nodes ?? 3, options.family),
            },
          }),
          ...(kubeadm !== undefined && {
            kubeadm: {
              ...(kubeadm !== true && { version: kubeadm }),
              ...(workers !== undefined && { workers }),
              dir: binaries,
              from,
            },
          }),
          ...(podman && { podman: { image: ownImage.name, containerfile: ownImage.containerfile } }),
          signal: interruptible(),
          onProgress: tellStep,
        }),
      );
      if (!state) return;
      for (const { name, address, secondAddress } of state.nodes)
        print(`${name}  ${address}${secondAddress === undefined ? '' : `  ${secondAddress}`}`);
      if (state.kubernetes) print(`Kubernetes ${state.kubernetes.version}, programs in ${state.kubernetes.dir}`);
      if (state.machine?.next)
        print(`To be upgraded to ${state.machine.next.version}, from ${guest.next} on the machines`);
      if (state.podman) print(`Container image ${state.podman.image}`);
      print(
        `The lab "${state.name}" is up. Next: k8s-ha lab run -- k8s-ha ${state.machine ? 'up' : 'apply'} examples/${exampleFor(state)}`,
      );
    });
}
