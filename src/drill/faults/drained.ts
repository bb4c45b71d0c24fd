import { paths } from '../../node/paths.ts';
import { pulled } from '../acts.ts';
import type { Fault } from '../fault.ts';

const { inject, heal } = pulled(paths.drain, { by: 'operator', name: 'drill', reason: 'a drill' });

export const drained: Fault = {
  name: 'drained',
  summary: 'the VIP holder is drained, as before maintenance',
  disruption: 'drained',
  part: 'maintenance',
  handsOver: true,
  inject: () => inject,
  heal: () => heal,
};
