import { filled } from '../core/shell-text.ts';
import { paths, runDir } from '../node/paths.ts';
import * as programs from './shell/programs.ts';

/** Where keepalived before 2.2.5 writes, whatever TMPDIR says: the unit gives it a /tmp of its own, seen through its process. */
const ownTmp = '"/proc/$pid/root/tmp';

/** In this order they are looked for. */
const dumps = [
  paths.keepalivedJson,
  paths.keepalivedData,
  ...[paths.keepalivedJson, paths.keepalivedData].map((path) => `${ownTmp}${path.slice(runDir.length)}"`),
];

/**
 * Shell functions for keepalived's dump of its own state; `$pid` is its process.
 * `dump_signal` prints the number of the signal for it: as JSON, or as text where it was built without --enable-json. The
 * program is asked, where it is; and the process whether it waits for that (keepalived blocks what it reads by signalfd), because the
 * file may be a newer one: a signal that it does not know would end it. `dump_forget` removes the dumps that are there: each
 * signal writes again. `dump_said` prints the new one once all of it is there, and fails until then: JSON ends with its bracket, and
 * in text the scripts come after the instances. Of text only what is needed is told: it has passwords too.
 */
export const keepalivedDump = filled(programs.dump, {
  DUMPS: dumps.join(' '),
});
