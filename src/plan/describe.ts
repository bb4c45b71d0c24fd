import type { NodePlan } from './plan.ts';

/** What is done to a node's services, in the order in which it is done: "move the VIPs away, restart HAProxy". */
export const describePlanActions = (
  plan: Pick<NodePlan, 'haproxy' | 'keepalived' | 'addons' | 'drain' | 'undrain'>,
): string => {
  const parts = [
    ...(plan.drain ? ['move the VIPs away'] : []),
    ...(plan.haproxy === 'none' ? [] : [`${plan.haproxy} HAProxy`]),
    ...(plan.keepalived === 'none' ? [] : [`${plan.keepalived} keepalived`]),
    ...(plan.addons === 'none' ? [] : [`${plan.addons} the add-ons`]),
    ...(plan.drain || plan.undrain ? ['end the drain'] : []),
  ];
  return parts.length === 0 ? 'no service is touched' : parts.join(', ');
};
