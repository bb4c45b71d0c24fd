import { haproxyNames } from '../../node/haproxy.ts';
import { parseLever } from '../../node/lever.ts';
import { parseLock } from '../../node/lock.ts';
import { checkCodeOf, countOf, csvRows, longestTable, withCheckOf, type Row } from '../once/csv.ts';
import { parseInstances } from '../once/instances.ts';
import { parseAddress } from '../../core/ip.ts';
import { known, unknown } from '../../core/observed.ts';
import { parseLogEntry } from './journal.ts';
import type { HaproxyStats, Observation, ProcessSeen, Sample, ServerStat } from './model.ts';

export interface Decoder {
  /** Told when a question is asked, so that its answer can be placed in time. */
  asked(sequence: number, atMs: number): void;
  askedClock(atMs: number): void;
  /** One line of the script's output; what it completes, if anything. */
  line(text: string, atMs: number): Observation | undefined;
  /** When the oldest question was asked that has no answer yet. */
  waitingSinceMs(): number | undefined;
}

function processSeen(letter: string | undefined): ProcessSeen {
  return letter === undefined || letter === '-' || letter === 'Z' || letter === 'X'
    ? 'absent'
    : letter === 'T' || letter === 't'
      ? 'stopped'
      : 'running';
}

/** @returns undefined where a number is none */
function serverStat(row: Row): ServerStat | undefined {
  const [sessions, sessionRate, totalSessions, checkMs] = ['scur', 'rate', 'stot', 'check_duration'].map((name) =>
    countOf(row(name)),
  );
  if (sessions === undefined || sessionRate === undefined || totalSessions === undefined || checkMs === undefined)
    return undefined;
  return {
    server: row('svname'),
    status: row('status'),
    sessions,
    sessionRate,
    totalSessions,
    checkMs: row('check_duration') === '' ? undefined : checkMs,
    lastCheck: [row('check_status').replace('* ', ''), row('check_code'), row('last_chk')]
      .filter((part) => part !== '')
      .join(' '),
    ...checkCodeOf(row),
  };
}

/** More VIPs than any cluster file may have. */
const mostVips = 1000;

/** Reads what the watched node's script prints, line by line. */
export function createDecoder(node: string): Decoder {
  const sent = new Map<number, number>();
  let clockSent: number | undefined;
  let tick: { process: readonly string[]; drain: string; lock: string; vips: string[] } | undefined;
  let block: string[] = [];
  let frontend: Row | undefined;
  let peersUp: number | undefined;
  let checked: readonly Row[] = [];

  const sample = (rc: string, atMs: number): Sample | undefined => {
    if (!tick) return undefined;
    const {
      process: [, , keepalived, haproxy],
      drain,
      lock,
      vips,
    } = tick;
    return {
      vips: rc === '0' ? known(vips) : unknown('the addresses cannot be read'),
      keepalived: processSeen(keepalived),
      haproxy: processSeen(haproxy),
      drain: parseLever(drain),
      lock: lock === '' ? undefined : parseLock(lock, atMs / 1000),
    };
  };

  const haproxyLine = (text: string, atMs: number): Observation | undefined => {
    const line = text.replace(/^(?:> )+/, '');
    if (line !== '') {
      if (block.length < longestTable) block.push(line);
      return undefined;
    }
    const rows = csvRows(block) ?? [];
    block = [];
    const proxy = rows[0]?.('pxname');
    const servers = rows.filter((row) => row('svname') !== 'BACKEND');
    if (proxy === haproxyNames.frontend) frontend = rows[0];
    if (proxy === haproxyNames.members) peersUp = servers.filter((row) => row('status').startsWith('UP')).length;
    if (proxy === haproxyNames.checked) checked = servers;
    if (proxy !== haproxyNames.ready) return undefined;
    const count = (name: string): number => countOf(frontend?.(name) ?? '') ?? 0;
    const stats: HaproxyStats = {
      sessions: count('scur'),
      sessionLimit: count('slim'),
      sessionRate: count('rate'),
      totalSessions: count('stot'),
      bytesIn: count('bin'),
      bytesOut: count('bout'),
      servers: servers.flatMap((row) => serverStat(withCheckOf(row, checked)) ?? []),
      peersUp,
    };
    return { kind: 'haproxy', node, atMs, stats };
  };

  return {
    asked: (sequence, atMs) => void sent.set(sequence, atMs),
    askedClock: (atMs) => (clockSent = atMs),
    waitingSinceMs: () => sent.values().next().value,
    line: (text, atMs) => {
      if (text.startsWith('H:')) return haproxyLine(text.slice(2), atMs);
      if (text.startsWith('J:')) {
        const entry = parseLogEntry(text.slice(2));
        return entry && { kind: 'log', node, atMs, entry };
      }
      const [mark = '', ...rest] = text.split(' ');
      if (mark === 'T') tick = { process: text.split(' '), drain: '', lock: '', vips: [] };
      else if (mark === 'D' && tick) tick.drain = rest.join(' ').trim();
      else if (mark === 'L' && tick) tick.lock = rest.join(' ').trim();
      else if (mark === 'C' && clockSent !== undefined) {
        const nodeMs = /^\d{1,19}$/.test(rest[0] ?? '') ? Number(rest[0]) / 1e6 : Number.NaN;
        const sentMs = clockSent;
        clockSent = undefined;
        return Number.isFinite(nodeMs)
          ? { kind: 'clock', node, atMs, offsetMs: nodeMs - (sentMs + atMs) / 2, errorMs: (atMs - sentMs) / 2 }
          : undefined;
      } else if (mark === 'K') return { kind: 'instances', node, atMs, instances: parseInstances(rest.join(' ')) };
      else if (mark === 'E') {
        const sequence = Number(rest[0]);
        const sentMs = sent.get(sequence);
        const seen = sample(rest[1] ?? '', atMs);
        tick = undefined;
        if (sentMs === undefined || !seen) return undefined;
        for (const older of sent.keys()) if (older <= sequence) sent.delete(older);
        return { kind: 'sample', node, atMs, sentMs, sample: seen };
      } else {
        // On the loopback interface it is another node's: connections of before a planned move go on through this one.
        const address = /^\d{1,9}: (?!lo\s)\S{1,40}\s+inet6? ([0-9a-f:.]{2,45})/.exec(text)?.[1];
        const parsed = address === undefined ? undefined : parseAddress(address);
        if (parsed && tick && tick.vips.length < mostVips) tick.vips.push(parsed.text);
      }
      return undefined;
    },
  };
}
