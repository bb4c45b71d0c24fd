import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { succeeded } from '../../core/command.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import type { Locked } from '../../lock/lock.ts';
import { managerOn } from '../../observe/once/facts.ts';
import { packagesCommand, parsePackages, servicePackages, type ServicePackage } from '../../observe/once/packages.ts';
import { managers } from '../../node/packages/index.ts';
import { isEmpty } from '../../plan/plan.ts';
import { planUpgrade, type NodePackages, type NodeUpgrade, type UpgradePlan } from '../../plan/upgrade.ts';
import { ended, type Ended, type Outcome } from '../outcome.ts';
import { planCluster } from '../plan-cluster.ts';
import { rolloutOf, underLock, type ActOptions } from '../session.ts';
import { validateCommand } from '../rollout/commands/files.ts';
import { downgradeCommand, upgradeCommand } from '../rollout/commands/packages.ts';
import { rollOut } from '../rollout/rollout.ts';
import { attempt, failureOf, type Rollout } from '../rollout/step.ts';

export interface UpgradeOptions extends ActOptions {
  /** Both when absent. */
  readonly package?: ServicePackage;
  /** As the node's package manager writes it; what that prefers when absent. */
  readonly to?: string;
  /** Asked with the plan before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: UpgradePlan, findings: readonly Finding[]) => Promise<boolean>;
}

/**
 * Upgrades packages node by node: each is installed, the new program judges the configuration, and a rollout restarts what
 * still runs the old one, with drain and gates. What the new versions make possible is rendered as each node has them; while
 * they differ, timers are those that the oldest keepalived understands. The first failure ends it. What an upgrade that was
 * killed has left undone is done first.
 */
export async function upgrade(spec: ClusterSpec, options: UpgradeOptions): Promise<Outcome<UpgradePlan>> {
  if (spec.runtime !== 'systemd') return { ...ended('failed', undefined, [notPackages]), notes: [] };
  return underLock(options.hosts, { verb: 'upgrade' }, options, async (locked) => upgradeLocked(spec, options, locked));
}

async function upgradeLocked(
  spec: ClusterSpec,
  options: UpgradeOptions,
  { owner, tookOver }: Locked,
): Promise<Ended<UpgradePlan>> {
  const { hosts, signal } = options;
  const now = await planCluster(spec, hosts, { signal });
  if (!now.plan || hasErrors(now.findings)) return ended('failed', undefined, now.findings);
  const unfinished = isEmpty(now.plan) ? undefined : now.plan;
  const resumes = tookOver.some(({ verb }) => verb === 'upgrade');
  if (unfinished && !resumes) return ended('failed', undefined, [...now.findings, notAsWanted]);
  const names = options.package === undefined ? servicePackages : [options.package];
  const seen = await askPackages(hosts, now.state, names, options.to);
  if (seen.findings.length > 0) return ended('failed', undefined, seen.findings);
  const planned = planUpgrade(spec, now.state, seen.packages, options.to, unfinished);
  if (!planned.ok) return ended('failed', undefined, planned.error);
  const plan = planned.value;
  if (plan.nodes.length === 0 && !unfinished) return ended('unchanged', plan, now.findings);
  if (!(await options.confirm(plan, now.findings))) return ended('declined', plan, now.findings);
  const rollout = rolloutOf(spec, options, owner, now.state);
  const left = unfinished ? await rollOut(rollout, unfinished, now.state) : [];
  if (left.length > 0) return ended('failed', plan, [...left, ...untouched(plan.nodes)]);
  return upgradeNodes(rollout, hosts, plan, now.findings);
}

async function upgradeNodes(
  rollout: Rollout,
  hosts: readonly Host[],
  plan: UpgradePlan,
  remarks: readonly Finding[],
): Promise<Ended<UpgradePlan>> {
  for (const [index, node] of plan.nodes.entries()) {
    if (rollout.signal.aborted) return ended('failed', plan, [interrupted(plan.nodes.slice(index))]);
    const problems = await upgradeNode(rollout, hosts, node);
    if (problems.length > 0) return ended('failed', plan, [...problems, ...untouched(plan.nodes.slice(index + 1))]);
  }
  return ended('applied', plan, remarks);
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
          message: `${left.map(({ node }) => node).join(', ')} ${left.length === 1 ? 'has' : 'have'} the previous packages`,
        },
      ];
}

