import { stageCommand, unstageCommand, validateCommand } from '../act/rollout/commands/files.ts';
import { attempt, failureOf, pass, type Rollout } from '../act/rollout/step.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { Command } from '../core/command.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import { holderGate, type Gate } from '../judge/gate.ts';
import type { NodePlan } from '../plan/model.ts';
import { paths } from '../node/paths.ts';
import type { NodeFileSet } from '../render/render.ts';
import type { MigrationStep, NodeView } from './model.ts';

/** What carrying a step out needs. */
export interface Carrying {
  readonly rollout: Rollout;
  readonly views: readonly NodeView[];
  readonly steps: readonly MigrationStep[];
  /** What was seen before the first step. */
  readonly before: ClusterState;
}

type Work = () => Promise<readonly Finding[]>;

/** One after the other; the first that finds something ends it. */
export async function inTurn(...works: readonly Work[]): Promise<readonly Finding[]> {
  for (const work of works) {
    const findings = await work();
    if (findings.length > 0) return findings;
  }
  return [];
}

/** @throws for a node that no plan has: a programmer's error */
export function viewOf({ views }: Pick<Carrying, 'views'>, node: string): NodeView {
  const view = views.find((one) => one.node === node);
  if (!view) throw new Error(`${node} was not looked at`);
  return view;
}

export function run({ rollout }: Carrying, node: string, ...commands: readonly Command[]): Work {
  return async () =>
    inTurn(
      ...commands.map((command) => async () => failureOf(await attempt(rollout, node, command), 'migrate-step-failed')),
    );
}

export function gates({ rollout }: Carrying, node: string, wanted: readonly Gate[], timeoutMs?: number): Work {
  return async () => (wanted.length === 0 ? [] : pass(rollout, node, wanted, timeoutMs));
}

/** Each VIP that had a holder has exactly one. */
export function oneHolder({ rollout, before }: Carrying): readonly Gate[] {
  return rollout.spec.endpoint.virtualIPs.map(({ address }) =>
    holderGate(address, { none: holdersOf(before, address).length === 0 }),
  );
}

/** Every node stages and judges its files before anything changes. */
export async function stageAll(carrying: Carrying, steps: readonly MigrationStep[]): Promise<readonly Finding[]> {
  const { token } = carrying.rollout.owner;
  const findings = await Promise.all(
    changing(steps).map(async ({ node, changes }) =>
      run(carrying, node, stageCommand(token, changes), validateCommand(carrying.rollout.spec, token, changes))(),
    ),
  );
  const problems = findings.flat();
  if (problems.length > 0) await unstageAll(carrying, steps);
  return problems;
}

/** Takes staged files away; a node that does not answer any more keeps them, and the next run does it. */
export async function unstageAll({ rollout }: Carrying, steps: readonly MigrationStep[]): Promise<void> {
  await Promise.all(
    changing(steps).map(async ({ node }) => rollout.hostOf(node).run(unstageCommand(rollout.owner.token))),
  );
}

function changing(steps: readonly MigrationStep[]): readonly NodePlan[] {
  return steps.flatMap(({ change }) => (change && change.changes.length > 0 ? [change] : []));
}

/** The set's keepalived.conf beside the one that is in place: no change that a rollback should know of. */
export function stageConfig({ rollout }: Carrying, set: NodeFileSet): Command {
  return stageCommand(
    rollout.owner.token,
    set.files
      .filter(({ path }) => path === paths.keepalivedConfig)
      .map((wanted) => ({ path: wanted.path, action: 'update', wanted, before: undefined, diff: '' })),
  );
}

/** A visit that changes only what this step lists: what `restoreCommand` takes back. */
export function visitToTakeBack(node: string, change: NodePlan | undefined): NodePlan {
  return {
    ...(change ?? {
      packages: [],
      images: [],
      changes: [],
      levers: [],
      addons: 'none',
      guard: 'none',
      reloadUnits: false,
      drain: false,
      undrain: false,
      effect: '',
    }),
    node,
    kind: 'change',
    haproxy: 'start',
    keepalived: 'none',
  };
}

export function note(rule: FindingId, node: string, message: string, suggestion: string): Finding {
  return {
    rule,
    severity: 'info',
    node,
    message,
    suggestion,
  };
}
