import type { Tone, WatchEvent } from '../../observe/live/model.ts';
import type { NodeClock } from './read.ts';

const escape = '\u001B';
const colors: Readonly<Record<Tone, string>> = { good: '32', bad: '31', warn: '33', info: '39' };

/** Paints a text by its tone, where colours are wanted. */
export function painted(text: string, tone: Tone, color: boolean): string {
  return color && tone !== 'info' ? `${escape}[${colors[tone]}m${text}${escape}[39m` : text;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Local time with milliseconds: `18:34:32.352`. */
export function clockText(atMs: number): string {
  const date = new Date(atMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Local date: `2026-11-24`. */
export function dayText(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Control characters of a log line must not reach a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}

/** One event as a line: date, time, how far it may be off, node, who says it, what. */
export function eventText(event: WatchEvent, { color = false }: { color?: boolean } = {}): string {
  const off = event.errorMs < 0.5 ? '' : `±${Math.ceil(event.errorMs)}ms`;
  return [
    dayText(event.atMs),
    clockText(event.atMs),
    off.padEnd(7),
    (event.node ?? '-').padEnd(8),
    event.source.padEnd(10),
    painted(printable(event.text), event.tone, color),
  ].join(' ');
}

/** How far each node's clock is from the operator's. */
export function clocksText(clocks: readonly NodeClock[]): string {
  return clocks
    .map((one) =>
      'clock' in one
        ? `${one.node} ${one.clock.offsetMs >= 0 ? '+' : '−'}${Math.abs(one.clock.offsetMs).toFixed(1)} ms ± ${one.clock.errorMs.toFixed(1)} ms`
        : `${one.node} unknown: ${one.reason}`,
    )
    .join(', ');
}
