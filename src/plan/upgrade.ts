import type { PackageManagerName } from '../cluster/distribution.ts';
import { keepsConnections, type ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { PackageSeen, ServicePackage } from '../observe/once/packages.ts';
import { sha256 } from '../render/render.ts';
import { managers } from '../node/packages/index.ts';
import { paths } from '../node/paths.ts';
import type { Plan } from './model.ts';

export interface PackageUpgrade {
  readonly name: ServicePackage;
  readonly from: string;
  readonly to: string;
  /** The node's sources still have the version that is installed now, so that it could be put back. */
  readonly canGoBack: boolean;
}

export interface NodeUpgrade {
  readonly node: string;
  /** What installs them. */
  readonly manager: PackageManagerName;
  readonly packages: readonly PackageUpgrade[];
  /** The node holds a VIP, which is moved away before anything restarts. */
  readonly holder: boolean;
  /** Connections through it go on: HAProxy is reloaded to its new version, and a handover keeps them. */
  readonly keeps: boolean;
}

/** Which packages are upgraded where, in the order in which it is done. */
export interface UpgradePlan {
  readonly cluster: string;
  readonly nodes: readonly NodeUpgrade[];
  /** What an upgrade that was killed has left to do: done first. */
  readonly unfinished?: Plan;
  /** Identifies exactly this plan. */
  readonly hash: string;
}

export interface NodePackages {
  readonly node: string;
  readonly manager: PackageManagerName;
  readonly packages: readonly PackageSeen[];
}

/**
 * Plans an upgrade: nodes that hold no VIP first, from the last to the first, then the holders.
 * @param to the version that was asked for: every node must be able to get it
 * @param unfinished what an upgrade that was killed has left to do
 */
export function planUpgrade(
  spec: ClusterSpec,
  state: ClusterState,
  seen: readonly NodePackages[],
  to: string | undefined,
  unfinished?: Plan,
): Result<UpgradePlan, readonly Finding[]> {
  const findings = seen.flatMap(({ node, manager, packages }) =>
    packages.flatMap((found) => problems(node, manager, found, to)),
  );
  if (findings.length > 0) return err(findings);
  const holders = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  const upgrades = seen
    .map(({ node, manager, packages }): NodeUpgrade => ({
      node,
      manager,
      holder: holders.has(node),
      keeps: keepsConnections(spec) && hasKeepScript(state, node),
      packages: packages.flatMap(({ name, installed, target, newer, available }) =>
        newer && installed !== undefined && target !== undefined
          ? [{ name, from: installed, to: target, canGoBack: available.includes(installed) }]
          : [],
      ),
    }))
    .filter(({ packages }) => packages.length > 0)
    .toReversed();
  const nodes = [...upgrades.filter(({ holder }) => !holder), ...upgrades.filter(({ holder }) => holder)];
  const about = ['upgrade', nodes, ...(unfinished ? [unfinished.hash] : [])];
  return ok({
    cluster: spec.name,
    nodes,
    hash: sha256(JSON.stringify(about)).slice(0, 12),
    ...(unfinished && { unfinished }),
  });
}

function hasKeepScript(state: ClusterState, node: string): boolean {
  const seen = state.nodes.find((entry) => entry.node === node)?.seen;
  return seen?.known === true && seen.value.files.some(({ path }) => path === paths.keepScript);
}

function problems(
  node: string,
  manager: PackageManagerName,
  { name, installed, target, newer, available }: PackageSeen,
  to: string | undefined,
): readonly Finding[] {
  const problem = (message: string, suggestion: string): readonly Finding[] => [
    { rule: 'upgrade-impossible', severity: 'error', node, message, suggestion },
  ];
  if (installed === undefined)
    return problem(
      `${name} is not installed as ${managers[manager].kind}`,
      `Upgrade it the way it was installed; \`k8s-ha apply\` then restarts it node by node. \`${managers[manager].byHand.owner(`/usr/sbin/${name}`)}\` says what owns it.`,
    );
  if (to === undefined || installed === to) return [];
  if (target === undefined)
    return problem(
      `${name} ${to} is not available on the node; it has ${available.join(', ') || 'none'}`,
      'Name one of these, or give the node a package source that has it.',
    );
  return newer
    ? []
    : problem(
        `${name} ${to} is older than ${installed}, which is installed`,
        `Going back is not an upgrade: do it by hand with ${managers[manager].program}, then run \`k8s-ha apply\`.`,
      );
}
