import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import type { BinarySource } from '../../lab/lab.ts';
import { interruptible, type OutputFormat } from '../shared/context.ts';
import { labUpCommand } from '../shared/lab-up.ts';
import { nameOption, tellStep, unwrap } from '../shared/lab-results.ts';
import { outputOption } from '../shared/options.ts';
import { print, printJson } from '../shared/output.ts';

const cliPath = fileURLToPath(new URL('../main.js', import.meta.url));

/** Becomes a child's exit code; a signal is told as a shell would. */
function runInherited(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const [file = '', ...args] = argv;
  // The child gets Ctrl-C from the terminal itself; this process must outlive it to report its end.
  process.on('SIGINT', () => undefined);
  const { status, signal, error } = spawnSync(file, args, { stdio: 'inherit', env });
  if (error) throw error;
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
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
    .option('--kubeadm', 'also what machines of `lab up --kubeadm` need: container runtime, kubelet and images', false)
    .addHelpText('after', '\nExample:\n  PATH="$(k8s-ha lab programs):$PATH" kubectl version --client')
    .action(async ({ kubernetes, from, kubeadm }: { kubernetes?: string; from: BinarySource; kubeadm: boolean }) => {
      const { labPrograms } = await import('../../lab/lab.ts');
      const found = await unwrap(
        await labPrograms({ version: kubernetes, from, kubeadm, onProgress: tellStep }, interruptible()),
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
  for (const command of [labUpCommand(), down(), status(), ssh(), run(), power(), programs()]) lab.addCommand(command);
  return lab;
}
