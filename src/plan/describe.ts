import type { NodePlan } from './model.ts';

/** What is done to a node's services, in the order in which it is done: "move the VIPs away, restart HAProxy". */
export function describePlanActions(
  plan: Pick<
    NodePlan,
    'kind' | 'levers' | 'haproxy' | 'keepalived' | 'addons' | 'snapshots' | 'guard' | 'firewall' | 'drain' | 'undrain'
  >,
): string {
  if (plan.kind === 'stand-aside') return 'take no VIP until the others have changed';
  if (plan.kind === 'stand-by') return 'be ready to take VIPs again';
  if (plan.kind === 'remove') return 'stop the services and remove every file';
  const parts = [
    ...(plan.drain ? ['move the VIPs away'] : []),
    ...(plan.guard === 'none' ? [] : [`${plan.guard} the guard`]),
    ...(plan.firewall === undefined ? [] : [`${plan.firewall === 'load' ? 'open' : 'close'} the firewall`]),
    ...(plan.haproxy === 'none' ? [] : [`${plan.haproxy} HAProxy`]),
    ...(plan.keepalived === 'none' ? [] : [`${plan.keepalived} keepalived`]),
    ...(plan.addons === 'none' ? [] : [`${plan.addons} the add-ons`]),
    ...(plan.snapshots === undefined ? [] : [`${plan.snapshots} the snapshots of etcd`]),
    ...(plan.drain || plan.undrain ? ['end the drain'] : []),
  ];
  if (plan.kind === 'retire') return `${plan.drain ? 'move the VIPs away, ' : ''}stop keepalived for good`;
  return parts.length === 0 ? 'no service is touched' : parts.join(', ');
}
