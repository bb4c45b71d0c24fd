import { Command } from 'commander';
import type { ClusterSpec, PlannedUp } from '../../index.ts';
import { interruptible, loadCluster, tellFindings } from '../shared/context.ts';
import { withMachines, type Machines } from '../shared/machines.ts';
import {
  breakLockOption,
  dryRunOption,
  fileArgument,
  outputOption,
  planOption,
  withoutOption,
  yesOption,
} from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { approved, type RolloutFlags } from '../shared/rollout.ts';
import { takeKubeconfig } from '../shared/take-kubeconfig.ts';

interface UpFlags extends RolloutFlags {
  readonly leave: readonly string[];
  readonly without: readonly string[];
  readonly dryRun: boolean;
  /** True: the kubeconfig that kubectl uses. */
  readonly merge?: string | true;
}

export function upCommand(): Command {
  return new Command('up')
    .description('from machines with SSH to a Kubernetes cluster behind the endpoint, by kubeadm; what is there stays')
    .addArgument(fileArgument())
    .addOption(dryRunOption())
    .addOption(planOption())
    .option('--merge [kubeconfig]', "put the administrator's kubeconfig into this one, or kubectl's own, at the end")
    .addOption(withoutOption())
    .option('--leave <node...>', 'take out nodes that are not in the file although up did not make them', [])
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha up prod.yaml --dry-run    every step, and nothing changed\n  k8s-ha up prod.yaml              shows that, asks, then does it\n  k8s-ha up prod.yaml --yes --merge\n\nThe machines need a container runtime, kubelet, kubeadm and kubectl. Nodes with `role: worker` join without a control plane.\nInterrupted anywhere, running it again finishes the work; on a cluster that runs it changes nothing.\nSee docs/guides/whole-cluster.md.',
    )
    .action(async (file: string, flags: UpFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const signal = interruptible();
      await withMachines(spec, command, async (machines) =>
        flags.dryRun ? show(spec, flags, machines, signal) : carryOut(spec, file, flags, machines, signal),
      );
    });
}

async function show(spec: ClusterSpec, flags: UpFlags, machines: Machines, signal: AbortSignal): Promise<void> {
  const { planUpOf, hasErrors } = await import('../../index.ts');
  const planned = await planUpOf(spec, { ...machines, without: flags.without, leave: flags.leave, signal });
  const { plan, findings } = planned;
  if (flags.output === 'json') printJson({ ...plan, findings });
  else {
    await tellFindings(findings);
    print(plan.steps.length === 0 ? `${spec.name}: ${sentences.unchanged}` : await textOf(planned));
  }
  process.exitCode = hasErrors(findings) ? 1 : 0;
}

async function textOf({ plan, endpoint }: PlannedUp): Promise<string> {
  const { upText } = await import('../../index.ts');
  return upText(plan, endpoint);
}

async function carryOut(
  spec: ClusterSpec,
  file: string,
  flags: UpFlags,
  machines: Machines,
  signal: AbortSignal,
): Promise<void> {
  const { up } = await import('../../index.ts');
  const { tellEvent } = await import('../shared/progress.ts');
  const began = performance.now();
  const { outcome, plan, findings, notes } = await up(spec, {
    ...machines,
    without: flags.without,
    leave: flags.leave,
    signal,
    breakLock: flags.breakLock,
    onEvent: tellEvent,
    confirm: async (planned) => {
      await tellFindings(planned.findings);
      tell(await textOf(planned));
      return approved(planned.plan.hash, flags);
    },
  });
  for (const note of notes) tell(note);
  const good = outcome === 'unchanged' || outcome === 'applied';
  if (outcome !== 'declined')
    await tellFindings(good ? findings.filter(({ severity }) => severity !== 'info') : findings);
  process.exitCode = good ? 0 : 1;
  if (good && flags.merge !== undefined) {
    const refused = await takeKubeconfig(spec, machines.hosts, { merge: flags.merge }, signal);
    await tellFindings(refused);
    if (refused.length > 0) process.exitCode = 1;
  }
  if (flags.output === 'json') return printJson({ outcome, findings, hash: plan?.hash });
  print(`${spec.name}: ${sentences[outcome]}`);
  if (outcome !== 'applied') return;
  tell(`It took ${Math.round((performance.now() - began) / 1000)} s. Next:`);
  if (flags.merge === undefined) tell(`  k8s-ha kubeconfig ${file} --merge    kubectl --context ${spec.name}`);
  tell(`  k8s-ha status ${file}\n  k8s-ha drill ${file} node-lost`);
}

const sentences = {
  unchanged: 'nothing to do; every machine is a node of the cluster, and the endpoint is as the file says.',
  applied: 'every machine is a node of the cluster behind the endpoint.',
  declined: 'declined; nothing was changed.',
  failed: 'not done, or not all of it; see above.',
} as const;