async function askPackages(
  hosts: readonly Host[],
  state: ClusterState,
  names: readonly ServicePackage[],
  to: string | undefined,
): Promise<{ readonly packages: readonly NodePackages[]; readonly findings: readonly Finding[] }> {
  const answers = await Promise.all(
    hosts.map(async (host) => {
      const manager = managerOn(state, host.name);
      if (manager === undefined)
        return { node: host.name, manager, packages: [], problem: 'k8s-ha does not know its package manager' };
      const result = await host.run(packagesCommand(manager, names, to));
      const read = parsePackages(result.stdout, names);
      const problem = succeeded(result) ? read.problem : (result.failure?.message ?? result.stderr.trim());
      return { node: host.name, manager, packages: read.packages, problem };
    }),
  );
  return {
    packages: answers.flatMap(({ node, manager, packages }) =>
      manager === undefined ? [] : [{ node, manager, packages }],
    ),
    findings: answers.flatMap(({ node, manager, problem }) =>
      problem === undefined
        ? []
        : [
            {
              rule: 'packages-unknown',
              severity: 'error' as const,
              node,
              message: `what packages it can get is unknown: ${problem}`,
              suggestion:
                manager === undefined
                  ? 'Upgrade the packages by hand, then run `k8s-ha apply`: it restarts what still runs the old ones.'
                  : `See with \`${managers[manager].byHand.refresh}\` on the node.`,
            },
          ],
    ),
  };
}

async function upgradeNode(
  rollout: Rollout,
  hosts: readonly Host[],
  { node, manager, packages }: NodeUpgrade,
): Promise<readonly Finding[]> {
  const { token } = rollout.owner;
  const installed = await attempt(rollout, node, upgradeCommand(token, manager, packages));
  const checked = installed.ok ? await attempt(rollout, node, validateCommand(rollout.spec, token, [])) : installed;
  const problems = checked.ok
    ? await rollOutAll(rollout, hosts)
    : failureOf(checked, installed.ok ? 'refused-by-node' : 'install-failed');
  return problems.length === 0 ? [] : [...problems, ...(await putBack(rollout, hosts, { node, manager, packages }))];
}

/** Usually only this node; all of them when the versions now allow other timers, because nodes must agree about these. */
async function rollOutAll(rollout: Rollout, hosts: readonly Host[]): Promise<readonly Finding[]> {
  const { plan, state, findings } = await planCluster(rollout.spec, hosts);
  if (!plan || hasErrors(findings)) return findings;
  return isEmpty(plan) ? [] : rollOut(rollout, plan, state);
}

/** A package goes back only where its old version is still available, and then the same gates decide. */
async function putBack(
  rollout: Rollout,
  hosts: readonly Host[],
  { node, manager, packages }: Pick<NodeUpgrade, 'node' | 'manager' | 'packages'>,
): Promise<readonly Finding[]> {
  const note = (severity: 'info' | 'error', message: string, suggestion: string): readonly Finding[] => [
    { rule: 'package-kept', severity, node, message, suggestion },
  ];
  const gone = packages.filter(({ canGoBack }) => !canGoBack);
  if (gone.length > 0)
    return note(
      'error',
      `it keeps ${gone.map(({ name, to }) => `${name} ${to}`).join(', ')}: ${gone.map(({ from }) => from).join(', ')} is no longer available`,
      'Fix the cause, then run `k8s-ha apply`.',
    );
  const back = await attempt(rollout, node, downgradeCommand(rollout.owner.token, manager, packages));
  const problems = back.ok ? await rollOutAll(rollout, hosts) : failureOf(back, 'downgrade-failed');
  return problems.length > 0
    ? [...problems, ...note('error', 'the old packages could not be made to work again', 'See `k8s-ha status`.')]
    : note(
        'info',
        `it has ${packages.map(({ name, from }) => `${name} ${from}`).join(', ')} again, and every gate passed`,
        `Fix the cause and run it again. Until then \`${managers[manager].byHand.hold(packages.map(({ name }) => name))}\` keeps others from upgrading it.`,
      );
}
