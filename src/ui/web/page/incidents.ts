import type { NumberedEvent } from '../../watch/history.ts';

/** What belongs together: from the first sign of trouble, or a move, until it has been quiet. */
export interface Incident {
  /** Number of its first event: it keeps it while it grows. */
  readonly number: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly tone: NumberedEvent['tone'];
  readonly title: string;
  /** Moves of an address: shown first, never folded. */
  readonly moves: readonly NumberedEvent[];
  readonly lines: readonly Line[];
  /** Checks that began to fail: they follow from the rest, and are counted only. */
  readonly checks: number;
  readonly count: number;
}

/** Events that say the same, of one node or several, as one line. */
export interface Line {
  readonly text: string;
  readonly tone: NumberedEvent['tone'];
  readonly source: NumberedEvent['source'];
  readonly nodes: readonly string[];
  readonly count: number;
  readonly fromMs: number;
}

/** An incident is over when nothing has happened for so long. */
const quietMs = 10_000;
const rank = { info: 0, good: 1, warn: 2, bad: 3 } as const;

/** The events as incidents, newest first; what was routine, and touched none of them, is one count between them. */
export function incidentsOf(events: readonly NumberedEvent[]): {
  readonly incidents: readonly Incident[];
  readonly routine: number;
} {
  const groups: NumberedEvent[][] = [];
  let lastMs = -Infinity;
  let routine = 0;
  for (const event of events) {
    const group = event.atMs - lastMs <= quietMs ? groups.at(-1) : undefined;
    if (group) group.push(event);
    else if (isNotable(event)) groups.push([event]);
    else {
      routine += 1;
      continue;
    }
    // What is routine belongs to an incident that goes on, and does not make it last longer.
    if (isNotable(event)) lastMs = event.atMs;
  }
  return { incidents: groups.toReversed().map(incidentOf), routine };
}

function isNotable({ kind, tone }: NumberedEvent): boolean {
  return tone === 'bad' || tone === 'warn' || kind === 'vip' || kind === 'tool';
}

/** Which event tells best what happened: the highest; of equal ones the latest. */
const telling = { vip: 70, node: 60, tool: 50, server: 40, service: 30, vrrp: 20, gate: 10, log: 0 } as const;

function weightOf({ kind, tone }: NumberedEvent): number {
  return telling[kind] + rank[tone];
}

function incidentOf(events: readonly NumberedEvent[]): Incident {
  const moves = events.filter(({ kind }) => kind === 'vip');
  let [worst, told] = [events[0], events[0]];
  for (const event of events) {
    if (rank[event.tone] > rank[worst?.tone ?? 'info']) worst = event;
    if (!told || weightOf(event) >= weightOf(told)) told = event;
  }
  return {
    number: events[0]?.number ?? 0,
    fromMs: events[0]?.atMs ?? 0,
    toMs: events.at(-1)?.atMs ?? 0,
    tone: worst?.tone ?? 'info',
    title: moves.at(-1)?.text ?? told?.text ?? '',
    moves,
    lines: linesOf(events.filter(({ kind }) => kind !== 'vip' && kind !== 'gate')),
    checks: new Set(events.filter(({ kind, tone }) => kind === 'gate' && tone === 'bad').map(({ text }) => text)).size,
    count: events.length,
  };
}

/** Made once for each event: a storm has thousands, and each update draws them again. */
const keys = new WeakMap<NumberedEvent, string>();

/** What is the same but for its figures and for the node that says it has the same key. */
function keyOf(event: NumberedEvent): string {
  const known = keys.get(event);
  if (known !== undefined) return known;
  const { source, kind, tone, text, node } = event;
  const bare = (node === undefined ? text : text.replaceAll(node, '')).replaceAll(/\d+/g, '#');
  const key = `${source} ${kind} ${tone} ${bare}`;
  keys.set(event, key);
  return key;
}

function linesOf(events: readonly NumberedEvent[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const event of events) {
    const { source, tone, text, node, atMs } = event;
    const key = keyOf(event);
    const old = lines.get(key);
    const nodes = old?.nodes ?? [];
    lines.set(key, {
      text: old?.text ?? text,
      tone,
      source,
      nodes: node === undefined || nodes.includes(node) ? nodes : [...nodes, node],
      count: (old?.count ?? 0) + 1,
      fromMs: old?.fromMs ?? atMs,
    });
  }
  return [...lines.values()].toSorted((a, b) => rank[b.tone] - rank[a.tone] || a.fromMs - b.fromMs);
}
