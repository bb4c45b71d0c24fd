import type { Command } from 'commander';
import type { ApplyOptions, ClusterSpec, Outcome, Plan } from '../../index.ts';
import { confirm } from './ask.ts';
import { globalOptions, interruptible, tellFindings, withHosts, type OutputFormat } from './context.ts';
import { layoutOf, print, printJson, tell } from './output.ts';

export interface RolloutFlags {
  readonly yes: boolean;
  /** Shows every changed line of the files too. */
  readonly diff?: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
  /** Hash of the only plan that may be carried out. */
  readonly plan?: string;
  readonly without?: readonly string[];
}

/** Whether a plan that was shown may be carried out: asked, unless it is the one that `--plan` names. */
export async function approved(
  hash: string,
  flags: RolloutFlags,
  changed = 'the file or the nodes have changed',
): Promise<boolean> {
  if (flags.plan === undefined) return confirm('Go on?', flags);
  if (flags.plan === hash) return true;
  tell(`k8s-ha: this is plan ${hash}, and ${flags.plan} was approved: ${changed}`);
  return false;
}

/** Shows a plan, asks, lets it be carried out and says how it ended; sets the exit code. */
export async function carryOut(
  spec: ClusterSpec,
  flags: RolloutFlags,
  command: Command,
  sentences: Readonly<Record<Outcome<unknown>['outcome'], string>>,
  run: (options: ApplyOptions) => Promise<Outcome<Plan>>,
): Promise<void> {
  const { planText } = await import('../../index.ts');
  const { tellEvent } = await import('./progress.ts');
  const signal = interruptible();
  const result = await withHosts(spec, globalOptions(command), async (hosts, reach) =>
    run({
      hosts,
      reach,
      without: flags.without ?? [],
      signal,
      breakLock: flags.breakLock,
      onEvent: tellEvent,
      confirm: async (plan, findings) => {
        await tellFindings(findings);
        tell(planText(plan, { ...layoutOf(process.stderr, Infinity), diff: flags.diff === true }));
        return approved(plan.hash, flags);
      },
    }),
  );
  for (const note of result.notes) tell(note);
  const { outcome, findings, plan } = result;
  if (outcome === 'failed') await tellFindings(findings);
  if (flags.output === 'json') printJson({ outcome, findings, hash: plan?.hash });
  else print(`${spec.name}: ${sentences[outcome]}`);
  process.exitCode = outcome === 'unchanged' || outcome === 'applied' ? 0 : 1;
}
