import * as z from 'zod';
import { actionText, type LockAction, type LockOwner, type LockSeen } from '../cluster/lock.ts';
import { quote, script, type Command } from '../core/command.ts';
import { brief } from '../core/printable.ts';
import { readOnce } from '../core/read-once.ts';
import { forms } from './said.ts';
import { intent } from './intent.ts';
import { logLine, paths, runDir } from './paths.ts';

/** Ends of a guarded script that are not the step's own. */
export const guardExit = { busy: 75, lockLost: 76, lockGone: 77 } as const;

/** The lock file's one line. */
export function lockText(owner: LockOwner): string {
  return JSON.stringify(owner);
}

/** Shell that ends with 0 where the node's lock has this token. */
export function lockIsOurs(token: string): string {
  return `grep -qF ${quote(`"token":"${token}"`)} ${paths.lock} 2>/dev/null`;
}

/** Shell that ends with 0 where the node's lock keeps the add-ons reconciler back. */
export const lockBlocksAddons = `grep -qE '"blocks":\\[[^]]*"add-ons"' ${paths.lock}`;

/**
 * Takes the lock of one node, in one step (O_EXCL). `takeOver` is the exact text of a lock that may be replaced: one that
 * changed in the meantime is respected. Prints the present lock and ends with 1 when it is somebody else's.
 */
export function lockCommand(owner: LockOwner, takeOver: string | undefined): Command {
  return script(
    'take the lock',
    `mkdir -p -m 0755 ${runDir} || exit 2
exec 8>${runDir}/lock.guard
flock -w 10 8 || exit 2
${takeOver === undefined ? '' : `[ "$(cat ${paths.lock} 2>/dev/null)" = ${quote(takeOver)} ] && rm -f ${paths.lock}`}
if (set -C; printf '%s\\n' ${quote(lockText(owner))} >${paths.lock}) 2>/dev/null; then ${logLine(quote(`${actionText(owner.action)} by ${owner.owner} on ${owner.machine} begins`))}; exit 0; fi
cat ${paths.lock}; exit 1`,
    { intent: intent({ kind: 'lock', owner, takeOver }) },
  );
}

export function unlockCommand(owner: LockOwner): Command {
  return script(
    'release the lock',
    `${lockIsOurs(owner.token)} && rm -f ${paths.lock} && { ${logLine(quote(`${actionText(owner.action)} by ${owner.owner} on ${owner.machine} ends`))}; }; exit 0`,
    { intent: intent({ kind: 'unlock', token: owner.token }) },
  );
}

/** The lock's one line of JSON; a lock that cannot be read is still a lock. */
export function parseLock(line: string, nowS: number): LockSeen {
  const read = readLine(line);
  const { since = nowS, process, ...fields } = read.success ? read.data : lockFields.parse({});
  return { text: line, ...fields, process, ageS: Math.max(0, Math.round(nowS - since)) };
}

const readLine = readOnce((line) => lockLine.safeParse(line));

/** Longest word of a lock that is shown or compared. */
const longestWord = 300;

const word = z.string().max(longestWord).transform(brief).catch('unknown').default('unknown');

const said = z.string().max(longestWord).transform(brief);

const actions = z.union([
  z.object({
    verb: z.enum(['apply', 'up', 'down', 'upgrade', 'spread', 'remove', 'drill', 'soak', 'restore', 'renew']),
  }),
  z.object({ verb: z.enum(['drain', 'undrain']), node: said }),
  z.object({ verb: z.literal('rollback'), to: z.string().regex(forms.stamp).optional() }),
  z.object({ verb: z.literal('migrate'), back: z.boolean() }),
  z.object({ verb: z.literal('upgrade-kubernetes'), to: said }),
  z.object({ verb: z.literal('other'), text: said }),
  // As versions before 0.1 wrote it.
  said.transform(formerAction),
]);

/** The words of versions before 0.1, understood so that what one of them left behind can be finished. */
function formerAction(text: string): LockAction {
  const [verb = '', ...rest] = text.split(' ');
  const to = /^rollback to before (\d{8}T\d{6}Z)$/.exec(text)?.[1];
  if (to !== undefined) return { verb: 'rollback', to };
  if (text === 'migrate' || text === 'migrate --back') return { verb: 'migrate', back: text !== 'migrate' };
  if ((verb === 'drain' || verb === 'undrain') && rest.length === 1) return { verb, node: rest.join(' ') };
  return text === 'apply' || text === 'upgrade' || text === 'spread' || text === 'remove'
    ? { verb: text }
    : { verb: 'other', text };
}

/** A machine's, a boot's or a namespace's, as the kernel and systemd write them: `pid:[4026531836]`. */
const id = z.string().regex(/^[\w:[\].-]{0,100}$/);

const identity = z.object({
  machineId: id,
  bootId: id,
  pidNamespace: id,
  pid: z.int(),
  startTicks: z.int(),
});

const unreadAction: LockAction = { verb: 'other', text: 'unknown' };

const lockFields = z.object({
  token: word,
  owner: word,
  machine: word,
  process: identity.optional().catch(undefined),
  action: actions.catch(unreadAction).default(unreadAction),
  since: z.number().optional().catch(undefined),
});

const lockLine = z
  .string()
  .transform((line, context): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  })
  .pipe(lockFields);
