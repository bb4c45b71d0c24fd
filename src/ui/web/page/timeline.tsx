import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { NumberedEvent } from '../../watch/history.ts';
import { placeAfter } from './event-window.ts';
import { dateText, milliText } from './format.ts';
import { cursor, eventsVersion, eventWindow, nowMs, view } from './store.ts';

const spans = [
  { label: '15 min', ms: 900_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: '6 h', ms: 21_600_000 },
  { label: '24 h', ms: 86_400_000 },
] as const;

const tones = ['info', 'good', 'warn', 'bad'] as const;

/** Draws the events of a span: a lane for each node and one for the whole cluster; the worst tone of a pixel wins. */
function drawStrip(
  canvas: HTMLCanvasElement,
  lanes: readonly string[],
  fromMs: number,
  toMs: number,
  markMs: number | undefined,
): void {
  const ratio = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.max(1, Math.round(clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(clientHeight * ratio));
  const context = canvas.getContext('2d');
  if (!context) return;
  const style = getComputedStyle(canvas);
  // Asking for a style is slow: once for a drawing, not once for a stroke.
  const colors = tones.map((tone) => style.getPropertyValue(`--${tone}`));
  const rank = { info: 0, good: 1, warn: 2, bad: 3 } as const;
  const laneOf = new Map(lanes.map((name, row) => [name, row] as const));
  const columns = Math.max(1, Math.floor(clientWidth / 2));
  const worst = lanes.map(() => new Int8Array(columns).fill(-1));
  const { events } = eventWindow;
  for (let i = placeAfter(events, fromMs); i < events.length; i += 1) {
    const event = events[i];
    if (!event || event.atMs > toMs) break;
    const lane = worst[laneOf.get(event.node ?? '') ?? 0];
    const column = Math.min(columns - 1, Math.floor(((event.atMs - fromMs) / (toMs - fromMs)) * columns));
    if (lane) lane[column] = Math.max(lane[column] ?? -1, rank[event.tone]);
  }
  context.scale(ratio, ratio);
  const laneHeight = clientHeight / lanes.length;
  lanes.forEach((_, row) => {
    context.fillStyle = style.getPropertyValue('--line');
    context.fillRect(0, laneHeight * (row + 0.5), clientWidth, 1);
    worst[row]?.forEach((tone, column) => {
      if (tone < 0) return;
      context.fillStyle = colors[tone] ?? '';
      context.fillRect(column * 2, laneHeight * row + 3, 2, laneHeight - 6);
    });
  });
  if (markMs === undefined) return;
  context.fillStyle = style.getPropertyValue('--text');
  context.fillRect(((markMs - fromMs) / (toMs - fromMs)) * clientWidth - 1, 0, 2, clientHeight);
}

/** The moment before or after the present cursor at which something happened. */
function step(by: 1 | -1): void {
  const { events } = eventWindow;
  const at = cursor.value ?? Infinity;
  if (by === 1) {
    const next = events[placeAfter(events, at)];
    cursor.value = next?.atMs;
    return;
  }
  const before = events.findLast(({ atMs }) => atMs < at - 0.001);
  if (before) cursor.value = before.atMs;
}

function onKeyDown(event: KeyboardEvent): void {
  const act = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    End: () => (cursor.value = undefined),
    Home: () => (cursor.value = eventWindow.events[0]?.atMs),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

export function Strip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const span = useSignal<number>(3_600_000);
  const [version, now, at, lanes] = [
    eventsVersion.value,
    nowMs.value,
    cursor.value,
    ['', ...(view.value?.nodes.map(({ name }) => name) ?? [])],
  ];
  const toMs = at === undefined ? now : Math.min(now, at + span.value / 2);
  const fromMs = toMs - span.value;
  useEffect(() => {
    const drawn = requestAnimationFrame(() => canvas.current && drawStrip(canvas.current, lanes, fromMs, toMs, at));
    return () => cancelAnimationFrame(drawn);
  }, [version, Math.round(toMs / 1000), span.value, at, lanes.join(' ')]);
  const onClick = (event: MouseEvent): void => {
    const box = canvas.current?.getBoundingClientRect();
    if (box) cursor.value = fromMs + ((event.clientX - box.left) / box.width) * span.value;
  };
  return (
    <div class="strip">
      <div class="controls">
        <button type="button" onClick={() => step(-1)}>
          ◀ earlier
        </button>
        <button type="button" onClick={() => step(1)} disabled={at === undefined}>
          later ▶
        </button>
        <button
          type="button"
          class={at === undefined ? 'chosen' : ''}
          aria-pressed={at === undefined}
          onClick={() => (cursor.value = undefined)}
        >
          live
        </button>
        <label>
          span{' '}
          <select
            value={String(span.value)}
            onChange={({ currentTarget }) => (span.value = Number(currentTarget.value))}
          >
            {spans.map(({ label, ms }) => (
              <option key={label} value={String(ms)}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <span class="quiet">
          {dateText(fromMs)} – {dateText(toMs).slice(11)}
        </span>
      </div>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Time. Arrow keys go from event to event; End is the present."
        aria-valuemin={Math.round(fromMs / 1000)}
        aria-valuemax={Math.round(toMs / 1000)}
        aria-valuenow={Math.round((at ?? toMs) / 1000)}
        aria-valuetext={at === undefined ? 'the present' : dateText(at)}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <canvas ref={canvas} />
      </div>
    </div>
  );
}

type Filter = 'all' | 'changes' | 'problems';
const passes: Readonly<Record<Filter, (event: NumberedEvent) => boolean>> = {
  all: () => true,
  changes: ({ source, kind }) => source === 'observed' || kind === 'vrrp' || kind === 'tool',
  problems: ({ tone }) => tone === 'bad' || tone === 'warn',
};

const [rowHeight, tallRowHeight, listHeight] = [26, 48, 416];

/** Only the rows in sight are in the document, however many events there are. */
export function EventList() {
  const filter = useSignal<Filter>('all');
  const scrolled = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const version = eventsVersion.value;
  const until = cursor.value;
  const rows = useMemo(() => {
    const { events } = eventWindow;
    const shown = until === undefined ? events : events.slice(0, placeAfter(events, until));
    return filter.value === 'all' ? shown : shown.filter(passes[filter.value]);
  }, [version, until, filter.value]);
  const height = innerWidth <= 640 ? tallRowHeight : rowHeight;
  const first = Math.max(0, Math.floor(scrolled.value / height) - 5);
  const last = Math.min(rows.length, Math.ceil((scrolled.value + listHeight) / height) + 5);
  useEffect(() => {
    if (list.current) list.current.scrollTop = 0;
  }, [until, filter.value]);
  return (
    <div>
      <div class="controls">
        <label>
          show{' '}
          <select
            value={filter.value}
            onChange={({ currentTarget: { value } }) =>
              (filter.value = value === 'changes' || value === 'problems' ? value : 'all')
            }
          >
            <option value="all">everything</option>
            <option value="changes">changes of state</option>
            <option value="problems">problems</option>
          </select>
        </label>
        <span class="quiet">
          {rows.length} events, newest first{until === undefined ? '' : `, until ${dateText(until)}`}
        </span>
      </div>
      <div
        class="events"
        ref={list}
        tabIndex={0}
        role="region"
        aria-label="Events, newest first"
        onScroll={({ currentTarget }) => (scrolled.value = currentTarget.scrollTop)}
      >
        <ol style={{ height: `${rows.length * height}px` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, i) => {
            const place = first + i;
            const event = rows[rows.length - 1 - place];
            return event ? <EventRow key={event.number} event={event} top={place * height} /> : null;
          })}
        </ol>
      </div>
    </div>
  );
}

function EventRow({ event, top }: { event: NumberedEvent; top: number }) {
  return (
    <li style={{ top: `${top}px` }} title={event.text}>
      <time
        dateTime={new Date(event.atMs).toISOString()}
        title={`${dateText(event.atMs)} ± ${Math.ceil(event.errorMs)} ms`}
      >
        {milliText(event.atMs)}
      </time>
      <span class="node">{event.node ?? ''}</span>
      <span class="source quiet">{event.source}</span>
      <span class={`text ${event.tone}`}>{event.text}</span>
    </li>
  );
}
