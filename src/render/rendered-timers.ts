import { pinnableTimers, type PinnableTimer, type Timers } from '../cluster/timers.ts';
import { parseDuration } from '../core/duration.ts';

const pinnable: readonly PinnableTimer[] = Object.values(pinnableTimers);

/**
 * The timers that rendered files have, read back: those that can be pinned, and what else HAProxy's checks of the API servers have.
 * @param otherwise every other timer, which no key of the cluster file changes
 * @returns undefined where the files are not ours
 */
export function renderedTimers(keepalived: string, haproxy: string, otherwise: Timers): Timers | undefined {
  const servers =
    /^ +default-server( inter \S{1,20} fastinter \S{1,20} downinter \S{1,20} fall \d{1,6} rise \d{1,6})$/m.exec(
      haproxy,
    )?.[1];
  if (!/^# [^/]+\/\S+: rendered by k8s-ha/.test(keepalived) || servers === undefined) return undefined;
  const files: RenderedFiles = { keepalived, haproxy, servers };
  if (!said(pinnableTimers.advertInterval, files)) return undefined;
  const read = pinnable.reduce((timers, timer) => timer.with(timers, said(timer, files) ?? timer.absent), otherwise);
  const { check } = otherwise;
  return {
    ...read,
    check: {
      ...read.check,
      fastInterMs: ms(wordAfter(servers, ' fastinter')) ?? check.fastInterMs,
      downInterMs: ms(wordAfter(servers, ' downinter')) ?? check.downInterMs,
      answerMs: ms(wordAfter(haproxy, '^ +timeout check')) ?? check.answerMs,
    },
  };
}

interface RenderedFiles {
  readonly keepalived: string;
  readonly haproxy: string;
  /** The parameters that all API servers have. */
  readonly servers: string;
}

/** What the files say of a timer, in milliseconds or as a count; undefined where they say nothing. */
function said({ line, value }: PinnableTimer, { keepalived, haproxy, servers }: RenderedFiles): number | undefined {
  if (line.program === 'keepalived') {
    const text = wordAfter(keepalived, `^${line.block}\\b.*\\n(?: .*\\n)*? +${line.keyword}`);
    return value === 'time' ? ms(text?.concat('s')) : count(text);
  }
  const text =
    'timeout' in line ? wordAfter(haproxy, `^ +timeout ${line.timeout}`) : wordAfter(servers, ` ${line.server}`);
  return value === 'time' ? ms(text) : count(text);
}

function wordAfter(text: string, pattern: string): string | undefined {
  return new RegExp(`${pattern} (\\S{1,20})`, 'm').exec(text)?.[1];
}

function ms(text: string | undefined): number | undefined {
  const read = parseDuration(text ?? '');
  return read.ok ? read.value : undefined;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
