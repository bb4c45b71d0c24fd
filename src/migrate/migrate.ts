import { ended, type Ended, type Outcome } from '../act/outcome.ts';
import { planCluster } from '../act/plan-cluster.ts';
import type { Rollout } from '../act/rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../act/session.ts';
import { rollOut } from '../act/rollout/rollout.ts';
import { lacksSupplies, supply } from '../act/rollout/supply.ts';
import { wantedFiles } from '../plan/wanted.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { hasErrors, type Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { observe } from '../observe/once/observe.ts';
import { preflight } from '../judge/preflight.ts';
import { seenOf } from '../plan/membership.ts';
import { isEmpty } from '../plan/plan.ts';
import { planBack } from './back.ts';
import { run, stageAll, unstageAll, type Carrying } from './carry.ts';
import { rememberCommand } from './commands.ts';
import { lookForeign } from './look.ts';
import type { MigrationKind, MigrationPlan, MigrationStep, NodeView, Views } from './model.ts';
import { planMigration } from './plan.ts';
import { handsOver, obstacles, unread } from './refuse.ts';
import { aside, proxy, silence, standBy, takeOver } from './to-ours.ts';
import { gather, handBack, proxyBack, rejoin, retire } from './to-theirs.ts';

export interface MigrateOptions extends ActOptions {
  /** From ours to what ran before. */
  readonly back: boolean;
  /** Asked with the plan before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: MigrationPlan, findings: readonly Finding[]) => Promise<boolean>;
}

export interface PlannedMigration extends Views {
  readonly plan: MigrationPlan | undefined;
  readonly findings: readonly Finding[];
}

/** Looks and plans; changes nothing. Findings that are errors would stop a migration. */
export async function planMigrationOf(
  spec: ClusterSpec,
  hosts: readonly Host[],
  back: boolean,
): Promise<PlannedMigration> {
  const state = await observe(spec, hosts, { wire: true });
  const foreign = await lookForeign(hosts);
  // The foreign keepalived must hear ours: adverts are signed by rollouts that come later.
  const wanted = wantedFiles({ ...spec, keepalived: { extra: spec.keepalived.extra } }, state);
  const views = (wanted.ok ? wanted.value.sets : []).flatMap((set): NodeView[] => {
    const seen = seenOf(state, set.node);
    const found = foreign.find(({ node }) => node === set.node)?.foreign;
    return seen && found?.known ? [{ node: set.node, set, seen, foreign: found.value }] : [];
  });
  const all = { views, state };
  const findings = [
    ...preflight(spec, state, handsOver(spec, views)),
    ...unread(foreign),
    ...(wanted.ok ? wanted.value.findings : wanted.error),
    ...(back ? [] : obstacles(spec, state, views)),
  ];
  if (hasErrors(findings)) return { ...all, plan: undefined, findings };
  const plan = back ? planBack(spec, all) : planMigration(spec, all);
  const nothing = !views.some(({ foreign: { found, remembered } }) => found.length + remembered.length > 0);
  const noFormerKeepalived = back && plan.incumbent === undefined;
  if (!nothing && !noFormerKeepalived) return { ...all, plan, findings };
  return { ...all, plan: undefined, findings: [...findings, back ? nothingToGiveBack : nothingForeign] };
}

const nothingForeign: Finding = {
  rule: 'nothing-to-migrate',
  severity: 'error',
  message: 'no node runs a keepalived or HAProxy other than those of k8s-ha',
  suggestion: 'Set it up, or bring it up to date, with `k8s-ha apply`.',
};

const nothingToGiveBack: Finding = {
  rule: 'nothing-to-migrate',
  severity: 'error',
  message: 'no node remembers a former keepalived that it ran',
  suggestion: 'Take k8s-ha away with `k8s-ha remove`; history is undone with `k8s-ha rollback`.',
};

/**
 * Lets ours take over from somebody else's keepalived and HAProxy while clients are connected, or gives back to them: lock, look,
 * plan, confirm, carry out. Running it again after an interruption anywhere finishes the work.
 */
export async function migrate(spec: ClusterSpec, options: MigrateOptions): Promise<Outcome<MigrationPlan>> {
  const { hosts, back } = options;
  return underLock(hosts, { verb: 'migrate', back }, options, async ({ owner }) =>
    migrateLocked(rolloutOf(spec, options, owner), options),
  );
}

async function migrateLocked(rollout: Rollout, options: MigrateOptions): Promise<Ended<MigrationPlan>> {
  const { hosts, back } = options;
  const { spec } = rollout;
  const planned = await planMigrationOf(spec, hosts, back);
  if (!planned.plan) return ended('failed', undefined, planned.findings);
  if (planned.plan.steps.length === 0) return ended('unchanged', planned.plan, planned.findings);
  if (!(await options.confirm(planned.plan, planned.findings)))
    return ended('declined', planned.plan, planned.findings);

  const lacking = planned.plan.steps.filter(({ change }) => change && lacksSupplies(change));
  const missing = await together(lacking, async ({ change }) => (change ? supply(rollout, change) : []));
  if (missing.length > 0) return ended('failed', planned.plan, [...planned.findings, ...missing]);
  // What was installed decides what is rendered: look and plan again.
  const { plan, views, state, findings } = lacking.length > 0 ? await planMigrationOf(spec, hosts, back) : planned;
  if (!plan) return ended('failed', undefined, findings);
  const problems = await carryOut({ rollout, views, steps: plan.steps, before: state }, plan);
  if (problems.length > 0) return ended('failed', plan, [...findings, ...problems]);
  return ended('applied', plan, [...findings, ...(back ? [] : await settle(rollout, hosts))]);
}

async function together(
  steps: readonly MigrationStep[],
  work: (step: MigrationStep) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  return (await Promise.all(steps.map(work))).flat();
}

const stepOf: Readonly<Record<MigrationKind, typeof proxy>> = {
  proxy,
  aside,
  silence,
  'take-over': takeOver,
  'stand-by': standBy,
  gather,
  'hand-back': handBack,
  retire,
  rejoin,
  'proxy-back': proxyBack,
};

/** Side by side: what no client notices, and what leaves VIPs with fewer nodes to move to while it lasts. */
const sideBySide: ReadonlySet<MigrationKind> = new Set(['aside', 'silence', 'stand-by', 'retire', 'rejoin']);

/** Steps that are done side by side, in their order. */
export function groups(steps: readonly MigrationStep[]): readonly (readonly MigrationStep[])[] {
  const found: MigrationStep[][] = [];
  for (const next of steps) {
    const last = found.at(-1);
    const [first] = last ?? [];
    const joins =
      first?.kind === next.kind &&
      sideBySide.has(next.kind) &&
      !next.moves &&
      !first.moves &&
      first.beside === next.beside;
    if (last && joins) last.push(next);
    else found.push([next]);
  }
  return found;
}

/** Before these an interruption leaves every VIP with nodes to move to. */
const safeBefore: ReadonlySet<MigrationKind> = new Set([
  'proxy',
  'aside',
  'silence',
  'gather',
  'hand-back',
  'proxy-back',
]);

async function carryOut(carrying: Carrying, { steps, remember }: MigrationPlan): Promise<readonly Finding[]> {
  const { rollout, views } = carrying;
  const { signal } = rollout;
  const staged = await stageAll(carrying, steps);
  if (staged.length > 0) return staged;
  const kept = await Promise.all(
    views.map(async ({ node, foreign }) => {
      const formers = remember[node] ?? [];
      // A node without a step is done: one that was given back has nothing of ours any more.
      if (formers.length === foreign.remembered.length || !steps.some((one) => one.node === node)) return [];
      return run(carrying, node, rememberCommand(rollout.owner, formers))();
    }),
  );
  if (kept.flat().length > 0) return kept.flat();
  const withdrawn = async (findings: readonly Finding[]): Promise<readonly Finding[]> => {
    await unstageAll(carrying, steps);
    return findings;
  };
  for (const [at, group] of groups(steps).entries()) {
    const [first] = group;
    if (!first) continue;
    const begun = groups(steps)
      .slice(0, at)
      .some(([before]) => before?.kind === 'silence');
    if (signal.aborted && safeBefore.has(first.kind) && !(begun && first.kind === 'silence'))
      return withdrawn([interrupted(first.node)]);
    const findings = await together(group, async (one) => stepOf[one.kind](carrying, one));
    if (findings.length > 0) return withdrawn(findings);
  }
  return [];
}

function interrupted(node: string): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `the migration was stopped before ${node}; run it again to finish, or take it back with --back`,
  };
}

/** Whatever an ordinary rollout would still do, such as the add-ons: usually nothing. */
async function settle(rollout: Rollout, hosts: readonly Host[]): Promise<readonly Finding[]> {
  const { plan, state, findings } = await planCluster(rollout.spec, hosts);
  if (!plan || hasErrors(findings)) return findings;
  return isEmpty(plan) ? [] : rollOut(rollout, plan, state);
}
