import { Argument, Command } from 'commander';
import type { ClusterSpec, Host, PlannedVersion } from '../../index.ts';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts } from './context.ts';
import { breakLockOption, dryRunOption, fileArgument, outputOption, planOption, yesOption } from './options.ts';
import { print, printJson, tell } from './output.ts';
import { approved, type RolloutFlags } from './rollout.ts';
import { UsageError } from './usage.ts';

interface Flags extends RolloutFlags {
  readonly from: string;
  readonly dryRun: boolean;
  readonly replacePrograms: boolean;
  readonly keepPods: boolean;
}

/** Where the new programs are on every machine, when nothing else is said. */
const defaultFolder = '/opt/kubernetes';

export function upgradeKubernetesCommand(): Command {
  return new Command('kubernetes')
    .description('bring a cluster that kubeadm made to another version of Kubernetes, node by node, without an outage')
    .addArgument(new Argument('<version>', 'such as 1.36.3'))
    .addArgument(fileArgument())
    .option(
      '--from <folder>',
      'folder on every machine with kubeadm, kubelet and kubectl of the version, and images as images/*.tar',
      defaultFolder,
    )
    .option(
      '--replace-programs',
      'programs that k8s-ha did not place may be replaced too; never those of packages',
      false,
    )
    .option('--keep-pods', 'do not have the pods leave a node before its kubelet is replaced', false)
    .addOption(dryRunOption())
    .addOption(planOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha upgrade kubernetes 1.36.3 prod.yaml --dry-run\n  k8s-ha upgrade kubernetes 1.36.3 prod.yaml --from /mnt/kubernetes-1.36.3 --replace-programs\n\nOne minor version at a time. A snapshot of etcd is taken first; then each node, VIP holder last and workers at the end:\nno HAProxy sends its API server anybody, its VIPs and its pods leave, kubeadm and the kubelet are replaced, and it must\nwork before the next one is touched. Interrupted anywhere, running it again finishes the work. kubeadm does not go back.\nSee docs/guides/upgrades.md.',
    )
    .action(async (version: string, file: string, own: Flags, command: Command) => {
      const flags = flagsOf(own, command);
      const wanted = { version: versionOf(version), folder: folderOf(flags.from), replace: flags.replacePrograms };
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { workerHosts } = await import('../../index.ts');
      const options = globalOptions(command);
      const workers = workerHosts(spec, { configFile: options.sshConfig });
      const signal = interruptible();
      try {
        await withHosts(spec, options, async (hosts) =>
          flags.dryRun
            ? show(spec, flags, { hosts, workers, wanted, signal })
            : carryOut(spec, flags, { hosts, workers, wanted, signal }),
        );
      } finally {
        await Promise.all(workers.map(async (host) => host.close()));
      }
    });
}

/** Options of `upgrade` itself: commander gives it those that both have, wherever they stand. */
interface UpgradeFlags extends RolloutFlags {
  readonly package?: string;
  readonly to?: string;
}

/** @throws UsageError where an option is of `upgrade` alone */
export function flagsOf(own: Flags, command: Command): Flags {
  const upgrade = command.parent?.opts<UpgradeFlags>();
  if (!upgrade) return own;
  if (upgrade.package !== undefined || upgrade.to !== undefined)
    throw new UsageError('--package and --to are for HAProxy and keepalived', 'Leave them out.');
  const plan = own.plan ?? upgrade.plan;
  return {
    ...own,
    yes: own.yes || upgrade.yes,
    breakLock: own.breakLock || upgrade.breakLock,
    output: upgrade.output === 'json' ? upgrade.output : own.output,
    ...(plan !== undefined && { plan }),
  };
}

function versionOf(text: string): string {
  const version = /^v?(1\.\d{1,3}\.\d{1,3})$/.exec(text)?.[1];
  if (version === undefined)
    throw new UsageError(`"${text}" is no version of Kubernetes`, 'Write it whole, such as 1.36.3.');
  return `v${version}`;
}

function folderOf(path: string): string {
  if (!/^\/[\w./+@-]*$/.test(path))
    throw new UsageError(
      `--from ${path} is no folder on the machines`,
      'Name it from the root, such as /opt/kubernetes.',
    );
  return path.replace(/\/+$/, '');
}

interface Given {
  readonly hosts: readonly Host[];
  readonly workers: readonly Host[];
  readonly wanted: { readonly version: string; readonly folder: string; readonly replace: boolean };
  readonly signal: AbortSignal;
}

async function show(spec: ClusterSpec, flags: Flags, given: Given): Promise<void> {
  const { planVersionOf, hasErrors } = await import('../../index.ts');
  const planned = await planVersionOf(spec, given);
  const { plan, findings } = planned;
  if (flags.output === 'json') printJson({ ...plan, findings });
  else {
    await tellFindings(findings);
    print(await textOf(spec, flags, planned));
  }
  process.exitCode = hasErrors(findings) ? 1 : 0;
}

async function textOf({ name }: ClusterSpec, { keepPods }: Flags, { plan, findings }: PlannedVersion): Promise<string> {
  const { versionText, hasErrors } = await import('../../index.ts');
  if (hasErrors(findings)) return `${name}: ${sentences.failed}`;
  return plan.steps.length === 0 ? `${name}: ${sentences.unchanged}` : versionText(plan, { keepPods });
}

async function carryOut(spec: ClusterSpec, flags: Flags, given: Given): Promise<void> {
  const { upgradeKubernetes } = await import('../../index.ts');
  const { tellEvent } = await import('./progress.ts');
  const began = performance.now();
  const { outcome, plan, findings, notes } = await upgradeKubernetes(spec, {
    ...given,
    keepPods: flags.keepPods,
    breakLock: flags.breakLock,
    onEvent: tellEvent,
    confirm: async (planned) => {
      await tellFindings(planned.findings);
      tell(await textOf(spec, flags, planned));
      return approved(planned.plan.hash, flags, 'the machines have changed');
    },
  });
  for (const note of notes) tell(note);
  const good = outcome === 'unchanged' || outcome === 'applied';
  if (outcome === 'failed') await tellFindings(findings);
  process.exitCode = good ? 0 : 1;
  if (flags.output === 'json') return printJson({ outcome, findings, hash: plan?.hash });
  print(`${spec.name}: ${sentences[outcome]}`);
  if (outcome === 'applied') tell(`It took ${Math.round((performance.now() - began) / 1000)} s.`);
}

const sentences = {
  unchanged: 'nothing to do; every node is of this version.',
  applied: 'every node is of this version, and works.',
  declined: 'declined; nothing was changed.',
  failed: 'not upgraded, or not everywhere; see above.',
} as const;
