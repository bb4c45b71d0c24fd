import { quote } from '../../core/command.ts';
import { leverText } from '../../node/lever.ts';
import { paths } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

function set(value: string): string {
  return `echo ${quote(value)} >${paths.drain}.new && mv -f ${paths.drain}.new ${paths.drain}`;
}

export const drained: Fault = {
  name: 'drained',
  summary: 'the VIP holder is drained, as before maintenance',
  disruption: 'drained',
  inject: () => set(leverText({ by: 'operator', name: 'drill', reason: 'a drill' })),
  heal: () => set(leverText(undefined)),
};
