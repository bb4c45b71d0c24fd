import { Command, Option } from 'commander';
import { confirm } from '../shared/ask.ts';
import {
  globalOptions,
  interruptible,
  loadCluster,
  tellFindings,
  withHosts,
  type OutputFormat,
} from '../shared/context.ts';
import { breakLockOption, outputOption, yesOption } from '../shared/options.ts';
import { between } from '../shared/numbers.ts';
import { kubeconfigFrom } from '../shared/kubeconfig.ts';
import { print, printJson, tell } from '../shared/output.ts';

interface SoakFlags {
  readonly seconds: number;
  readonly busy: boolean;
  readonly rate: number;
  readonly kubeconfig?: string;
  readonly yes: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

export function soakCommand(): Command {
  return new Command('soak')
    .description('load the nodes for a while: how long do they stand still, does a VIP move although nothing failed?')
    .argument('<file>', 'cluster file')
    .option('--seconds <n>', 'how long', between(5, 86_400), 600)
    .option('--busy', 'also keep every processor of every node busy', false)
    .option('--rate <n>', 'new TLS connections a second, 1–200', between(1, 200), 100)
    .addOption(
      new Option(
        '--kubeconfig <file>',
        'credentials for the probes, and the CA that the API is checked by, which otherwise comes from a node',
      ).env('K8S_HA_KUBECONFIG'),
    )
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha soak prod.yaml --busy\n  k8s-ha soak prod.yaml --seconds 60 -o json\n\nWrite the longest stall into the cluster file as failover.hostStall: targets that it does not allow are then refused.',
    )
    .action(async (file: string, flags: SoakFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const inLab = process.env['K8S_HA_LAB'] !== undefined;
      if (!inLab && !(await confirm(`Load ${spec.nodes.length} nodes for ${flags.seconds} s?`, flags))) return;
      const { nodeVouches, probeConfig, soak, soakText, soakIsGood } = await import('../../index.ts');
      const { caPem, credentials } = (await kubeconfigFrom(flags.kubeconfig)) ?? {};
      const signal = interruptible();
      const outcome = await withHosts(spec, globalOptions(command), async (hosts) => {
        const probe = await probeConfig(spec, hosts[0], { ratePerSecond: flags.rate, caPem, credentials });
        if (!probe.ok) return probe;
        if (caPem === undefined && hosts[0]) tell(`  · ${nodeVouches(hosts[0].name)}`);
        return soak(probe.value, {
          hosts,
          signal,
          seconds: flags.seconds,
          busy: flags.busy,
          ratePerSecond: flags.rate,
          breakLock: flags.breakLock,
          onEvent: (text) => tell(`  · ${text}`),
        });
      });
      if (!outcome.ok) return tellFindings(outcome.error);
      if (flags.output === 'json') printJson(outcome.value);
      else print(soakText(outcome.value));
      process.exitCode = soakIsGood(outcome.value) ? 0 : 1;
    });
}
