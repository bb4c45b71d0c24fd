import type { NodeSeen } from '../cluster/state.ts';
import { fails, holds, unknowable, type Answer } from '../core/answer.ts';
import type { Finding } from '../core/finding.ts';
import { paths } from '../node/paths.ts';
import { fileSetOf } from '../render/file-set.ts';

/** Whether the firewall of a node is open as its files say. */
export function isOpened(wanted: string | undefined, { firewall }: NodeSeen): Answer {
  if (wanted === undefined) return firewall === undefined ? holds : fails('the firewall is still open');
  if (firewall?.loaded.known === false) return unknowable(`the firewall cannot be read: ${firewall.loaded.reason}`);
  return firewall?.loaded.value === wanted ? holds : fails('the firewall is not open');
}

/** What is wrong right now with what `firewall: manage` opened on a node. */
export function firewallFindings(node: string, seen: NodeSeen): readonly Finding[] {
  if (!seen.files.some(({ path }) => path === paths.firewall)) return [];
  if (isOpened(fileSetOf(node, seen.files)?.firewallRevision, seen).is !== 'false') return [];
  return [
    {
      rule: 'firewall-not-loaded',
      severity: 'warning',
      node,
      message: `${seen.firewall?.by ?? 'the firewall'} has not all rules that the cluster needs: somebody removed them`,
      suggestion: 'Run `k8s-ha apply`.',
    },
  ];
}
