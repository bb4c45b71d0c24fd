import type { ClusterSpec } from '../../cluster/spec.ts';
import { succeeded } from '../../core/command.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { newLockOwner, takeLock } from '../../lock/lock.ts';
import { packagesCommand, parsePackages, servicePackages, type ServicePackage } from '../../observe/once/packages.ts';
import { isEmpty } from '../../plan/plan.ts';
import { planUpgrade, type NodePackages, type NodeUpgrade, type UpgradePlan } from '../../plan/upgrade.ts';
import { planCluster, rolloutOf, type ApplyOptions } from './apply.ts';
import { validateCommand } from '../rollout/commands.ts';
import { downgradeCommand, upgradeCommand } from '../rollout/packages.ts';
import { rollOut } from '../rollout/rollout.ts';
import { attempt, failureOf, type Rollout } from '../rollout/step.ts';

export interface UpgradeOptions extends Omit<ApplyOptions, 'confirm'> {
  /** Both when absent. */
  readonly package?: ServicePackage;
  /** A Debian version; what apt prefers when absent. */
  readonly to?: string;
  /** Asked with the plan before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: UpgradePlan, findings: readonly Finding[]) => Promise<boolean>;
}

export interface UpgradeResult {
  readonly outcome: 'unchanged' | 'applied' | 'declined' | 'failed';
  readonly plan: UpgradePlan | undefined;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/**
 * Upgrades packages node by node: each is installed, the new program judges the configuration, and a rollout restarts what
 * still runs the old one, with drain and gates. What the new versions make possible is rendered as each node has them; while
 * they differ, timers are those that the oldest keepalived understands. The first failure ends it. What an upgrade that was
 * killed has left undone is done first.
 */
export async function upgrade(spec: ClusterSpec, options: UpgradeOptions): Promise<UpgradeResult> {
  const { hosts, signal } = options;
  if (spec.runtime !== 'systemd') return { outcome: 'failed', plan: undefined, findings: [notPackages], notes: [] };
  const owner = newLockOwner('upgrade');
  const locked = await takeLock(hosts, owner, { breakLock: options.breakLock ?? false });
  if (!locked.ok) return { outcome: 'failed', plan: undefined, findings: locked.error, notes: [] };
  const { notes, tookOver } = locked.value;
  const ended = (
    outcome: UpgradeResult['outcome'],
    findings: readonly Finding[],
    plan?: UpgradePlan,
  ): UpgradeResult => ({ outcome, plan, findings, notes });
  try {
    const now = await planCluster(spec, hosts, { signal });
    if (!now.plan || hasErrors(now.findings)) return ended('failed', now.findings);
    const unfinished = isEmpty(now.plan) ? undefined : now.plan;
    if (unfinished && !tookOver.includes(owner.action)) return ended('failed', [...now.findings, notAsWanted]);
    const names = options.package === undefined ? servicePackages : [options.package];
    const seen = await askPackages(hosts, names, options.to);
    if (seen.findings.length > 0) return ended('failed', seen.findings);
    const planned = planUpgrade(spec, now.state, seen.packages, options.to, unfinished);
    if (!planned.ok) return ended('failed', planned.error);
    const plan = planned.value;
    if (plan.nodes.length === 0 && !unfinished) return ended('unchanged', now.findings, plan);
    if (!(await options.confirm(plan, now.findings))) return ended('declined', now.findings, plan);
    const rollout = rolloutOf(spec, options, owner);
    const left = unfinished ? await rollOut(rollout, unfinished, now.state) : [];
    if (left.length > 0) return ended('failed', [...left, ...untouched(plan.nodes)], plan);
    for (const [index, node] of plan.nodes.entries()) {
      if (signal.aborted) return ended('failed', [interrupted(plan.nodes.slice(index))], plan);
      const problems = await upgradeNode(rollout, hosts, node);
      if (problems.length > 0) return ended('failed', [...problems, ...untouched(plan.nodes.slice(index + 1))], plan);
    }
    return ended('applied', now.findings, plan);
  } finally {
    await locked.value.release();
  }
}

const notPackages: Finding = {
  rule: 'not-packages',
  severity: 'error',
  message: 'HAProxy and keepalived run in containers on these nodes: there is no package to upgrade',
  suggestion:
    'Name another image under `images` of the cluster file, then run `k8s-ha apply`: it rolls it out node by node.',
};

const notAsWanted: Finding = {
  rule: 'not-as-wanted',
  severity: 'error',
  message: 'the nodes are not as the cluster file says, and an upgrade on top of that would hide what caused what',
  suggestion: 'Run `k8s-ha apply` first; it also finishes an upgrade that was interrupted.',
};

function interrupted(left: readonly NodeUpgrade[]): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `the upgrade was stopped before ${left.map(({ node }) => node).join(', ')}; run it again to finish`,
  };
}

