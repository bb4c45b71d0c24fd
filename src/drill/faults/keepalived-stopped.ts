import { startUnit, stopUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const keepalivedStopped: Fault = {
  name: 'keepalived-stopped',
  summary: 'keepalived is stopped on the VIP holder: it says good-bye with a priority-0 advert',
  disruption: 'keepalived-stopped',
  part: 'keepalived',
  inject: () => stopUnit('keepalived', { wait: true }),
  heal: () => startUnit('keepalived'),
};
