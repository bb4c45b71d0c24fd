import type { LeverPull } from '../../../cluster/state.ts';
import { quote, type Command } from '../../../core/command.ts';
import { leverText } from '../../../node/lever.ts';
import { keptLever, paths, stateDir } from '../../../node/paths.ts';
import { guarded } from './guarded.ts';

/** Pulls a lever, or lets it go; the rename is what keepalived's inotify sees. */
export function leverCommand(summary: string, token: string, lever: string, pull: LeverPull | undefined): Command {
  return guarded(summary, token, { kind: 'lever', change: { lever, pull } }, setLever(lever, pull));
}

/** Pulls it so that it holds over a reboot too: a node that stands aside while others hold VIPs by another identity. */
export function pullAndKeep(lever: string, pull: LeverPull): string {
  return `mkdir -p ${stateDir}\n${write(keptLever(lever), pull)}\n${write(lever, pull)}`;
}

/** What was kept of it goes when it is let go. A drain that is kept is an operator's maintenance: only that verb ends it. */
export function setLever(lever: string, pull: LeverPull | undefined): string {
  const forgets = pull === undefined && lever !== paths.drain;
  return forgets ? `rm -f ${keptLever(lever)}\n${write(lever, pull)}` : write(lever, pull);
}

function write(file: string, pull: LeverPull | undefined): string {
  return `printf '%s\\n' ${quote(leverText(pull))} >${file}.new\nmv -f ${file}.new ${file}`;
}
