import { source } from '../cluster/file/source.ts';
import { pinnableTimers, type PinnableTimer, type Timers } from '../cluster/timers.ts';
import { durationText } from '../core/duration.ts';
import type { ApiPath, HaproxyConfig } from './haproxy/read.ts';
import { timeoutOf } from './haproxy/sections.ts';
import { msOf, type ServerConfig } from './haproxy/server.ts';
import { expandKeepalived } from './keepalived/expand.ts';
import type { KeepalivedConfig } from './keepalived/config.ts';
import { keepalivedTree, type Statement } from './keepalived/tree.ts';
import { haproxyMs, integerOf, keepalivedMs } from './time.ts';

/** The timers that one of our own file pairs has. */
export interface FoundTimers {
  /** Those that can be pinned, by their keys in the cluster file; times in milliseconds. */
  readonly pinnable: Readonly<Record<string, number>>;
  /** Cannot be pinned: it follows from the target. */
  readonly fastIntervalMs: number;
}

/** Reads back every timer that can be pinned, and the fast check interval, which tells the target. */
export function timersOf(keepalived: KeepalivedConfig, haproxy: HaproxyConfig): FoundTimers | undefined {
  const { api } = haproxy;
  const server = api?.servers[0];
  if (!api || !server || keepalived.instances.length === 0) return undefined;
  const { lines } = expandKeepalived(source(keepalived.text, keepalived.file));
  const files: OwnFiles = { statements: keepalivedTree(lines).statements, api, server };
  return {
    pinnable: Object.fromEntries(timers.map(([name, timer]) => [name, readBack(timer, files) ?? timer.absent])),
    fastIntervalMs: msOf(server, 'fastinter') ?? msOf(server, 'inter') ?? 2000,
  };
}

const usualTargets = [500, 1000, 2000, 3000, 5000, 10_000, 200, 300, 400, 750, 1500, 4000, 250, 150, 100];

/**
 * The `failover` part that leads to these timers: a target alone where one does, otherwise a target with pins.
 * @param solve the timers that a candidate leads to; undefined where it leads to none
 */
export function targetFor(found: FoundTimers, solve: (targetMs: number) => Timers | undefined): object {
  const { advertInterval = 1000, downTimerAdverts = 3 } = found.pinnable;
  const exact = Math.ceil((downTimerAdverts * advertInterval) / 0.8);
  for (const targetMs of [...usualTargets, exact, exact + 50, exact + 100]) {
    const solved = solve(targetMs);
    if (solved && same(solved, found)) return { target: durationText(targetMs) };
  }
  // The target decides how HAProxy's fast checks follow from the pinned ones (predict/solve.ts).
  const targetMs = found.fastIntervalMs <= 100 ? 1000 : found.fastIntervalMs <= 200 ? 5000 : 10_000;
  return { target: durationText(targetMs), timers: pinsOf(found) };
}

/** As the cluster file has them. A time of zero cannot be written there, and is left out. */
function pinsOf({ pinnable }: FoundTimers): object {
  const pins = timers.flatMap(([name, { value }]): [string, string | number][] => {
    const found = pinnable[name];
    if (found === undefined || (value === 'time' && found === 0)) return [];
    return [[name, value === 'time' ? durationText(found) : found]];
  });
  return Object.fromEntries(pins);
}

function same(solved: Timers, { pinnable, fastIntervalMs }: FoundTimers): boolean {
  return (
    solved.check.fastInterMs === fastIntervalMs && timers.every(([name, timer]) => timer.of(solved) === pinnable[name])
  );
}

const timers: readonly (readonly [string, PinnableTimer])[] = Object.entries(pinnableTimers);

interface OwnFiles {
  readonly statements: readonly Statement[];
  readonly api: ApiPath;
  readonly server: ServerConfig;
}

/** What the files say of a timer, in milliseconds or as a count; undefined where they say nothing. */
function readBack({ line, value }: PinnableTimer, { statements, api, server }: OwnFiles): number | undefined {
  if (line.program === 'keepalived') {
    const text = keepalivedValue(statements, line.block, line.keyword);
    return value === 'time' ? keepalivedMs(text) : integerOf(text);
  }
  if ('timeout' in line) return timeoutOf(api.backend, line.timeout)?.value;
  const text = server.parameters.get(line.server)?.text ?? '';
  return value === 'time' ? haproxyMs(text) : integerOf(text);
}

/** The value behind a keyword in the first block of a kind: the last one counts, as it does in keepalived. */
function keepalivedValue(statements: readonly Statement[], block: string, keyword: string): string {
  const [first] = statements.filter(({ words }) => words[0]?.text === block);
  return first?.block?.findLast(({ words }) => words[0]?.text === keyword)?.words[1]?.text ?? '';
}

/** The word that begins a timer's line in a keepalived.conf of ours, so that it is no line that was not understood. */
export function isTimerKeyword(word: string): boolean {
  return timers.some(([, { line }]) => line.program === 'keepalived' && line.keyword === word);
}
