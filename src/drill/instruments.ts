import { systemClock, type Clock } from '../core/clock.ts';
import { monotonicMs, type ProbeConfig } from './measure/probe.ts';
import { watchClientView, type ClientView } from './prober/client-view.ts';
import { startProber, type Prober, type StartProberOptions } from './prober/start.ts';

/** What a drill measures with: real time and a process that probes, or a simulation of both. */
export interface Instruments {
  /** Its monotonic time is the one that the prober's samples have. */
  readonly clock: Clock;
  readonly startProber: (config: ProbeConfig, options: StartProberOptions) => Promise<Prober>;
  readonly watchClientView: (address: string) => ClientView;
}

export const instruments: Instruments = {
  clock: { ...systemClock, monotonicMs },
  startProber,
  watchClientView,
};
