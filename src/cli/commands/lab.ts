import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Finding } from '../../core/finding.ts';
import type { Result } from '../../core/result.ts';
import type { LabFamily, LabState } from '../../lab/lab.ts';
import { interruptible, tellFindings, type OutputFormat } from '../shared/context.ts';
import { outputOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

function nameOption(): Option {
  return new Option('--name <lab>', 'which lab').default('lab');
}

const cliPath = fileURLToPath(new URL('../main.js', import.meta.url));

/** Shows why it did not work; exit code 2 where the machine is not what a lab needs, 1 otherwise. */
async function unwrap<T>(result: Result<T, readonly Finding[]>): Promise<T | undefined> {
  if (result.ok) return result.value;
  await tellFindings(result.error);
  process.exitCode = 1;
  return undefined;
}

/** Becomes a child's exit code; a signal is told as a shell would. */
function runInherited(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const [file = '', ...args] = argv;
  // The child gets Ctrl-C from the terminal itself; this process must outlive it to report its end.
  process.on('SIGINT', () => undefined);
  const { status, signal, error } = spawnSync(file, args, { stdio: 'inherit', env });
  if (error) throw error;
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
}

function tellStep(text: string): void {
  return tell(`  · ${text}`);
}

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
  readonly from: 'auto' | 'release' | 'go';
  readonly podman?: true;
}

function up(): Command {
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
      '\nExamples:\n  k8s-ha lab up\n  k8s-ha lab up --name other --nodes 5\n  k8s-ha lab up --name six --family ipv6\n  k8s-ha lab up --debian bookworm,trixie\n  k8s-ha lab up --podman\n  k8s-ha lab up --kubernetes\n  k8s-ha lab up --kubernetes 1.36.1 --from release\n  k8s-ha lab up --kubernetes --binaries /opt/kubernetes/bin\n  k8s-ha lab up --kubeadm --workers 1',
    )
    .action(async ({ kubernetes, kubeadm, workers, binaries, from, podman, ...options }: UpFlags) => {
      if (workers !== undefined && kubeadm === undefined)
        throw new UsageError('--workers is for machines on which kubeadm makes the cluster', 'Add --kubeadm.');
      const { labUp } = await import('../../lab/lab.ts');
      const { kubeadmOf } = await import('../shared/lab-kubernetes.ts');
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
      if (state.podman) print(`Container image ${state.podman.image}`);
      print(
        `The lab "${state.name}" is up. Next: k8s-ha lab run -- k8s-ha ${state.machine ? 'up' : 'apply'} examples/${exampleFor(state)}`,
      );
    });
}

function down(): Command {
  return new Command('down')
    .description('take a lab down and leave nothing of it; the images stay for the next one')
    .addOption(nameOption())
    .option('--all', 'every lab of this machine', false)
    .option('--images', 'remove the images too', false)
    .addHelpText('after', '\nExamples:\n  k8s-ha lab down\n  k8s-ha lab down --all --images')
    .action(async ({ name, all, images }: { name: string; all: boolean; images: boolean }) => {
      const { labDown, labNames } = await import('../../lab/lab.ts');
      const names = all ? await labNames() : [name];
      for (const lab of names.length === 0 ? [name] : names) {
        const result = await labDown(lab, { images, onProgress: tellStep });
        if (result.ok) print(`The lab "${lab}" is gone.`);
        await unwrap(result);
      }
    });
}

function status(): Command {
  return new Command('status')
    .description('whether each machine runs, answers ssh and has a ready API server')
    .addOption(nameOption())
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  k8s-ha lab status')
    .action(async ({ name, output }: { name: string; output: OutputFormat }) => {
      const { labStatus } = await import('../../lab/lab.ts');
      const found = await unwrap(await labStatus(name));
      if (!found) return;
      if (output === 'json') return printJson(found);
      const { table } = await import('../../index.ts');
      print(
        table(
          ['NODE', 'ADDRESS', 'POWER', 'SSH', `API SERVER (${found.kubernetes?.version ?? 'STAND-IN'})`],
          found.statuses.map((node) => [node.name, node.address, node.power, node.ssh ? 'yes' : 'no', node.apiServer]),
        ),
      );
    });
}

/** `--` before a command is allowed, and not needed. */
export function withoutDashes(command: readonly string[]): string[] {
  return command[0] === '--' ? command.slice(1) : [...command];
}

