import type { Ended } from '../../../src/act/outcome.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { NodePlan, Plan } from '../../../src/plan/model.ts';
import { drive, simRun, type SimCluster, type SimRun } from '../../fakes/sim/cluster.ts';
import { clusterFor, type Scenario } from './scenarios.ts';

/** What a run planned, did and found, for people to read over, and the commands that it sent. */
export interface Transcript {
  readonly text: string;
  readonly log: SimCluster['log'];
}

/** @param hitch what is wrong with the cluster when the verb begins */
export async function transcriptOf(
  scenario: Scenario,
  hitch: (cluster: SimCluster) => void = () => undefined,
): Promise<Transcript> {
  const cluster = await clusterFor(scenario);
  hitch(cluster);
  const beganMs = cluster.clock.monotonicMs();
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, scenario.act(cluster, run));
  const lines = [...planLines(outcome?.plan), '', ...progress(cluster, run, beganMs), '', ...endLines(outcome)];
  return { text: normal(`${lines.join('\n')}\n`), log: cluster.log };
}

function planLines(plan: unknown): readonly string[] {
  if (!isPlan(plan)) return [`plan: ${JSON.stringify(plan) ?? 'none'}`];
  return [`plan${plan.bootstrap ? ', all nodes at once' : ''}:`, ...plan.nodes.map((node) => `  ${visit(node)}`)];
}

function isPlan(plan: unknown): plan is Plan {
  return typeof plan === 'object' && plan !== null && 'nodes' in plan && 'wanted' in plan;
}

function visit({ node, kind, changes, effect, levers, haproxy, keepalived, addons, ...rest }: NodePlan): string {
  const files = changes.map(({ path, before, wanted }) => `${before ? (wanted ? '~' : '-') : '+'}${path}`);
  const pulls = levers.map(({ lever, pulled }) => `${lever}=${pulled ? 1 : 0}`);
  const flags = Object.entries(rest).flatMap(([key, value]: [string, unknown]) =>
    value === false || (Array.isArray(value) && value.length === 0) ? [] : [`${key}=${JSON.stringify(value)}`],
  );
  return [`${kind} ${node}: haproxy ${haproxy}, keepalived ${keepalived}, addons ${addons}`, ...pulls, ...flags]
    .concat(files.length > 0 ? [`files ${files.join(' ')}`] : [], [effect])
    .join('; ');
}

/** Steps with their nodes and gates, in virtual time since the verb began; looks are counted, not listed. */
function progress({ log }: SimCluster, { events }: SimRun, beganMs: number): readonly string[] {
  const told = events.map(({ atMs, event: { node, kind, what, detail } }) => ({
    atMs,
    line: `${node}  ${kind}: ${what}${detail === undefined ? '' : ` (${detail})`}`,
  }));
  const done = log
    .filter(({ intent }) => intent.kind !== 'observe' && intent.kind !== 'step')
    .map(({ atMs, node, command, rc }) => ({ atMs, line: `${node}  ${command.summary}${rc === 0 ? '' : ` → ${rc}`}` }));
  const looks = log.filter(({ intent }) => intent.kind === 'observe').length;
  return [
    ...[...done, ...told]
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ atMs, line }) => `${String(Math.round(atMs - beganMs)).padStart(6)} ms  ${line}`),
    `looks at nodes: ${looks}`,
  ];
}

function endLines(outcome: Ended<unknown> | undefined): readonly string[] {
  return [`outcome: ${outcome?.outcome ?? 'it did not end'}`, ...(outcome?.findings ?? []).map(findingText)];
}

function findingText({ rule, severity, node, message, reason, suggestion }: Finding): string {
  return [`  ${severity} ${rule}${node === undefined ? '' : ` on ${node}`}: ${message}`, reason, suggestion]
    .filter((part) => part !== undefined)
    .join(' | ');
}

/** Commands by their shell: each different one once, under the node and the summary that it had first. */
function shellOf({ log }: Pick<Transcript, 'log'>): ReadonlyMap<string, string> {
  const commands = new Map<string, string>();
  for (const { node, command } of log) {
    const { summary, stdin = '' } = command;
    if (summary === 'read the state') continue;
    const body = normal(/\nk8s_ha_main\(\) \{\n([^]*)\n\}\nk8s_ha_main </.exec(stdin)?.[1] ?? stdin);
    if (!commands.has(body)) commands.set(body, `${node}: ${summary}`);
  }
  return commands;
}

/** The commands of a run as a script of one function for each. @param besides a run whose commands are left out */
export function scriptOf(run: Transcript, besides?: Transcript): string {
  const known = besides && shellOf(besides);
  const functions = [...shellOf(run)]
    .filter(([body]) => known?.has(body) !== true)
    .map(([body, title], i) => `# ${title}\ncommand_${i + 1}() {\n${body}\n}\n`);
  return `#!/bin/sh\n${functions.join('\n')}`;
}

/** What differs from run to run, and contents of files, which the golden files have. */
function normal(text: string): string {
  return text
    .replaceAll(/(<<'?K8S_HA_END'?)\n[^]*?\nK8S_HA_END/g, '$1\n…\nK8S_HA_END')
    .replaceAll(/"since":\d+/g, '"since":0')
    .replaceAll(/"process":\{[^}]*\}/g, '"process":{}')
    .replaceAll(/\b[0-9a-f]{16}\b/g, 'TOKEN')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA256');
}
