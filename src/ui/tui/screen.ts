import { formatMs } from '../../core/duration.ts';
import { clockText, painted, printable } from '../events/text.ts';
import type { Tone, WatchEvent } from '../../observe/live/model.ts';
import type { ClusterView, NodeView, ServerView } from '../watch/view.ts';

/** A piece of a line in one tone. */
interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

type Line = readonly Piece[];

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

function piece(text: string, tone: Tone = 'info'): Piece {
  return { text, tone };
}

function plain(text: string): Line {
  return [piece(text)];
}

/** Cut to the width; what was cut is shown by an ellipsis. */
function fit(line: Line, columns: number): Line {
  let left = columns;
  const kept: Piece[] = [];
  for (const { text, tone } of line) {
    if (text.length <= left) {
      kept.push({ text, tone });
      left -= text.length;
    } else {
      kept.push({ text: left > 1 ? `${text.slice(0, left - 1)}…` : '…'.slice(0, left), tone });
      break;
    }
  }
  return kept;
}

/** Columns two spaces apart; the last cell of a row may be as long as it likes. */
function columnsOf(rows: readonly (readonly Piece[])[]): Line[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach(({ text }, i) => (widths[i] = Math.max(widths[i] ?? 0, text.length)));
  return rows.map((row) =>
    row.map(({ text, tone }, i) => piece(i === row.length - 1 ? text : text.padEnd((widths[i] ?? 0) + 2), tone)),
  );
}

function since(atMs: number, nowMs: number): string {
  return `since ${clockText(atMs).slice(0, 8)} (${formatMs(Math.max(0, Math.round((nowMs - atMs) / 1000) * 1000))})`;
}

function vipLines({ vips, atMs }: ClusterView): Line[] {
  return columnsOf(
    vips.map(({ address, text, tone, sinceMs, last }) => [
      piece(address),
      piece(text, tone),
      piece(since(sinceMs, atMs)),
      piece(last ? `last seen on ${last.holders.join(' and ')}` : ''),
    ]),
  );
}

function nodeRow(node: NodeView, nowMs: number): Piece[] {
  if (node.unknown)
    return [
      piece(node.name, 'bad'),
      piece(`unknown ${since(node.unknown.sinceMs, nowMs)}: ${node.unknown.reason}`, 'bad'),
    ];
  const vrrp = node.vrrp.map(({ instance, state }) => `${instance.replace('K8S_API_', '')}:${state}`).join(' ');
  return [
    piece(node.name, node.tone),
    piece(node.haproxy.text, node.haproxy.tone),
    piece(node.keepalived.text, node.keepalived.tone),
    piece(vrrp === '' ? 'unknown' : vrrp, node.vrrp.some(({ tone }) => tone === 'bad') ? 'bad' : 'info'),
    piece(node.sessions === undefined ? 'unknown' : `${node.sessions} (${node.sessionRate ?? 0}/s)`),
    piece(
      node.drained === '' ? node.etcd.text : `drained: ${node.drained}`,
      node.drained === '' ? node.etcd.tone : 'warn',
    ),
  ];
}

function nodeLines(view: ClusterView): Line[] {
  return columnsOf([
    ['NODE', 'HAPROXY', 'KEEPALIVED', 'VRRP', 'SESSIONS', 'ETCD'].map((title) => piece(title)),
    ...view.nodes.map((node) => nodeRow(node, view.atMs)),
  ]);
}

function serverText({ text, sessions, checkMs }: ServerView): string {
  return sessions === undefined
    ? text
    : `${text} ${sessions}s ${checkMs === undefined ? '' : `${checkMs}ms`}`.trimEnd();
}

/** Rows are API servers, columns the HAProxys that judge them. */
function matrixLines({ nodes }: ClusterView): Line[] {
  return columnsOf([
    [piece('API SERVER'), ...nodes.map(({ name }) => piece(`seen by ${name}`))],
    ...(nodes[0]?.servers ?? []).map(({ server }, i) => [
      piece(server),
      ...nodes.map(({ servers }) => {
        const cell = servers[i];
        return cell ? piece(serverText(cell), cell.tone) : piece('unknown', 'warn');
      }),
    ]),
  ]);
}

/** The gates that fail, those first of which that is known; at most `most` lines. */
function gateLines({ gates }: ClusterView, most: number): Line[] {
  const failing = gates
    .filter(({ error }) => error !== undefined)
    .toSorted((a, b) => Number(a.unknown) - Number(b.unknown));
  if (failing.length === 0) return [[piece(`✓ all ${gates.length} gates pass`, 'good')]];
  const shown = failing.length > most ? failing.slice(0, most - 1) : failing;
  const rest = failing.length - shown.length;
  return [
    ...shown.map(({ sentence, error, unknown }) => [
      piece(`✗ ${sentence}: ${error}`, unknown ? ('warn' as const) : ('bad' as const)),
    ]),
    ...(rest > 0 ? [[piece(`✗ … and ${rest} more`, 'warn' as const)]] : []),
  ];
}

function eventLine({ atMs, node, source, text, tone }: WatchEvent): Line {
  return [piece(`${clockText(atMs)}  ${(node ?? '').padEnd(5)} ${source.padEnd(10)} `), piece(printable(text), tone)];
}

function extraLines({ leases, lock, files, atMs }: ClusterView): Line[] {
  return [
    ...(lock === undefined ? [] : [[piece(`locked: ${lock}`, 'warn')]]),
    ...(leases.length === 0
      ? []
      : [plain(`leases: ${leases.map(({ name, holder }) => `${name} ${holder}`).join(', ')}`)]),
    ...(files === undefined
      ? []
      : [
          plain(
            `files: ${Object.entries(files.nodes)
              .map(([node, text]) => `${node} ${text}`)
              .join(', ')} (${formatMs(Math.max(0, atMs - files.atMs))} ago)`,
          ),
        ]),
  ];
}

/** Lines that gates leave to the events, with their heading. */
const eventsAtLeast = 7;

/**
 * The screen for a size: at least as wide as 80 columns to be whole; narrower ones are cut. The newest events fill what is
 * left of the height.
 */
export function screenLines(view: ClusterView, events: readonly WatchEvent[], { columns, rows }: ScreenSize): Line[] {
  const title: Line = [piece(`${view.name}  `), piece(view.verdict, view.tone)];
  const clock = clockText(view.atMs).slice(0, 8);
  const width = title.reduce((sum, { text }) => sum + text.length, 0);
  const head: Line =
    width + clock.length + 2 <= columns
      ? [...title, piece(' '.repeat(columns - width - clock.length)), piece(clock)]
      : title;
  const blank = plain('');
  const tables = [head, blank, ...vipLines(view), blank, ...nodeLines(view), blank, ...matrixLines(view), blank];
  const extra = extraLines(view);
  const gates = gateLines(view, Math.max(2, rows - tables.length - extra.length - eventsAtLeast));
  const top: Line[] = [...tables, ...gates, ...extra];
  const room = Math.max(0, rows - top.length - 2);
  const shown = room > 0 ? events.slice(-room).toReversed() : [];
  const lines = room > 0 ? [...top, blank, plain('EVENTS, newest first'), ...shown.map(eventLine)] : top;
  return lines.slice(0, rows).map((line) => fit(line, columns));
}

/** Lines as a terminal shows them. */
export function lineText(line: Line, color: boolean): string {
  return line.map(({ text, tone }) => painted(text, tone, color)).join('');
}