function ssh(): Command {
  return (
    new Command('ssh')
      .description('log in to a machine of the lab, or run a command there')
      .argument('<node>', 'its name, such as cp1')
      .argument('[command...]', 'what to run there, with its own options')
      .addOption(nameOption())
      // What follows the node is the command's: `lab ssh cp1 journalctl -n 20`. Options of this one come before the node.
      .passThroughOptions()
      .addHelpText(
        'after',
        '\nExamples:\n  k8s-ha lab ssh cp1\n  k8s-ha lab ssh cp1 journalctl -u k8s-ha-keepalived -n 20\n  k8s-ha lab ssh --name other cp1 uptime',
      )
      .action(async (node: string, command: string[], { name }: { name: string }) => {
        const { labSsh, labState } = await import('../../lab/lab.ts');
        if (await unwrap(await labState(name))) runInherited(labSsh(name, node, withoutDashes(command)));
      })
  );
}

function run(): Command {
  return new Command('run')
    .description("run a command in the lab's client: its network, this machine's files")
    .argument('<command...>', 'what to run, with its own options; k8s-ha itself finds the lab by its environment')
    .addOption(nameOption())
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha lab run -- curl -k https://172.16.100.100:7443/version\n  k8s-ha lab run -- k8s-ha status examples/tutorial.yaml\n  k8s-ha lab run -- kubectl get leases -n kube-system',
    )
    .action(async (command: string[], { name }: { name: string }) => {
      const [file = '', ...args] = withoutDashes(command);
      const { labClient, labPaths, labState } = await import('../../lab/lab.ts');
      const state = await unwrap(await labState(name));
      if (!state) return;
      const own = file === 'k8s-ha' ? [process.execPath, cliPath] : [file];
      const power = `${process.execPath} ${cliPath} lab power --name ${name}`;
      runInherited([...labClient(name).argvPrefix, ...own, ...args], {
        ...process.env,
        K8S_HA_SSH_CONFIG: labClient(name).sshConfig,
        K8S_HA_POWER_OFF: `${power} off {node}`,
        K8S_HA_POWER_ON: `${power} on {node}`,
        K8S_HA_LAB: name,
        ...(state.kubernetes && {
          KUBECONFIG: labPaths(name).kubeconfig,
          K8S_HA_KUBECONFIG: labPaths(name).kubeconfig,
          PATH: `${state.kubernetes.dir}:${process.env['PATH'] ?? ''}`,
        }),
      });
    });
}

function power(): Command {
  return new Command('power')
    .description('take the power of a machine away, or give it back')
    .addArgument(new Command().createArgument('<state>', 'off or on').choices(['off', 'on']))
    .argument('<node>', 'its name, such as cp1')
    .addOption(nameOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha lab power off cp1\n  k8s-ha lab power on cp1')
    .action(async (state: 'off' | 'on', node: string, { name }: { name: string }) => {
      const { labPowerOff, labPowerOn } = await import('../../lab/lab.ts');
      const result = state === 'off' ? await labPowerOff(name, node) : await labPowerOn(name, node);
      if (result.ok) print(`${node} is ${state}.`);
      else await unwrap<unknown>(result);
    });
}

function programs(): Command {
  return new Command('programs')
    .description("fetch or build Kubernetes' programs for the lab, and print their folder")
    .option('--kubernetes <version>', 'which version; the pinned one by default')
    .addOption(
      new Option('--from <source>', 'the pinned Go module, or the release, which its own server vouches for')
        .choices(['auto', 'release', 'go'])
        .default('auto'),
    )
    .addHelpText('after', '\nExample:\n  PATH="$(k8s-ha lab programs):$PATH" kubectl version --client')
    .action(async ({ kubernetes, from }: { kubernetes?: string; from: UpFlags['from'] }) => {
      const { labPrograms } = await import('../../lab/lab.ts');
      const found = await unwrap(
        await labPrograms({ version: kubernetes, from, onProgress: tellStep }, interruptible()),
      );
      if (found) print(found.dir);
    });
}

export function labCommand(): Command {
  const lab = new Command('lab')
    .enablePositionalOptions()
    .description('real Debian machines on this one, to try everything on (root, Linux)')
    .addHelpText(
      'after',
      '\nExample:\n  k8s-ha lab up && k8s-ha lab run -- k8s-ha apply examples/tutorial.yaml && k8s-ha lab down',
    );
  for (const command of [up(), down(), status(), ssh(), run(), power(), programs()]) lab.addCommand(command);
  return lab;
}
