import { leverOff, leverOn } from '../../cluster/lever.ts';
import { paths } from '../../render/paths.ts';
import type { Fault } from '../fault.ts';

const set = (value: string): string => `echo '${value}' >${paths.drain}.new && mv -f ${paths.drain}.new ${paths.drain}`;

export const drained: Fault = {
  name: 'drained',
  summary: 'the VIP holder is drained, as before maintenance',
  disruption: 'drained',
  inject: () => set(leverOn('drill')),
  heal: () => set(leverOff),
};
