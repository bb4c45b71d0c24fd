import { burden, faultFile } from '../acts.ts';
import type { Fault } from '../fault.ts';

const file = faultFile('disk-full');

/** Half of the memory that is free: /run is memory, and nothing may be killed for it. */
const room = `set -- $(df -Pk /run | tail -n 1)
kb=$4
free=$(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)`;

export const diskFull: Fault = {
  name: 'disk-full',
  summary: '/run is full on the VIP holder: no program can write there',
  disruption: 'disk-full',
  part: 'resources',
  lastsMs: 3000,
  available: () => `${room}
[ "$(stat -f -c %T /run)" = tmpfs ] || { echo '/run is no tmpfs'; exit 1; }
[ "$kb" -lt "$((free / 2))" ] || { echo "to fill /run would take $kb kB of the $free kB of memory that are free"; exit 1; }`,
  // In two: what fallocate leaves of a page or two, dd takes. Gigabytes of memory are emptied for it, which is not to cost others a
  // processor.
  inject: () => ({
    shell: `${room}
[ "$kb" -lt "$((free / 2))" ]
nice -n 19 fallocate -l "\${kb}K" ${file} 2>/dev/null || true
nice -n 19 dd if=/dev/zero bs=4k count=65536 2>/dev/null >>${file} || true`,
    does: [burden('full-disk', true)],
  }),
  heal: () => ({ shell: `rm -f ${file}`, does: [burden('full-disk', false)] }),
};
