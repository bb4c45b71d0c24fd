import type { Fault } from '../fault.ts';

export const nodeLost: Fault = {
  name: 'node-lost',
  summary: 'the VIP holder loses power',
  disruption: 'node-lost',
  // Power is taken and given back from outside: by the commands in --power-off and --power-on, or by the lab.
  inject: undefined,
  heal: () => ':',
};
