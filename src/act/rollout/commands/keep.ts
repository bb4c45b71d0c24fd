import { quoteAll, type Command } from '../../../core/command.ts';
import type { KeepIntent } from '../../../node/intent.ts';
import { movedUnits, paths } from '../../../node/paths.ts';
import { guarded } from './guarded.ts';

const summaries = {
  begin: 'keep the connections through this node',
  'hand-on': 'be ready to hand on packets of connections through other nodes',
} as const;

/** A node that has no such script yet does nothing: its clients connect again. */
export function keepCommand(token: string, does: KeepIntent['does'], vips: readonly string[]): Command {
  return guarded(
    summaries[does],
    token,
    { kind: 'keep', does, vips },
    `[ ! -x ${paths.keepScript} ] || ${paths.keepScript} ${does} ${quoteAll(vips)} 9>&-`,
  );
}

/** Shell: ends all of it at once, while the script that cleans up is there. */
export const endKept = `systemctl stop '${movedUnits.kept}*' '${movedUnits.handedOn}*' 2>/dev/null || :`;
