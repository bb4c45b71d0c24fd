import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { errorText } from '../../core/error.ts';
import { confirm } from '../shared/ask.ts';
import {
  globalOptions,
  interruptible,
  loadCluster,
  tellFindings,
  withHosts,
  type OutputFormat,
} from '../shared/context.ts';
import type {
  DrillEvent,
  DrillGround,
  DrillResult,
  DrillSource,
  Fault,
  LockOwner,
  RandomOutcome,
} from '../../index.ts';
import { chosenNode, chosenVip, randomChoice, seedOption, type DrillChoice } from '../shared/drill-options.ts';
import { breakLockOption, outputOption, yesOption } from '../shared/options.ts';
import { between } from '../shared/numbers.ts';
import { layoutOf, print, printJson, tell } from '../shared/output.ts';
import { kubeconfigFrom } from '../shared/kubeconfig.ts';
import { readUpTo } from '../shared/read.ts';
import { UsageError } from '../shared/usage.ts';
import { version } from '../shared/version.ts';
import { makeFolder } from '../shared/write.ts';

interface DrillFlags extends DrillChoice {
  readonly list: boolean;
  readonly runs: number;
  readonly retries: number;
  readonly rate: number;
  readonly vip?: string;
  readonly on?: string;
  readonly powerOff?: string;
  readonly powerOn?: string;
  readonly kubeconfig?: string;
  readonly report?: string;
  readonly allowQuorumLoss: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

/** Between two drills: a full disk ends neither of them. */
function writeReport(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    makeFolder(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  } catch (error) {
    tell(`    ${folder}: the report cannot be written: ${errorText(error)}`);
  }
}

/** The cluster file, which was just read, by its hash: a report says to which one its figures belong. */
function fileOf(file: string): NonNullable<DrillSource['file']> {
  return {
    name: basename(file),
    sha256: createHash('sha256')
      .update(readUpTo(file, 2 ** 21))
      .digest('hex'),
  };
}

function withoutSamples(results: readonly DrillResult[]): readonly object[] {
  return results.map((result) => ({ ...result, samples: undefined }));
}

/** A run in which nothing was broken shows nothing. */
function wentWell({ rounds, violations, findings }: RandomOutcome): boolean {
  return rounds > 0 && violations.length === 0 && findings.length === 0;
}

/** The drills that are asked for by name, or all. */
function drillsNamed(
  names: readonly string[],
  flags: DrillFlags,
  library: typeof import('../../index.ts'),
): readonly (readonly Fault[])[] {
  if (flags.all)
    return library.faults
      .filter(({ losesQuorum }) => flags.allowQuorumLoss || losesQuorum !== true)
      .filter(({ startsJobs }) => startsJobs !== true)
      .map((fault) => [fault]);
  if (names.length === 0)
    throw new UsageError('no fault is named', 'Name one or more, --all, or --random; see them with --list.');
  return names.map((name) => {
    const drill = library.parseDrill(name);
    if (drill.ok) return drill.value;
    const near = library.nearest(
      drill.error,
      library.faults.map((fault) => fault.name),
    );
    throw new UsageError(
      `there is no fault "${drill.error}"`,
      near === undefined ? 'See them with --list.' : `Did you mean ${near}?`,
    );
  });
}

export function drillCommand(): Command {
  return new Command('drill')
    .description('break something on purpose while a client probes, heal it, and hold the loss against the prediction')
    .argument('<file>', 'cluster file')
    .argument('[fault...]', 'what to break, in this order; a+b breaks both at once; see --list')
    .option('--list', 'show the faults and what they would cost', false)
    .option(
      '--all',
      'every fault, except those that lose etcd its quorum unless they are allowed, and those that are only run by name',
      false,
    )
    .option('--random', 'one to three faults at once, chosen by chance, again and again', false)
    .option('--for <duration>', 'with --random: how long', '30m')
    .option('--seed <n>', 'with --random: the same seed breaks the same in the same order (default: any)', seedOption)
    .option('--runs <n>', 'how often, in turns', between(1, 100), 1)
    .option(
      '--retries <n>',
      'break and measure again, up to n times, when only the measurement was invalid',
      between(0, 10),
      0,
    )
    .option('--dry-run', 'show what would be broken where, and change nothing', false)
    .option('--rate <n>', 'new TLS connections a second, 1–200', between(1, 200), 100)
    .option(
      '--vip <address>',
      'the VIP that is probed and whose holder is struck, where there are several (default: the first)',
    )
    .option('--on <node>', "the node that is struck instead of the VIP's holder")
    .addOption(
      new Option(
        '--kubeconfig <file>',
        'credentials for the probes, and for acknowledged writes and a watch beside them; the CA that the API is checked by',
      ).env('K8S_HA_KUBECONFIG'),
    )
    .option('--report <dir>', 'write report.json, report.md and report.html there; with --random, of what went wrong')
    .option('--allow-quorum-loss', 'also drills in which etcd loses its quorum', false)
    .addOption(
      new Option('--power-off <cmd>', "command that takes a node's power; {node} is its name").env('K8S_HA_POWER_OFF'),
    )
    .addOption(new Option('--power-on <cmd>', "command that gives a node's power back").env('K8S_HA_POWER_ON'))
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha drill prod.yaml --list\n  k8s-ha drill prod.yaml haproxy-killed keepalived-stopped+api-server-hung\n  k8s-ha drill prod.yaml --all --runs 10 --report drills\n  k8s-ha drill staging.yaml --random --for 2h --seed 7\n  k8s-ha drill prod.yaml node-lost --power-off "ipmitool -H {node}-bmc power off" --power-on "ipmitool -H {node}-bmc power on"',
    )
    .action(async (file: string, names: string[], flags: DrillFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const library = await import('../../index.ts');
      if (flags.list) {
        await withHosts(spec, globalOptions(command), async (hosts) => {
          const timers = await library.clusterTimers(spec, hosts);
          if (!timers.ok) return tellFindings(timers.error);
          process.exitCode = 0;
          return print(library.drillList(spec, timers.value, layoutOf(process.stdout)));
        });
        return;
      }
      const random = flags.random ? randomChoice(names, flags) : undefined;
      const drills = random ? [] : drillsNamed(names, flags, library);
      const vip = chosenVip(spec, flags.vip);
      const victim = chosenNode(spec, flags.on);
      const kubeconfig = await kubeconfigFrom(flags.kubeconfig);
      const credentials = kubeconfig?.credentials;
      const inLab = process.env['K8S_HA_LAB'] !== undefined;
      const writes =
        credentials || inLab
          ? { ratePerSecond: 20, namespace: 'default' }
          : 'no credentials: name a kubeconfig with --kubeconfig';
      const signal = interruptible();
      // Written again after each drill: a long series that is cut off has lost nothing.
      const soFar: DrillResult[] = [];
      let source: DrillSource | undefined;
      const report = (results: readonly DrillResult[]): void => {
        if (flags.report !== undefined) writeReport(flags.report, library.drillReport(spec.name, results, source));
      };
      const outcome = await withHosts(spec, globalOptions(command), async (hosts) => {
        const options = {
          hosts,
          signal,
          vip,
          ratePerSecond: flags.rate,
          credentials,
          caPem: kubeconfig?.caPem,
          breakLock: flags.breakLock,
          power:
            flags.powerOff === undefined || flags.powerOn === undefined
              ? undefined
              : library.powerBy({ off: flags.powerOff, on: flags.powerOn }),
          rollOut: async (owner: LockOwner) =>
            library.rollingRestart(spec, hosts, owner, { signal, onEvent: () => undefined }),
          prepareMove: async (owner: LockOwner, node: string) =>
            library.prepareMove(spec, hosts, owner, node, { signal, onEvent: () => undefined }),
          onEvent: ({ kind, what, detail }: DrillEvent) =>
            tell(
              `  ${{ step: '·', 'gate-passed': '✓', 'gate-failed': '✗' }[kind]} ${what}${detail === undefined ? '' : `: ${detail}`}`,
            ),
          onGround: (ground: DrillGround) => {
            if (flags.report !== undefined) source = { ...ground, tool: version, file: fileOf(file) };
          },
          onResult: (result: DrillResult) => {
            if (!random) soFar.push(result);
            if (soFar.length > 0) report(soFar);
            for (const remark of library.drillRemarks(result)) tell(`    ${remark}`);
          },
          confirm: async (text: string) => {
            tell(text);
            // A lab is there to be broken; anything else is asked for.
            return !flags.dryRun && (inLab || confirm('Break it?', flags));
          },
        };
        if (!random) {
          const { runs, retries, allowQuorumLoss } = flags;
          const series = { ...options, writes, drills, runs, retries, victim, allowQuorumLoss };
          return { drills: await library.runDrills(spec, series) };
        }
        const chance = await library.runRandom(spec, {
          ...options,
          ...random,
          writes: typeof writes === 'string' ? writes : { ...writes, register: true },
          onViolation: (violation) => tell(library.violationText(violation, file)),
        });
        return { chance, seed: random.seed };
      });
      if ('drills' in outcome) {
        const { results, findings } = outcome.drills;
        await tellFindings(findings);
        if (flags.output === 'json') printJson(withoutSamples(results));
        else if (results.length > 0) print(library.drillText(results, process.stdout.columns));
        process.exitCode = findings.length === 0 && library.lastAttempts(results).every(library.isGood) ? 0 : 1;
      } else {
        const { chance, seed } = outcome;
        await tellFindings(chance.findings);
        if (flags.output === 'json') printJson({ seed, ...chance, results: withoutSamples(chance.results) });
        else if (chance.rounds > 0) print(library.randomText(chance, { file, seed }, process.stdout.columns));
        process.exitCode = wentWell(chance) ? 0 : 1;
        // A report of each of hundreds of rounds is read by nobody.
        soFar.push(...chance.results.filter((result) => library.violationsOf(result, chance.backWithinMs).length > 0));
        if (soFar.length > 0) report(soFar);
      }
      if (flags.report !== undefined && soFar.length > 0) tell(`The report is in ${join(flags.report, 'report.html')}`);
    });
}
