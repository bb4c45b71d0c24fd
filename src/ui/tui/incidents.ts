import type { Tone, WatchEvent } from '../../observe/live/model.ts';

/** What happened, once: the same from several nodes, backends or times is one with a count. */
export interface Incident {
  readonly atMs: number;
  /** When it was last told. */
  readonly untilMs: number;
  readonly count: number;
  readonly nodes: readonly string[];
  readonly tone: Tone;
  readonly text: string;
}

export interface Incidents {
  /** The last moves, which everything else is read against: of each VIP that moved with the one that moved last. Newest first. */
  readonly moves: readonly Incident[];
  /** Newest first. */
  readonly others: readonly Incident[];
}

/** A journal that tells of a move so long after it was seen tells of another one. */
const sameMoveMs = 5000;

/** The same that is told again within this time belongs to the same incident. */
const togetherMs = 60_000;

/**
 * Events as incidents. Left out is what others say better: gates, which follow from causes, transitions of VRRP, which the
 * observed holders tell, and lines of programs that tell of nothing bad; the list of all events has them.
 * @param events oldest first
 */
export function incidentsOf(events: readonly WatchEvent[]): Incidents {
  const open = new Map<string, Incident>();
  const all: Incident[] = [];
  const moves = new Map<string, Incident>();
  for (const event of events) {
    const told = toldOf(event);
    if (told === undefined) continue;
    if (event.kind === 'vip' || event.kind === 'vrrp') {
      // What is seen says from where to where; the journal says it of the time before the watch began.
      const vip = event.vip ?? event.vrrp?.vip ?? '';
      const move = moves.get(vip);
      if (!move || event.kind === 'vip' || event.atMs - move.atMs > sameMoveMs) moves.set(vip, incident(event, told));
      continue;
    }
    const key = `${event.kind} ${event.tone} ${told}`;
    const before = open.get(key);
    const joined = before && event.atMs - before.untilMs <= togetherMs ? join(before, event) : undefined;
    if (before && joined) all.splice(all.indexOf(before), 1);
    const now = joined ?? incident(event, told);
    open.set(key, now);
    all.push(now);
  }
  return { moves: together([...moves.values()]), others: all.toReversed() };
}

/** VIPs that left one node at once are one failover; what moved before that is in the list of all events. */
function together(moves: readonly Incident[]): readonly Incident[] {
  const lastMs = Math.max(...moves.map(({ atMs }) => atMs));
  return moves.filter(({ atMs }) => lastMs - atMs <= sameMoveMs).toSorted((a, b) => b.atMs - a.atMs);
}

function incident(event: WatchEvent, text: string): Incident {
  const { atMs, tone, kind } = event;
  return { atMs, untilMs: atMs, count: 1, nodes: kind === 'vrrp' ? [] : teller(event), tone, text };
}

/** Which node told it; what was observed names its node itself. */
function teller({ node, source }: WatchEvent): readonly string[] {
  return node === undefined || source === 'observed' ? [] : [node];
}

function join(before: Incident, event: WatchEvent): Incident {
  const nodes = [...new Set([...before.nodes, ...teller(event)])];
  return { ...before, untilMs: event.atMs, count: before.count + 1, nodes };
}

function toldOf({ kind, tone, text, source, node = 'a node', vrrp }: WatchEvent): string | undefined {
  switch (kind) {
    case 'gate':
      return undefined;
    case 'vip':
      return tone === 'info' ? undefined : text;
    case 'vrrp':
      return vrrp?.state === 'MASTER' ? `${vrrp.vip} is taken over by ${node}` : undefined;
    case 'log':
      return tone === 'bad' || tone === 'warn' ? text : undefined;
    case 'server':
      return source === 'haproxy' ? serverTold(text, tone) : text;
    default:
      return text;
  }
}

/** HAProxy logs each server for each backend, in its own words; whose server it is and what became of it is what matters. */
function serverTold(text: string, tone: Tone): string {
  const server = /^(?:Health check for server|(?:Backup )?[Ss]erver) \S+\/(\S+) /.exec(text)?.[1];
  if (server === undefined) return 'a backend of HAProxy has no server left';
  return `HAProxy finds the API server of ${server} ${tone === 'good' ? 'ready' : tone === 'bad' ? 'down' : 'not ready'}`;
}
