import { nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const nodeLost: Fault = {
  name: 'node-lost',
  summary: 'the VIP holder loses power',
  disruption: 'node-lost',
  part: 'node',
  // Taken and given back by the commands in --power-off and --power-on, or by the lab.
  outside: 'power',
  ifKilled: 'the node stays off until somebody gives its power back',
  forgets: true,
  heal: () => nothing,
};
