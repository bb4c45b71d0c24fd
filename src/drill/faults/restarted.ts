import { nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const restarted: Fault = {
  name: 'restarted',
  summary: 'a full rollout: HAProxy and keepalived are restarted on every node, one by one, holders drained first',
  disruption: 'restarted',
  part: 'maintenance',
  outside: 'rollout',
  ifKilled: 'a node can stay drained until the next `k8s-ha apply`, which finishes it',
  heal: () => nothing,
};
