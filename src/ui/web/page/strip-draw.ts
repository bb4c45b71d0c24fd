import type { NumberedEvent } from '../../watch/history.ts';
import { ticksOf } from './axis.ts';
import { placeAfter } from './event-window.ts';
import type { Band } from './ownership.ts';

/** One row of the timeline. */
export type Lane = { readonly name: string; readonly title: string; readonly height: number } & (
  | { readonly kind: 'holders'; readonly bands: readonly Band[] }
  | { readonly kind: 'events'; readonly node: string }
  | { readonly kind: 'drills'; readonly drills: readonly DrillSpan[] }
);

export interface DrillSpan {
  readonly fault: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StripSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly markMs: number | undefined;
}

export const axisHeight = 22;
const laneGap = 4;
const tones = ['info', 'good', 'warn', 'bad'] as const;
const rank = { info: 0, good: 1, warn: 2, bad: 3 } as const;

export function heightOf(lanes: readonly Lane[]): number {
  return lanes.reduce((sum, { height }) => sum + height + laneGap, 0) + axisHeight;
}

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly x: (atMs: number) => number;
  /** Asking for a style is slow: once for a name, not once for a stroke. */
  readonly color: (name: string) => string;
}

/** Draws the lanes of a span with their axis. */
export function drawStrip(
  canvas: HTMLCanvasElement,
  lanes: readonly Lane[],
  events: readonly NumberedEvent[],
  { fromMs, toMs, markMs }: StripSpan,
): void {
  const ratio = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colors = new Map<string, string>();
  const color = (name: string): string => {
    const known = colors.get(name) ?? style.getPropertyValue(`--${name}`);
    colors.set(name, known);
    return known;
  };
  const pen: Pen = { context, width, color, x: (atMs) => ((atMs - fromMs) / (toMs - fromMs)) * width };
  context.font = `11px ${style.getPropertyValue('--font')}`;
  drawAxis(pen, height, ticksOf(fromMs, toMs, Math.max(2, Math.floor(width / 90))));
  const marks = worstOf(lanes, events, fromMs, toMs, Math.max(1, Math.floor(width / 2)));
  let top = 0;
  lanes.forEach((lane, row) => {
    if (lane.kind === 'holders') drawBands(pen, lane.bands, top, lane.height, fromMs, toMs);
    if (lane.kind === 'drills') drawDrills(pen, lane.drills, top, lane.height, fromMs, toMs);
    if (lane.kind === 'events') drawMarks(pen, marks[row], top, lane.height);
    top += lane.height + laneGap;
  });
  if (markMs === undefined) return;
  context.fillStyle = color('text');
  context.fillRect(pen.x(markMs) - 1, 0, 2, height - axisHeight + 4);
}

function drawAxis({ context, color, x, width }: Pen, height: number, ticks: ReturnType<typeof ticksOf>): void {
  const bottom = height - axisHeight;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const { atMs, text } of ticks) {
    const at = x(atMs);
    context.fillStyle = color('line');
    context.fillRect(at, 0, 1, bottom + 3);
    const half = context.measureText(text).width / 2;
    context.fillStyle = color('quiet');
    // At the edges a label would be cut off.
    if (at - half >= 0 && at + half <= width) context.fillText(text, at, bottom + 6);
  }
}

/** The worst tone of each two pixels of each lane: a day has more events than pixels. */
function worstOf(
  lanes: readonly Lane[],
  events: readonly NumberedEvent[],
  fromMs: number,
  toMs: number,
  columns: number,
): readonly Int8Array[] {
  const worst = lanes.map(() => new Int8Array(columns).fill(-1));
  const rowOf = new Map(lanes.flatMap((lane, row) => (lane.kind === 'events' ? [[lane.node, row] as const] : [])));
  for (let i = placeAfter(events, fromMs); i < events.length; i += 1) {
    const event = events[i];
    if (!event || event.atMs > toMs) break;
    const lane = worst[rowOf.get(event.node ?? '') ?? -1];
    const column = Math.min(columns - 1, Math.floor(((event.atMs - fromMs) / (toMs - fromMs)) * columns));
    if (lane) lane[column] = Math.max(lane[column] ?? -1, rank[event.tone]);
  }
  return worst;
}

function drawMarks({ context, color, width }: Pen, marks: Int8Array | undefined, top: number, height: number): void {
  context.fillStyle = color('line');
  context.fillRect(0, top + height / 2, width, 1);
  const paints = { info: color('edge'), good: color('edge'), warn: color('warn-line'), bad: color('bad-line') };
  marks?.forEach((tone, column) => {
    const name = tones[tone];
    if (name === undefined) return;
    context.fillStyle = paints[name];
    // Trouble stands out by its height too, not by its colour alone.
    const inset = name === 'bad' ? 1 : name === 'warn' ? 3 : 5;
    context.fillRect(column * 2, top + inset, 2, height - inset * 2);
  });
}

function drawBands(pen: Pen, bands: readonly Band[], top: number, height: number, fromMs: number, toMs: number): void {
  const { context, color, x, width } = pen;
  context.fillStyle = color('sunken');
  context.fillRect(0, top, width, height);
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { fromMs: from, toMs: to, holders, known } of bands) {
    if (to < fromMs || from > toMs) continue;
    const [left, right] = [Math.max(0, x(from)), Math.min(width, x(to))];
    const wide = Math.max(2, right - left);
    const kind = holders.length > 1 ? 'bad' : holders.length === 1 ? 'accent' : known ? 'bad' : 'unknown';
    if (kind !== 'unknown') {
      context.fillStyle = color(`${kind}-soft`);
      context.fillRect(left, top, wide, height);
      context.fillStyle = color(kind === 'bad' ? 'bad-line' : 'accent');
      context.fillRect(left, top + height - 2, wide, 2);
      context.fillRect(left, top, 2, height);
    }
    const text = holders.length > 0 ? holders.join(' + ') : known ? 'no holder' : '?';
    if (context.measureText(text).width + 12 > wide) continue;
    context.fillStyle = color(kind === 'unknown' ? 'quiet' : kind);
    context.fillText(text, left + 7, top + height / 2);
  }
}

function drawDrills(
  { context, color, x, width }: Pen,
  drills: readonly DrillSpan[],
  top: number,
  height: number,
  fromMs: number,
  toMs: number,
): void {
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { fault, fromMs: from, toMs: to } of drills) {
    if (to < fromMs || from > toMs) continue;
    const left = Math.max(0, x(from));
    const wide = Math.max(3, Math.min(width, x(to)) - left);
    context.fillStyle = color('warn-soft');
    context.fillRect(left, top, wide, height);
    context.strokeStyle = color('warn-line');
    context.strokeRect(left + 0.5, top + 0.5, wide - 1, height - 1);
    context.fillStyle = color('warn');
    if (left + context.measureText(fault).width + 6 < width)
      context.fillText(fault, left + Math.min(wide, 4) + 3, top + height / 2);
  }
}
