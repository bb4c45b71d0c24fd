import type { Prediction } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import type { Allowances } from './allowances.ts';

/** What every bound is computed from. */
export interface Model {
  readonly spec: ClusterSpec;
  readonly timers: Timers;
  readonly allowances: Allowances;
}

/** What a fault costs; the kind and title are the caller's. */
export type Bounds = Omit<Prediction, 'disruption' | 'title'>;
