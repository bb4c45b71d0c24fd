import { formatMs } from '../../core/duration.ts';
import { clockText, printable } from '../events/text.ts';
import { wrap } from '../../report/wrap.ts';
import type { Cause } from '../../judge/diagnosis.ts';
import type { Tone, WatchEvent } from '../../observe/live/model.ts';
import type { ClusterView, NodeView } from '../watch/view.ts';
import { incidentsOf, type Incident } from './incidents.ts';
import { columnsOf, fit, piece, plain, type Line, type Piece, type ScreenSize } from './lines.ts';
import { firstMode, type Mode } from './mode.ts';
import { pageLines, type Predicted } from './pages.ts';
import { roleText, serverWords, since } from './words.ts';

const verdicts = {
  served: { text: 'served', tone: 'good' },
  degraded: { text: 'DEGRADED', tone: 'warn' },
  outage: { text: 'OUTAGE', tone: 'bad' },
  unknown: { text: 'UNKNOWN', tone: 'warn' },
} as const;

function headLines({ name, atMs, diagnosis }: ClusterView, columns: number): Line[] {
  const { text, tone } = verdicts[diagnosis.verdict];
  const clock = clockText(atMs).slice(0, 8);
  const gap = Math.max(1, columns - name.length - 2 - text.length - clock.length);
  return [
    [piece(`${name}  `), piece(text, tone), piece(' '.repeat(gap)), piece(clock)],
    ...wrap(diagnosis.sentence, columns).map((line) => [piece(line, tone)]),
  ];
}

/** A cause with its command; what follows from it as far as there is room. */
function causeLines({ what, severity, sinceMs, command, consequences }: Cause, nowMs: number, room: number): Line[] {
  const tone: Tone = severity === 'error' ? 'bad' : 'warn';
  const more = consequences.slice(0, Math.max(0, room - 2));
  return [
    [
      piece(`${severity === 'error' ? '✗' : '!'} ${what}`, tone),
      piece(sinceMs === undefined ? '' : ` ${since(sinceMs, nowMs)}`),
    ],
    ...more.map((sentence) => plain(`    ${sentence}`)),
    ...(command === undefined ? [] : [plain(`  → ${command}`)]),
  ];
}

/** Causes, worst first, in at most so many lines; each has two before one has more. */
function allCauses({ diagnosis: { causes }, atMs }: ClusterView, room: number): Line[] {
  const shown = causes.slice(0, Math.max(1, Math.floor(room / 2)));
  const rest = causes.length - shown.length;
  let spare = room - 2 * shown.length - (rest > 0 ? 1 : 0);
  const lines = shown.flatMap((cause) => {
    const taken = causeLines(cause, atMs, 2 + Math.max(0, spare));
    spare -= taken.length - 2;
    return taken;
  });
  return [...lines, ...(rest > 0 ? [plain(`  and ${rest} more: k8s-ha status`)] : [])];
}

function vipLines({ vips, atMs }: ClusterView): Line[] {
  return columnsOf(
    vips.map(({ address, text, tone, sinceMs, sinceAtLeast, last }) => [
      piece(address),
      piece(text, tone),
      piece(since(sinceMs, atMs, sinceAtLeast)),
      piece(last ? `last seen on ${last.holders.join(' and ')}` : ''),
    ]),
  );
}

function nodeRow(node: NodeView, nowMs: number, mark: string): Piece[] {
  if (node.unknown)
    return [
      piece(`${mark}${node.name}`, 'bad'),
      piece(`unknown ${since(node.unknown.sinceMs, nowMs)}: ${node.unknown.reason}`, 'bad'),
    ];
  return [
    piece(`${mark}${node.name}`, node.tone),
    piece(node.haproxy.text, node.haproxy.tone),
    piece(node.keepalived.text, node.keepalived.tone),
    piece(roleText(node.vrrp), node.vrrp.some(({ tone }) => tone === 'bad') ? 'bad' : 'info'),
    piece(node.sessions === undefined ? 'unknown' : `${node.sessions}, ${node.sessionRate ?? 0} new/s`),
    piece(
      node.drained === '' ? node.etcd.text : `drained: ${node.drained}`,
      node.drained === '' ? node.etcd.tone : 'warn',
    ),
  ];
}

function nodeLines(view: ClusterView, selected: number | undefined): Line[] {
  return columnsOf([
    ['  NODE', 'HAPROXY', 'KEEPALIVED', 'VIPS', 'SESSIONS', 'ETCD'].map((title) => piece(title)),
    ...view.nodes.map((node, i) => nodeRow(node, view.atMs, i === selected ? '> ' : '  ')),
  ]);
}

