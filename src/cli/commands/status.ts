import { Command, Option } from 'commander';
import type { ClusterSpec } from '../../index.ts';
import type { ClusterStatus, Diagnosis } from '../../status.ts';
import {
  globalOptions,
  loadClusters,
  lookAtAll,
  untilInterrupted,
  withHosts,
  type GlobalOptions,
} from '../shared/context.ts';
import { filesArgument } from '../shared/options.ts';
import { print, printJson, tell, wantsColor } from '../shared/output.ts';
import { UsageError } from '../shared/usage.ts';

interface StatusFlags {
  readonly output: 'text' | 'json' | 'yaml';
  readonly watch: boolean;
  readonly short: boolean;
  readonly verbose: boolean;
  readonly wait: boolean;
}

const help = `
Examples:
  k8s-ha status prod.yaml
  k8s-ha status clusters/*.yaml
  k8s-ha status prod.yaml --watch
  k8s-ha status prod.yaml --short          one line for a prompt, cron or the message of the day
  k8s-ha status prod.yaml -o json | jq '.verdict, .causes[].command'

The verdict comes first, then each cause with the next command and what follows from it.
  served    nothing is wrong that clients or the next failover would notice
  degraded  clients are served, but something is wrong, or fewer nodes can take over
  outage    some clients are not served, or writes fail
  unknown   too little answers to say

A node that does not answer while others do is left out after 1.3 s, or half as long again as the quickest took;
a terminal is shown the rest when it comes, and --wait waits for as long as ssh does.

With --watch a terminal shows a full screen, and a pipe gets a line for each change.

Exit codes: 0 served, 1 degraded, 2 wrong usage or file, 3 outage, 4 unknown (3 and 4 as \`systemctl status\` has them); of
several clusters, the worst.`;

export function statusCommand(): Command {
  return new Command('status')
    .description('the verdict first: is the API served, by whom, what is wrong, and the next command')
    .addArgument(filesArgument())
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'yaml']).default('text'))
    .option('-s, --short', 'one line for each cluster', false)
    .option('-v, --verbose', 'all that follows from each cause, and every finding with reason and fix', false)
    .option('--wait', 'wait for nodes that do not answer, until ssh gives up', false)
    .option('-w, --watch', 'stay, and show every change as it happens; Ctrl-C ends it', false)
    .addHelpText('after', help)
    .action(async (files: readonly string[], flags: StatusFlags, command: Command) => {
      refuse(files, flags);
      const specs = await loadClusters(files);
      process.exitCode = 2;
      const [spec] = specs ?? [];
      if (!specs || !spec) return;
      const options = globalOptions(command);
      if (flags.watch) return watchStatus(spec, options, files[0]);
      process.exitCode = await showStatus(specs, files, flags, options);
    });
}

function refuse(files: readonly string[], { watch, output, short, verbose }: StatusFlags): void {
  if (watch && output !== 'text')
    throw new UsageError(
      `--watch shows a screen, not ${output.toUpperCase()}`,
      'Use `k8s-ha events --follow -o json`.',
    );
  if (watch && files.length > 1)
    throw new UsageError('--watch shows one cluster', 'Several at once: `k8s-ha ui clusters/*.yaml`.');
  if (short && (output !== 'text' || verbose || watch))
    throw new UsageError('--short is one line of text', 'Leave -o, --verbose and --watch out.');
}

interface Looked {
  readonly spec: ClusterSpec;
  readonly status: ClusterStatus;
  readonly diagnosis: Diagnosis;
}

/** @returns the exit code */
async function showStatus(
  specs: readonly ClusterSpec[],
  files: readonly string[],
  flags: StatusFlags,
  options: GlobalOptions,
): Promise<number> {
  const { sshConfig } = options;
  const { diagnoseStatus, verdictCodes, worstOf } = await import('../../status.ts');
  const judged = (spec: ClusterSpec, status: ClusterStatus): Looked => {
    const file = files[specs.indexOf(spec)];
    const diagnosis = diagnoseStatus(spec, status, {
      ...(file !== undefined && { file }),
      ...(sshConfig !== undefined && { sshConfig }),
    });
    return { spec, status, diagnosis };
  };
  const seen =
    specs.length === 1 && specs[0] && !flags.wait
      ? await lookSoonAt(specs[0], flags, options, judged)
      : await lookAll(specs, options, judged);
  if (seen.shown !== true) await show(seen.looked, flags);
  return verdictCodes[worstOf(seen.looked.map(({ diagnosis }) => diagnosis.verdict))];
}

type Judge = (spec: ClusterSpec, status: ClusterStatus) => Looked;

interface Seen {
  readonly looked: readonly Looked[];
  /** It was shown already. */
  readonly shown?: boolean;
}

async function lookAll(specs: readonly ClusterSpec[], options: GlobalOptions, judged: Judge): Promise<Seen> {
  const { clusterStatus } = await import('../../status.ts');
  const statuses = await lookAtAll(specs, options, async (spec, hosts) => {
    const [status, tellOfWorkers] = await Promise.all([clusterStatus(spec, hosts), workersOf(spec, options)]);
    return tellOfWorkers(status);
  });
  return { looked: specs.flatMap((spec, i) => (statuses[i] ? [judged(spec, statuses[i])] : [])) };
}

