import { Command, Option } from 'commander';
import { confirm } from '../ask.ts';
import { globalOptions, interruptible, loadCluster, tellFindings, withHosts, type OutputFormat } from '../context.ts';
import { breakLockOption, outputOption, yesOption } from '../options.ts';
import { print, printJson, tell } from '../output.ts';
import { UsageError } from '../usage.ts';

interface DrillFlags {
  readonly list: boolean;
  readonly rate: string;
  readonly powerOff?: string;
  readonly powerOn?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

export const drillCommand = (): Command =>
  new Command('drill')
    .description('break something on purpose while a client probes, heal it, and hold the loss against the prediction')
    .argument('<file>', 'cluster file')
    .argument('[fault...]', 'what to break, in this order; see --list')
    .option('--list', 'show the faults and what they would cost', false)
    .option('--dry-run', 'show what would be broken where, and change nothing', false)
    .option('--rate <n>', 'new TLS connections a second, 1–200', '100')
    .addOption(
      new Option('--power-off <cmd>', "command that takes a node's power; {node} is its name").env('K8S_HA_POWER_OFF'),
    )
    .addOption(new Option('--power-on <cmd>', "command that gives a node's power back").env('K8S_HA_POWER_ON'))
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha drill prod.yaml --list\n  k8s-ha drill prod.yaml haproxy-killed\n  k8s-ha drill prod.yaml node-lost --power-off "ipmitool -H {node}-bmc power off" --power-on "ipmitool -H {node}-bmc power on"',
    )
    .action(async (file: string, names: string[], flags: DrillFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const { clusterTimers, drillList, drillText, faults, runDrills, nearest } = await import('../../index.ts');
      const unknown = names.find((name) => !faults.some((fault) => fault.name === name));
      if (unknown !== undefined) {
        const near = nearest(
          unknown,
          faults.map(({ name }) => name),
        );
        throw new UsageError(
          `there is no fault "${unknown}"`,
          near === undefined ? 'See them with --list.' : `Did you mean ${near}?`,
        );
      }
      const rate = Number(flags.rate);
      if (!Number.isInteger(rate) || rate < 1 || rate > 200)
        throw new UsageError(`--rate ${flags.rate} is not between 1 and 200`);
      if (names.length === 0 && !flags.list)
        throw new UsageError('no fault is named', 'Name one or more; see them with --list.');
      const signal = interruptible();
      const outcome = await withHosts(spec, globalOptions(command), async (hosts) => {
        if (flags.list) {
          const timers = await clusterTimers(spec, hosts);
          if (!timers.ok) return timers;
          print(drillList(spec, timers.value));
          return undefined;
        }
        return runDrills(spec, {
          hosts,
          signal,
          faults: names,
          ratePerSecond: rate,
          breakLock: flags.breakLock,
          power:
            flags.powerOff === undefined || flags.powerOn === undefined
              ? undefined
              : { off: flags.powerOff, on: flags.powerOn },
          onEvent: ({ kind, what, detail }) =>
            tell(
              `  ${{ step: '·', 'gate-passed': '✓', 'gate-failed': '✗' }[kind]} ${what}${detail === undefined ? '' : `: ${detail}`}`,
            ),
          confirm: async (text) => {
            tell(text);
            // A lab is there to be broken; anything else is asked for.
            return !flags.dryRun && (process.env['K8S_HA_LAB'] !== undefined || confirm('Break it?', flags));
          },
        });
      });
      if (outcome === undefined) {
        process.exitCode = 0;
        return;
      }
      if (!outcome.ok) {
        await tellFindings(outcome.error);
        return;
      }
      if (flags.output === 'json') printJson(outcome.value);
      else if (outcome.value.length > 0) print(drillText(outcome.value));
      const good = outcome.value.every(
        ({ verdict, gates }) => (verdict === 'within' || verdict === 'below') && gates.every(({ passed }) => passed),
      );
      process.exitCode = good ? 0 : 1;
    });
