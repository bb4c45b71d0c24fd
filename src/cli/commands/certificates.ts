import { Command } from 'commander';
import type { ClusterSpec, Finding, Host } from '../../index.ts';
import {
  globalOptions,
  interruptible,
  loadCluster,
  tellFindings,
  withHosts,
  type OutputFormat,
} from '../shared/context.ts';
import { breakLockOption, dryRunOption, fileArgument, outputOption, planOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { approved, type RolloutFlags } from '../shared/rollout.ts';

interface RenewFlags extends RolloutFlags {
  readonly all: boolean;
  readonly ca: boolean;
  readonly dryRun: boolean;
}

export function certificatesCommand(): Command {
  const certificates = new Command('certificates')
    .description('when the certificates of the control plane end, and their renewal node by node')
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha certificates prod.yaml\n  k8s-ha certificates renew prod.yaml --dry-run',
    );
  certificates.addCommand(showCommand(), { isDefault: true });
  certificates.addCommand(renewCommand());
  return certificates;
}

function showCommand(): Command {
  return new Command('show')
    .description('every certificate, when it ends, and who renews it; the default')
    .addArgument(fileArgument())
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  k8s-ha certificates prod.yaml\n  k8s-ha certificates show prod.yaml -o json')
    .action(async (file: string, { output }: { readonly output: OutputFormat }, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { certificatesText, lookAtCertificates } = await import('../../index.ts');
      const views = await withHosts(spec, globalOptions(command), async (hosts) => lookAtCertificates(spec, hosts));
      process.exitCode = views.every(({ seen }) => seen.known) ? 0 : 1;
      if (output === 'json') printJson({ schemaVersion: 1, nodes: views });
      else print(certificatesText(views));
    });
}

function renewCommand(): Command {
  return new Command('renew')
    .description(
      'have kubeadm renew all of its certificates, one node after the other, each without VIPs and connections',
    )
    .addArgument(fileArgument())
    .addOption(dryRunOption())
    .option('--all', 'also certificates that are less than a day old', false)
    .option('--ca', 'says why CAs are not rotated', false)
    .addOption(planOption())
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      "\nExamples:\n  k8s-ha certificates renew prod.yaml --dry-run\n  k8s-ha certificates renew prod.yaml\n\nInterrupted anywhere, running it again finishes it. kubelets renew theirs by themselves. Afterwards, take the administrator's\nnew credentials: k8s-ha kubeconfig prod.yaml --merge",
    )
    .action(async (file: string, flags: RenewFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      if (flags.ca) return refuse(flags, [caRotation()]);
      const signal = interruptible();
      await withHosts(spec, globalOptions(command), async (hosts) =>
        flags.dryRun ? show(spec, hosts, flags, signal) : renew(spec, hosts, flags, signal),
      );
    });
}

function caRotation(): Finding {
  return {
    rule: 'ca-rotation',
    severity: 'error',
    message: 'a CA is not rotated by this tool: clients that it does not know of would be locked out',
    suggestion: 'Follow https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/.',
  };
}

async function refuse({ output }: RenewFlags, findings: readonly Finding[]): Promise<void> {
  if (output === 'json') printJson({ schemaVersion: 1, outcome: 'failed', findings });
  await tellFindings(findings);
}

async function show(spec: ClusterSpec, hosts: readonly Host[], flags: RenewFlags, signal: AbortSignal): Promise<void> {
  const { hasErrors, planRenewalOf, renewalText } = await import('../../index.ts');
  const { plan, findings } = await planRenewalOf(spec, { hosts, all: flags.all, signal });
  if (flags.output === 'json') printJson({ schemaVersion: 1, ...plan, findings });
  else {
    await tellFindings(findings);
    print(plan.visits.length === 0 ? `${spec.name}: ${sentences.unchanged}` : renewalText(plan));
  }
  process.exitCode = hasErrors(findings) ? 1 : 0;
}

async function renew(spec: ClusterSpec, hosts: readonly Host[], flags: RenewFlags, signal: AbortSignal): Promise<void> {
  const { renewCertificates, renewalText } = await import('../../index.ts');
  const { tellEvent } = await import('../shared/progress.ts');
  const { outcome, plan, findings, notes } = await renewCertificates(spec, {
    hosts,
    signal,
    all: flags.all,
    breakLock: flags.breakLock,
    onEvent: tellEvent,
    confirm: async (planned) => {
      tell(renewalText(planned));
      return approved(planned.hash, flags, 'the nodes have changed');
    },
  });
  for (const note of notes) tell(note);
  await tellFindings(findings);
  process.exitCode = outcome === 'applied' || outcome === 'unchanged' ? 0 : 1;
  if (flags.output === 'json') printJson({ schemaVersion: 1, outcome, hash: plan?.hash, findings });
  else print(`${spec.name}: ${sentences[outcome]}`);
}

const sentences = {
  unchanged: 'nothing to do; all certificates of kubeadm were renewed within the last day (--all renews them again).',
  applied: 'all certificates of kubeadm are renewed, and what uses them runs with the new ones.',
  declined: 'declined; nothing was changed.',
  failed: 'not done, or not all of it; see above.',
} as const;
