import type { Timers } from '../cluster/timers.ts';
import { parseDuration } from '../core/duration.ts';

/**
 * The timers that rendered files have, read back: those of adverts and of HAProxy's checks of the API servers.
 * @param otherwise every other timer, which no key of the cluster file changes, and what the files do not say
 * @returns undefined where the files are not ours
 */
export function renderedTimers(keepalived: string, haproxy: string, otherwise: Timers): Timers | undefined {
  const secondsOf = (keyword: string): number | undefined =>
    ms(new RegExp(`^ +${keyword} (\\d{1,6}(?:\\.\\d{1,6})?)`, 'm').exec(keepalived)?.[1]?.concat('s'));
  const advertIntervalMs = secondsOf('advert_int');
  const servers =
    /^ +default-server inter (\S{1,20}) fastinter (\S{1,20}) downinter (\S{1,20}) fall (\d{1,6}) rise (\d{1,6})$/m.exec(
      haproxy,
    );
  if (!/^# [^/]+\/\S+: rendered by k8s-ha/.test(keepalived) || !advertIntervalMs || !servers) return undefined;
  const [, inter, fastInter, downInter, fall, rise] = servers;
  const { vrrp, check } = otherwise;
  const timeoutOf = (name: string): number | undefined =>
    ms(new RegExp(`^ +timeout ${name} (\\S{1,20})`, 'm').exec(haproxy)?.[1]);
  return {
    ...otherwise,
    vrrp: {
      advertIntervalMs,
      // Absent where keepalived cannot have another number: before 2.2.3.
      downTimerAdverts: Number(/^ +down_timer_adverts (\d{1,6})/m.exec(keepalived)?.[1] ?? 3),
      startupDelayMs: secondsOf('vrrp_startup_delay') ?? vrrp.startupDelayMs,
    },
    check: {
      interMs: ms(inter) ?? check.interMs,
      fastInterMs: ms(fastInter) ?? check.fastInterMs,
      downInterMs: ms(downInter) ?? check.downInterMs,
      fall: Number(fall),
      rise: Number(rise),
      connectMs: timeoutOf('connect') ?? check.connectMs,
      answerMs: timeoutOf('check') ?? check.answerMs,
    },
  };
}

function ms(text: string | undefined): number | undefined {
  const read = parseDuration(text ?? '');
  return read.ok ? read.value : undefined;
}
