import * as z from 'zod';
import { harmless } from '../../core/printable.ts';
import type { LogEntry } from './model.ts';

/** A field of the journal is a text, or a list of bytes when it is not UTF-8 (systemd.journal-fields(7)). */
const field = z.union([z.string(), z.array(z.number()).transform((bytes) => Buffer.from(bytes).toString('latin1'))]);

const entryShape = z.object({
  __CURSOR: z.string().regex(/^[\w;=+/-]{1,500}$/),
  /** Microseconds since 1970: sixteen digits until the year 2286. */
  __REALTIME_TIMESTAMP: z.string().regex(/^\d{1,16}$/),
  MESSAGE: field.nullish(),
  PRIORITY: z.string().optional(),
  SYSLOG_IDENTIFIER: z.string().optional(),
  _SYSTEMD_UNIT: z.string().optional(),
  UNIT: z.string().optional(),
});

const states = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const;

type Told = Pick<LogEntry, 'source' | 'kind' | 'tone' | 'text' | 'vrrp' | 'reloaded'>;

/** Lines that are only noise: our own questions, twins on standard error of what the log has, cleaning up of nothing. */
const noise = [
  /^Printing VRRP (?:as json|data) /,
  /^\[(?:WARNING|NOTICE)\]\s+\(\d+\) : (?!New worker)/,
  /^Error: ipv4: Address not found|^RTNETLINK answers: Cannot assign/,
  /^(?:Command line:|\s+'--|Running on Linux|Configuration file \/)/,
  /Got notification message from PID/,
  /^Opening file|^Registering (?:Kernel|gratuitous)|^Assigned address|^Truncating auth_pass/,
  /^Deactivated successfully|Consumed .* CPU time/,
  // What podman says of a container's life; systemd says the same of its unit.
  /^\d{4}-\d\d-\d\d \S+ \S+ UTC m=\S+ (?:container|image) /,
  /^[0-9a-f]{64}$/,
];

function vrrp(text: string): Told | undefined {
  const match = /^\((\S+)\) Entering (\w+) STATE/.exec(text);
  const state = states.find((name) => name === match?.[2]);
  if (!match || !state) return undefined;
  const [, instance = ''] = match;
  const tone = { INIT: 'info', BACKUP: 'info', MASTER: 'good', FAULT: 'bad' } as const;
  return {
    source: 'keepalived',
    kind: 'vrrp',
    tone: tone[state],
    text: `${instance} enters ${state}`,
    vrrp: { instance, state },
  };
}

function keepalived(text: string): Told {
  return (
    vrrp(text) ?? {
      source: 'keepalived',
      kind: /^(?:Starting|Stopp|Startup)/.test(text) ? 'service' : 'log',
      tone: /fail|FAULT|error|lost|unable/i.test(text) ? 'warn' : 'info',
      text,
    }
  );
}

function haproxy(text: string): Told {
  const plain = text.replace(/^\[\w+\]\s+\(\d+\) : /, '');
  if (/New worker .*forked/.test(plain))
    return { source: 'haproxy', kind: 'service', tone: 'info', text: plain, reloaded: true };
  const server =
    /^(?:Health check for server|(?:Backup )?[Ss]erver) \S+\/\S+ /.test(plain) ||
    /^(?:backend|proxy) \S+ has no server/.test(plain);
  if (!server)
    return { source: 'haproxy', kind: 'log', tone: /ALERT|error|fail/i.test(text) ? 'warn' : 'info', text: plain };
  const bad = / is DOWN|has no server|\bDOWN\b/.test(plain);
  const good = / is UP| succeeded,/.test(plain);
  return { source: 'haproxy', kind: 'server', tone: bad ? 'bad' : good ? 'good' : 'warn', text: plain };
}

function service(text: string): Told {
  return {
    source: 'systemd',
    kind: 'service',
    tone: /Failed|failed|exited, code=(?:killed|dumped)|status=(?!0|143)\d/.test(text) ? 'bad' : 'info',
    text,
  };
}

/** What controls a terminal, or ends a line, is a dot in it. */
function lineOf(text: string): string {
  return harmless(text.slice(0, 500).replaceAll('\u001B', '·')).replaceAll(/[\n\t]/g, ' ');
}

/**
 * Understands one line of `journalctl -o json`.
 * @returns undefined for noise and for what is not a journal entry.
 */
export function parseLogEntry(line: string): LogEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const read = entryShape.safeParse(value);
  if (!read.success) return undefined;
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: microseconds, MESSAGE, SYSLOG_IDENTIFIER: from, UNIT } = read.data;
  const text = lineOf(MESSAGE ?? '');
  if (text.trim() === '' || noise.some((pattern) => pattern.test(text))) return undefined;
  const entry = { cursor, nodeMs: Number(microseconds) / 1000 };
  if (from === 'k8s-ha')
    return { ...entry, source: 'k8s-ha', kind: 'tool', tone: /broken|inject/i.test(text) ? 'warn' : 'info', text };
  if (UNIT !== undefined) return { ...entry, ...service(text) };
  return { ...entry, ...(from === 'haproxy' ? haproxy(text) : keepalived(text)) };
}