/** One line for each API server: for how many HAProxys it is ready, and what their checks say. */
function serverLines({ nodes }: ClusterView): Line[] {
  const names = (nodes[0]?.servers ?? []).map(({ server }) => server);
  return columnsOf([
    ['  API SERVER', 'READY FOR', 'SESSIONS', 'CHECK'].map((title) => piece(title)),
    ...names.map((name, i): Piece[] => {
      const views = nodes.flatMap(({ servers }) => servers[i] ?? []).filter(({ sessions }) => sessions !== undefined);
      const up = views.filter(({ text }) => text.startsWith('UP')).length;
      if (views.length === 0) return [piece(`  ${name}`), piece('unknown', 'warn'), piece(''), piece('')];
      const tone: Tone = up === views.length ? 'good' : up === 0 ? 'bad' : 'warn';
      const sessions = views.reduce((sum, one) => sum + (one.sessions ?? 0), 0);
      const slowest = Math.max(...views.map(({ checkMs }) => checkMs ?? 0));
      const said = [...new Set(views.filter(({ text }) => !text.startsWith('UP')).map(serverWords))].join('; ');
      return [
        piece(`  ${name}`),
        piece(`${up} of ${views.length} HAProxys`, tone),
        piece(String(sessions)),
        piece(said === '' ? `answers in ${slowest} ms` : said, said === '' ? 'info' : tone),
      ];
    }),
  ]);
}

function extraLines({ leases, lock, files, atMs }: ClusterView): Line[] {
  return [
    ...(lock === undefined ? [] : [[piece(`  locked: ${lock}`, 'warn')]]),
    ...(leases.length === 0
      ? []
      : [plain(`  leases: ${leases.map(({ name, holder }) => `${name} ${holder}`).join(', ')}`)]),
    ...(files === undefined
      ? []
      : [
          plain(
            `  files: ${Object.entries(files.nodes)
              .map(([node, text]) => `${node} ${text}`)
              .join(', ')} (${formatMs(Math.max(0, atMs - files.atMs))} ago)`,
          ),
        ]),
  ];
}

function incidentLine({ atMs, count, nodes, tone, text }: Incident, mark = '  '): Line {
  const times = count > 1 ? `×${count} ` : '';
  const where = nodes.length === 0 ? '' : `${nodes.join(' ')}: `;
  return [piece(`${mark}${clockText(atMs).slice(0, 8)}  `), piece(`${times}${where}${printable(text)}`, tone)];
}

function happened(events: readonly WatchEvent[], { filter, typing }: Mode, room: number): Line[] {
  if (room < 2) return [];
  const wanted = filter.toLowerCase();
  const { moves, others } = incidentsOf(events);
  const found = others.filter(({ text, nodes }) => `${nodes.join(' ')} ${text}`.toLowerCase().includes(wanted));
  const title =
    filter === '' && !typing ? '  WHAT HAPPENED, newest first' : `  WHAT HAPPENED with "${filter}${typing ? '_' : ''}"`;
  const pinned = moves.map((move) => incidentLine(move, '▸ '));
  return [plain(title), ...pinned, ...found.map((one) => incidentLine(one))].slice(0, room);
}

const keysText = 'q quit  ? help  ↑↓ node  ⏎ detail  e events  d drains  p predictions  / filter';

/** Rows that causes leave to the rest of the main page at least: the newest incidents with their heading, and the footer. */
const incidentsAtLeast = 3;

function mainLines(
  view: ClusterView,
  events: readonly WatchEvent[],
  mode: Mode,
  { columns, rows }: ScreenSize,
): Line[] {
  const head = headLines(view, columns);
  const tables = [...vipLines(view), plain(''), ...nodeLines(view, mode.selected), plain(''), ...serverLines(view)];
  const extra = extraLines(view);
  const left = rows - 1 - head.length - tables.length - incidentsAtLeast - 2;
  const causes = view.diagnosis.causes.length === 0 ? [] : allCauses(view, Math.max(2, left));
  // What is least needed goes first where the terminal is low.
  const room = rows - 1 - head.length - causes.length - tables.length - 2;
  const shownExtra = extra.slice(0, Math.max(0, room - incidentsAtLeast));
  return [
    ...head,
    ...causes,
    plain(''),
    ...tables,
    ...shownExtra,
    plain(''),
    ...happened(events, mode, rows - 1 - head.length - causes.length - tables.length - shownExtra.length - 2),
  ];
}

export interface ScreenOptions {
  readonly mode?: Mode;
  readonly predictions?: readonly Predicted[];
  /** Keys can be pressed: the last line says which. */
  readonly keys?: boolean;
}

/**
 * The screen for a size: at least as wide as 80 columns to be whole; narrower ones are cut. The verdict and its causes come
 * first, what happened fills what is left of the height.
 */
export function screenLines(
  view: ClusterView,
  events: readonly WatchEvent[],
  size: ScreenSize,
  { mode = firstMode, predictions = [], keys = true }: ScreenOptions = {},
): Line[] {
  const { columns, rows } = size;
  const body =
    mode.page === 'main'
      ? mainLines(view, events, mode, size)
      : [...headLines(view, columns), plain(''), ...pageLines(view, events, mode, predictions, size)];
  const shown = body.slice(0, Math.max(1, rows - 1));
  const filler = Array.from({ length: Math.max(0, rows - 1 - shown.length) }, () => plain(''));
  const lines = keys ? [...shown, ...filler, plain(keysText)] : shown;
  return lines.slice(0, rows).map((line) => fit(line, columns));
}