/** What is to be told of the workers, where they have a part in the endpoint. @param patienceMs after which they are given up */
async function workersOf(
  spec: ClusterSpec,
  { sshConfig }: GlobalOptions,
  patienceMs?: number,
): Promise<(status: ClusterStatus) => ClusterStatus> {
  const { haveBalancers, lookAtWorkers, withWorkers, workerHostsOnce } = await import('../../status.ts');
  if (!haveBalancers(spec)) return (status) => status;
  const signal = patienceMs === undefined ? new AbortController().signal : AbortSignal.timeout(patienceMs);
  const seen = await lookAtWorkers(spec, workerHostsOnce(spec, { configFile: sshConfig }), signal);
  return (status) => withWorkers(spec, status, seen);
}

/** A terminal that shows nothing for longer looks as if it hung. */
const quietMs = 1400;

/** What answers is told at once; a terminal is shown the rest below it when it comes. */
async function lookSoonAt(spec: ClusterSpec, flags: StatusFlags, options: GlobalOptions, judged: Judge): Promise<Seen> {
  const { sshConfig } = options;
  const { lookSoon, sshHostsOnce, statusOf, systemClock, wrap } = await import('../../status.ts');
  const hosts = sshHostsOnce(spec, { configFile: sshConfig });
  const look = lookSoon(spec, hosts, { kubernetes: true, clock: systemClock });
  const stays = process.stdout.isTTY && flags.output === 'text' && !flags.short;
  // Nobody has answered: there is nothing to show yet but that.
  const asking = setTimeout(() => stays && tell(`asking ${look.waitingFor().join(', ')} …`), quietMs);
  const [soon, tellOfWorkers] = await Promise.all([look.soon, workersOf(spec, options, quietMs)]);
  const first = judged(spec, tellOfWorkers(statusOf(spec, soon)));
  clearTimeout(asking);
  const late = look.waitingFor();
  if (late.length === 0 || !stays) {
    look.stop();
    return { looked: [first] };
  }
  await show([first], flags);
  tell(`\nasking ${late.join(', ')} …`);
  const whole = await look.whole;
  const answered = whole.nodes.filter(({ node, seen }) => late.includes(node) && seen.known).map(({ node }) => node);
  const last = judged(spec, tellOfWorkers(statusOf(spec, whole)));
  if (answered.length > 0) {
    print(`\n${answered.join(', ')} answered:\n`);
    await show([last], flags);
  }
  for (const { node, seen } of whole.nodes)
    if (late.includes(node) && !seen.known) print(wrap(seen.reason, widthOf()).join('\n'));
  return { looked: [last], shown: true };
}

/** Nothing is wrapped for a pipe, where lines are looked for. */
function widthOf(): number {
  return process.stdout.isTTY ? Math.max(40, process.stdout.columns || 80) : Infinity;
}

/** What scripts read; existing fields stay, and a change of their meaning changes the version. */
function documentOf({ status, diagnosis }: Looked) {
  const { verdict, sentence, causes, redundancy } = diagnosis;
  return { schemaVersion: 1, healthy: verdict === 'served', verdict, sentence, causes, redundancy, ...status };
}

async function show(seen: readonly Looked[], { output, short, verbose }: StatusFlags): Promise<void> {
  const { diagnosisText, findingsText, fleetStatusText, shortText, statusText, worstOf } =
    await import('../../status.ts');
  const [only] = seen.length === 1 ? seen : [];
  if (output !== 'text') {
    const verdict = worstOf(seen.map(({ diagnosis }) => diagnosis.verdict));
    const document = only
      ? documentOf(only)
      : { schemaVersion: 1, healthy: verdict === 'served', verdict, clusters: seen.map(documentOf) };
    if (output === 'json') printJson(document);
    else print((await import('yaml')).stringify(document, { aliasDuplicateObjects: false }));
    return;
  }
  const width = widthOf();
  const color = wantsColor(process.stdout);
  if (short) {
    for (const { status, diagnosis } of seen)
      print(shortText(status.cluster, diagnosis, [...new Set(status.virtualIPs.flatMap(({ holders }) => holders))]));
    return;
  }
  if (!only) print(`${fleetStatusText(seen, width)}\n\n`);
  for (const { spec, status, diagnosis } of seen) {
    const told = only !== undefined || diagnosis.causes.length > 0;
    const parts = [
      ...(told ? [diagnosisText(spec.name, diagnosis, { color, width, verbose })] : []),
      // Where nobody answers, every cell would be "unknown".
      ...(only && status.state.nodes.some((node) => node.seen.known) ? [statusText(spec, status, width)] : []),
      ...(verbose && status.findings.length > 0 ? [findingsText(status.findings, { color })] : []),
    ];
    if (parts.length > 0) print(`${parts.join('\n\n')}${only ? '' : '\n\n'}`);
  }
}

async function watchStatus(spec: ClusterSpec, options: GlobalOptions, file: string | undefined): Promise<void> {
  const signal = untilInterrupted();
  const { liveStatus, watch } = await import('../../views.ts');
  await withHosts(spec, options, async (hosts) => {
    const watched = watch(spec, hosts);
    await liveStatus(watched, {
      output: process.stdout,
      input: process.stdin,
      commands: {
        ...(file !== undefined && { file }),
        ...(options.sshConfig !== undefined && { sshConfig: options.sshConfig }),
      },
      color: wantsColor(process.stdout),
      signal,
    });
    await watched.stop();
  });
  process.exitCode = 0;
}