function untouched(left: readonly NodeUpgrade[]): readonly Finding[] {
  return left.length === 0
    ? []
    : [
        {
          rule: 'upgrade-stopped',
          severity: 'info',
          message: `${left.map(({ node }) => node).join(', ')} ${left.length === 1 ? 'has' : 'have'} the packages of before`,
        },
      ];
}

async function askPackages(
  hosts: readonly Host[],
  names: readonly ServicePackage[],
  to: string | undefined,
): Promise<{ readonly packages: readonly NodePackages[]; readonly findings: readonly Finding[] }> {
  const answers = await Promise.all(
    hosts.map(async (host) => {
      const result = await host.run(packagesCommand(names, to));
      const read = parsePackages(result.stdout, names);
      const problem = succeeded(result) ? read.problem : (result.failure?.message ?? result.stderr.trim());
      return { node: host.name, packages: read.packages, problem };
    }),
  );
  return {
    packages: answers,
    findings: answers.flatMap(({ node, problem }) =>
      problem === undefined
        ? []
        : [
            {
              rule: 'packages-unknown',
              severity: 'error' as const,
              node,
              message: `what packages it can get is unknown: ${problem}`,
              suggestion: 'See with `apt-get update` on the node.',
            },
          ],
    ),
  };
}

async function upgradeNode(
  rollout: Rollout,
  hosts: readonly Host[],
  { node, packages }: NodeUpgrade,
): Promise<readonly Finding[]> {
  const { token } = rollout.owner;
  const installed = await attempt(rollout, node, upgradeCommand(token, packages));
  const checked = installed.ok ? await attempt(rollout, node, validateCommand(rollout.spec, token, [])) : installed;
  const problems = checked.ok
    ? await rollOutAll(rollout, hosts)
    : failureOf(checked, installed.ok ? 'refused-by-node' : 'install-failed');
  return problems.length === 0 ? [] : [...problems, ...(await putBack(rollout, hosts, { node, packages }))];
}

/** Usually only this node; all of them when the versions now allow other timers, because nodes must agree about these. */
async function rollOutAll(rollout: Rollout, hosts: readonly Host[]): Promise<readonly Finding[]> {
  const { plan, state, findings } = await planCluster(rollout.spec, hosts);
  if (!plan || hasErrors(findings)) return findings;
  return isEmpty(plan) ? [] : rollOut(rollout, plan, state);
}

/** A package goes back only where its old version is still to be had, and then the same gates decide. */
async function putBack(
  rollout: Rollout,
  hosts: readonly Host[],
  { node, packages }: Pick<NodeUpgrade, 'node' | 'packages'>,
): Promise<readonly Finding[]> {
  const note = (severity: 'info' | 'error', message: string, suggestion: string): readonly Finding[] => [
    { rule: 'package-kept', severity, node, message, suggestion },
  ];
  const gone = packages.filter(({ canGoBack }) => !canGoBack);
  if (gone.length > 0)
    return note(
      'error',
      `it keeps ${gone.map(({ name, to }) => `${name} ${to}`).join(', ')}: ${gone.map(({ from }) => from).join(', ')} is no longer to be had`,
      'Mend the cause, then run `k8s-ha apply`.',
    );
  const back = await attempt(rollout, node, downgradeCommand(rollout.owner.token, packages));
  const problems = back.ok ? await rollOutAll(rollout, hosts) : failureOf(back, 'downgrade-failed');
  return problems.length > 0
    ? [...problems, ...note('error', 'the old packages could not be made to work again', 'See `k8s-ha status`.')]
    : note(
        'info',
        `it has ${packages.map(({ name, from }) => `${name} ${from}`).join(', ')} again, and every gate passed`,
        'Mend the cause and run it again.',
      );
}
