import { formatMs } from '../../core/duration.ts';
import { clockText, printable } from '../events/text.ts';
import type { WatchEvent } from '../../observe/live/model.ts';
import type { ClusterView, NodeView } from '../watch/view.ts';
import { columnsOf, piece, plain, type Line, type ScreenSize } from './lines.ts';
import type { Mode } from './mode.ts';
import { roleText, serverWords, since } from './words.ts';

/** The longest outage that one fault is predicted to have. */
export interface Predicted {
  readonly fault: string;
  readonly upperMs: number;
}

/** A page that is not the main one, scrolled as the mode says. */
export function pageLines(
  view: ClusterView,
  events: readonly WatchEvent[],
  mode: Mode,
  predictions: readonly Predicted[],
  size: ScreenSize,
): Line[] {
  const [title, lines] = contentOf(view, events, mode, predictions);
  const room = roomOf(size);
  const from = Math.min(mode.scroll, Math.max(0, lines.length - room));
  const rest = lines.length - from - room;
  return [plain(`${title}${rest > 0 ? `  (${rest} more below)` : ''}`), ...lines.slice(from)];
}

/** By how many lines a page can be scrolled. */
export function scrollLimit(
  view: ClusterView,
  events: readonly WatchEvent[],
  mode: Mode,
  predictions: readonly Predicted[],
  size: ScreenSize,
): number {
  if (mode.page === 'main') return 0;
  return Math.max(0, contentOf(view, events, mode, predictions)[1].length - roomOf(size));
}

/** Lines of a page below the head, its title and above the keys. */
function roomOf({ rows }: ScreenSize): number {
  return Math.max(1, rows - 6);
}

function contentOf(
  view: ClusterView,
  events: readonly WatchEvent[],
  mode: Mode,
  predictions: readonly Predicted[],
): readonly [title: string, lines: readonly Line[]] {
  switch (mode.page) {
    case 'events':
      return eventsPage(events, mode);
    case 'drains':
      return ['DRAINS', drainsPage(view)];
    case 'predictions':
      return ['LONGEST OUTAGE of each fault, worst first', predictionsPage(predictions)];
    case 'node': {
      const node = view.nodes[mode.selected ?? 0];
      return node ? [`NODE ${node.name} (${node.address})`, nodePage(view, node)] : ['NODE', []];
    }
    default:
      return ['KEYS', helpPage()];
  }
}

/** Every event as it came, with its source; newest first. */
function eventsPage(events: readonly WatchEvent[], { filter, typing }: Mode): readonly [string, readonly Line[]] {
  const wanted = filter.toLowerCase();
  const found = events.filter(({ node = '', source, text }) =>
    `${node} ${source} ${text}`.toLowerCase().includes(wanted),
  );
  const title = filter === '' && !typing ? 'EVENTS, newest first' : `EVENTS with "${filter}${typing ? '_' : ''}"`;
  return [
    title,
    found
      .toReversed()
      .map(({ atMs, node, source, text, tone }) => [
        piece(`${clockText(atMs)}  ${(node ?? '').padEnd(5)} ${source.padEnd(10)} `),
        piece(printable(text), tone),
      ]),
  ];
}

function drainsPage({ nodes, diagnosis }: ClusterView): readonly Line[] {
  return [
    ...columnsOf(
      nodes.map(({ name, drained, unknown }) => [
        piece(name),
        drained === ''
          ? piece(unknown ? 'unknown: it does not answer' : 'not drained', unknown ? 'warn' : 'info')
          : piece(`drained: ${drained}`, 'warn'),
      ]),
    ),
    plain(''),
    ...diagnosis.causes.flatMap(({ rule, command }) =>
      rule === 'drained' && command !== undefined ? [plain(`  → ${command}`)] : [],
    ),
    plain('  k8s-ha drain FILE NODE --reason TEXT begins maintenance, k8s-ha undrain FILE NODE ends it'),
  ];
}

function predictionsPage(predictions: readonly Predicted[]): readonly Line[] {
  if (predictions.length === 0) return [plain('none: the timers of this cluster cannot be computed')];
  return columnsOf(
    predictions
      .toSorted((a, b) => b.upperMs - a.upperMs)
      .map(({ fault, upperMs }) => [piece(fault), piece(upperMs === 0 ? 'no outage' : `at most ${formatMs(upperMs)}`)]),
  );
}

function nodePage({ atMs, diagnosis }: ClusterView, node: NodeView): readonly Line[] {
  const causes = diagnosis.causes.filter((cause) => cause.node === node.name);
  const told = causes.flatMap(({ what, command, consequences, severity }) => [
    [piece(`${severity === 'error' ? '✗' : '!'} ${what}`, severity === 'error' ? ('bad' as const) : ('warn' as const))],
    ...consequences.map((sentence) => plain(`    ${sentence}`)),
    ...(command === undefined ? [] : [plain(`  → ${command}`)]),
  ]);
  if (node.unknown)
    return [...told, [piece(`unknown ${since(node.unknown.sinceMs, atMs)}: ${node.unknown.reason}`, 'bad')]];
  const { haproxy, keepalived, vrrp, sessions, sessionRate, etcd, clock, peersUp, drained, servers } = node;
  const rows: readonly (readonly [string, string])[] = [
    ['HAProxy', haproxy.text],
    ['keepalived', keepalived.text],
    ['VIPs', roleText(vrrp)],
    ['sessions', sessions === undefined ? 'unknown' : `${sessions}, ${sessionRate ?? 0} new/s`],
    ['other nodes it reaches', peersUp === undefined ? 'not asked' : String(peersUp)],
    ['etcd', etcd.text],
    [
      'clock',
      clock ? `${clock.offsetMs.toFixed(1)} ms ± ${clock.errorMs.toFixed(1)} ms off this machine's` : 'unknown',
    ],
    ['drained', drained === '' ? 'no' : drained],
    ...servers.map((server) => [`API server of ${server.server}`, serverWords(server)] as const),
  ];
  return [...told, ...columnsOf(rows.map(([title, text]) => [piece(title), piece(text)]))];
}

function helpPage(): readonly Line[] {
  return columnsOf(
    (
      [
        ['q, Ctrl-C', 'quit'],
        ['↑ ↓', 'select a node; scroll a page'],
        ['⏎', 'everything about the selected node'],
        ['e', 'all events, as they came'],
        ['d', 'which nodes are drained, by whom, and how to end it'],
        ['p', 'how long each fault would last for clients'],
        ['/', 'show only what contains a text; ⏎ keeps it, Esc ends it'],
        ['Esc', 'back'],
        ['?', 'this page'],
      ] as const
    ).map(([key, text]) => [piece(key), piece(text)]),
  );
}
