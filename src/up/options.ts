import type { ActOptions } from '../act/session.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { Plan } from '../plan/model.ts';
import type { LeaveOptions } from './leavers.ts';
import type { Balancer, Leaver, MachineView, UpPlan } from './model.ts';

/** What `up` is given. */
export interface UpOptions extends ActOptions, LeaveOptions {
  /** Of the workers; `hosts` are those of the control plane. */
  readonly workers: readonly Host[];
  /** Asked with all that is to be done before anything changes; false ends it with nothing changed. */
  readonly confirm: (planned: PlannedUp) => Promise<boolean>;
}

/** What is to be done, and what of it is a rollout of the endpoint. */
export interface PlannedUp {
  readonly plan: UpPlan;
  readonly endpoint: Plan | undefined;
  readonly views: readonly MachineView[];
  readonly leavers: readonly Leaver[];
  readonly balancers: readonly Balancer[];
  readonly findings: readonly Finding[];
}
