import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { bandsOfVip } from './bands.ts';
import { placeAfter } from './event-window.ts';
import { dateText, timeText } from './format.ts';
import { axisHeight, drawStrip, heightOf, type Lane } from './strip-draw.ts';
import { brush, cursor, eventsVersion, eventWindow, nowMs, reports, view } from './store.ts';

const spans = [
  { label: '15 min', ms: 900_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: '6 h', ms: 21_600_000 },
  { label: '24 h', ms: 86_400_000 },
] as const;

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

function goLive(): void {
  cursor.value = undefined;
  brush.value = undefined;
}

function onKeyDown(event: KeyboardEvent): void {
  const act = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    End: goLive,
    Escape: goLive,
    Home: () => (cursor.value = eventWindow.events[0]?.atMs),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function lanesOf(fromMs: number, toMs: number): readonly Lane[] {
  const shown = view.value;
  if (!shown) return [];
  const drills = reports.value
    .filter(({ cluster }) => cluster === shown.name)
    .flatMap((report) => report.drills)
    .filter((drill) => drill.toMs >= fromMs && drill.fromMs <= toMs);
  return [
    ...shown.vips.map(({ address }) => ({
      kind: 'holders' as const,
      name: address,
      title: `who held ${address}`,
      height: 24,
      bands: bandsOfVip(address),
    })),
    ...shown.nodes.map(({ name }) => ({
      kind: 'events' as const,
      name,
      title: `events of ${name}`,
      height: 18,
      node: name,
    })),
    { kind: 'events' as const, name: 'cluster', title: 'events of the whole cluster', height: 18, node: '' },
    ...(drills.length === 0
      ? []
      : [{ kind: 'drills' as const, name: 'drills', title: 'drills, by their reports', height: 18, drills }]),
  ];
}

/** Time as lanes: who held each VIP, what each node told. A click looks at a moment, a drag at a span. */
export function Strip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chosen = useSignal<number | undefined>(undefined);
  const drag = useSignal<{ readonly from: number; readonly to: number } | undefined>(undefined);
  const [version, now, at, brushed] = [eventsVersion.value, nowMs.value, cursor.value, brush.value];
  // An hour, unless the page knows less than that.
  const spanMs = chosen.value ?? (now - (eventWindow.events[0]?.atMs ?? now) < 600_000 ? 900_000 : 3_600_000);
  const toMs = brushed?.toMs ?? (at === undefined ? now : Math.min(now, at + spanMs / 2));
  const fromMs = brushed?.fromMs ?? toMs - spanMs;
  const lanes = lanesOf(fromMs, toMs);
  const height = heightOf(lanes);
  // Of a day, a pixel is a minute: that is drawn once a second, however much happens.
  const drawnFor = toMs - fromMs > 7_200_000 ? 0 : version;
  const lanesKey = lanes.map((lane) => `${lane.name} ${lane.kind === 'holders' ? lane.bands.length : ''}`).join(' ');
  const looks = useSignal(0);
  // Other colours, or another width, also while the time that is shown stands still.
  useEffect(() => {
    const again = (): void => void (looks.value += 1);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const resized = new ResizeObserver(again);
    if (canvas.current) resized.observe(canvas.current);
    scheme.addEventListener('change', again);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', again);
    };
  }, []);
  useEffect(() => {
    const draw = (): void => {
      if (canvas.current) drawStrip(canvas.current, lanes, eventWindow.events, { fromMs, toMs, markMs: at });
    };
    const drawn = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(drawn);
  }, [drawnFor, looks.value, Math.round(toMs / 1000), fromMs - toMs, at, height, lanesKey]);
  const placeOf = (event: PointerEvent): number => {
    const box = canvas.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  };
  const onUp = (event: PointerEvent): void => {
    const begun = drag.value;
    drag.value = undefined;
    if (!begun) return;
    const [left, right] = [begun.from, placeOf(event)].toSorted((a, b) => a - b);
    if (left === undefined || right === undefined) return;
    if (right - left < 0.008) cursor.value = fromMs + right * (toMs - fromMs);
    else brush.value = { fromMs: fromMs + left * (toMs - fromMs), toMs: fromMs + right * (toMs - fromMs) };
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
          class={at === undefined && !brushed ? 'chosen' : ''}
          aria-pressed={at === undefined && !brushed}
          onClick={goLive}
        >
          live
        </button>
        <label>
          span{' '}
          <select
            value={String(spanMs)}
            onChange={({ currentTarget }) => {
              brush.value = undefined;
              chosen.value = Number(currentTarget.value);
            }}
          >
            {spans.map(({ label, ms }) => (
              <option key={label} value={String(ms)}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <span class="quiet range">
          {dateText(fromMs)} – {timeText(toMs)}
        </span>
        {brushed ? (
          <button type="button" onClick={() => (brush.value = undefined)}>
            whole span
          </button>
        ) : (
          <span class="quiet hint">click: a moment · drag: a span</span>
        )}
      </div>
      <div class="lanes">
        <ul class="names" style={{ paddingBottom: `${axisHeight}px` }}>
          {lanes.map(({ name, title, height: tall, kind }) => (
            <li key={`${kind} ${name}`} title={title} style={{ height: `${tall}px` }}>
              {name}
            </li>
          ))}
        </ul>
        <div
          class="track"
          role="slider"
          tabIndex={0}
          aria-label="Time. Arrow keys go from event to event; End is the present."
          aria-valuemin={Math.round(fromMs / 1000)}
          aria-valuemax={Math.round(toMs / 1000)}
          aria-valuenow={Math.round((at ?? toMs) / 1000)}
          aria-valuetext={at === undefined ? 'the present' : dateText(at)}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.value = { from: placeOf(event), to: placeOf(event) };
          }}
          onPointerMove={(event) => {
            if (drag.value) drag.value = { ...drag.value, to: placeOf(event) };
          }}
          onPointerUp={onUp}
          onPointerCancel={() => (drag.value = undefined)}
        >
          <canvas ref={canvas} style={{ height: `${height}px` }} />
          {drag.value && Math.abs(drag.value.to - drag.value.from) >= 0.008 ? (
            <div
              class="brush"
              style={{
                left: `${Math.min(drag.value.from, drag.value.to) * 100}%`,
                width: `${Math.abs(drag.value.to - drag.value.from) * 100}%`,
              }}
            />
          ) : null}
        </div>
      </div>
    </div>
  );
}
