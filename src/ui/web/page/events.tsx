import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { NumberedEvent } from '../../watch/history.ts';
import { placeAfter } from './event-window.ts';
import { dateText, listText, milliText, momentText, spanText } from './format.ts';
import { incidentsOf, type Incident } from './incidents.ts';
import { brush, cursor, eventsVersion, eventWindow, nowMs } from './store.ts';

/** The newest events that are told as incidents; all of them are among the raw lines. */
const mostTold = 2000;
const shownAtFirst = 8;
/** Moves of an incident that are shown; one that flaps has hundreds. */
const shownMoves = 4;

/** The events that are looked at: those until the cursor, or of the brushed span. */
function eventsInSight(): readonly NumberedEvent[] {
  const { events } = eventWindow;
  const untilMs = brush.value?.toMs ?? cursor.value;
  const end = untilMs === undefined ? events.length : placeAfter(events, untilMs);
  const begin = brush.value ? placeAfter(events, brush.value.fromMs) : 0;
  return begin === 0 && end === events.length ? events : events.slice(begin, end);
}

/** What happened: as incidents, or line by line; `r` goes from one to the other. */
export function Events() {
  const raw = useSignal(false);
  useEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
      const typing = target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null;
      if (key === 'r' && !typing && !ctrlKey && !metaKey && !altKey) raw.value = !raw.value;
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <div class="controls tabs">
        <button
          type="button"
          aria-pressed={!raw.value}
          class={raw.value ? '' : 'chosen'}
          onClick={() => (raw.value = false)}
        >
          Incidents
        </button>
        <button
          type="button"
          aria-pressed={raw.value}
          class={raw.value ? 'chosen' : ''}
          onClick={() => (raw.value = true)}
        >
          Raw lines <kbd>r</kbd>
        </button>
      </div>
      {raw.value ? <RawLines /> : <Incidents />}
    </>
  );
}

function Incidents() {
  const all = useSignal(false);
  const [version, at, brushed] = [eventsVersion.value, cursor.value, brush.value];
  const { incidents, routine } = useMemo(() => incidentsOf(eventsInSight().slice(-mostTold)), [version, at, brushed]);
  const shown = all.value ? incidents : incidents.slice(0, shownAtFirst);
  return (
    <>
      {incidents.length === 0 ? (
        <p class="quiet">Nothing has happened{at === undefined ? '' : ' until then'}.</p>
      ) : null}
      <ol class="incidents">
        {shown.map((incident) => (
          <IncidentItem key={incident.number} incident={incident} />
        ))}
      </ol>
      <p class="quiet">
        {shown.length < incidents.length ? (
          <button type="button" onClick={() => (all.value = true)}>
            {incidents.length - shown.length} earlier
          </button>
        ) : null}{' '}
        {routine === 0 ? '' : `${routine} routine ${routine === 1 ? 'line is' : 'lines are'} among the raw lines. `}
        <span data-events>{eventWindow.events.length} events</span> in memory.
      </p>
    </>
  );
}

function IncidentItem({
  incident: { fromMs, toMs, tone, title, moves, lines, checks, count },
}: {
  incident: Incident;
}) {
  const goThere = (): void => void (cursor.value = toMs);
  return (
    <li class={`incident ${tone}`}>
      <time class="quiet" dateTime={new Date(fromMs).toISOString()} title={dateText(fromMs)}>
        {momentText(fromMs, nowMs.value)}
      </time>
      <div class="body">
        <p class="title">
          {moves.length > 0 ? <span class="pin">VIP</span> : null}
          {title}
        </p>
        {moves.slice(-shownMoves, -1).map(({ number, text, atMs }) => (
          <p key={number} class="move">
            <span class="pin">VIP</span>
            {text} <span class="quiet">{milliText(atMs)}</span>
          </p>
        ))}
        {moves.length > shownMoves ? (
          <p class="move">
            <b class="times">{moves.length} moves</b> in all
          </p>
        ) : null}
        {lines.length === 0 ? null : (
          <details>
            <summary>
              {lines.length} {lines.length === 1 ? 'thing' : 'things'} more, {count} {count === 1 ? 'line' : 'lines'}
              {toMs - fromMs < 1000 ? '' : ` in ${spanText(toMs - fromMs)}`}
            </summary>
            <ul>
              {lines.map((line) => (
                <li key={`${line.source} ${line.text}`}>
                  <span class={`text ${line.tone}`}>{line.text}</span>
                  {line.count > 1 ? <b class="times"> ×{line.count}</b> : null}{' '}
                  <span class="quiet">
                    {line.source}
                    {line.nodes.length === 0 ? '' : ` on ${listText(line.nodes)}`}
                  </span>
                </li>
              ))}
              {checks === 0 ? null : (
                <li class="quiet">
                  {checks} {checks === 1 ? 'check' : 'checks'} began to fail
                </li>
              )}
            </ul>
            <button type="button" onClick={goThere}>
              look at this moment
            </button>
          </details>
        )}
      </div>
    </li>
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
function RawLines() {
  const filter = useSignal<Filter>('all');
  const scrolled = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const [version, until, brushed] = [eventsVersion.value, cursor.value, brush.value];
  const rows = useMemo(() => {
    const shown = eventsInSight();
    return filter.value === 'all' ? shown : shown.filter(passes[filter.value]);
  }, [version, until, brushed, filter.value]);
  const height = innerWidth <= 640 ? tallRowHeight : rowHeight;
  const first = Math.max(0, Math.floor(scrolled.value / height) - 5);
  const last = Math.min(rows.length, Math.ceil((scrolled.value + listHeight) / height) + 5);
  useEffect(() => {
    if (list.current) list.current.scrollTop = 0;
  }, [until, brushed, filter.value]);
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
