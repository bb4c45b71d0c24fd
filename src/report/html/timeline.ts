import { judgedBy } from '../drill/loss.ts';
import { formatMs } from '../../core/duration.ts';
import type { DrillResult } from '../../drill/result.ts';
import { escapeHtml } from './escape.ts';

const width = 960;
const right = 24;
const rowHeight = 22;
const plotHeight = 190;
/** Room for the marks' names between the lanes and the plot: a row each, so that they never stand on each other. */
const marksHeight = 40;
/** About as wide as a letter is at most, in the picture's 12 pixels. */
const letter = 7;
const longestName = 22;

/** Milliseconds; answers below the lower one lie on the bottom line, those above the upper one on the top line. */
const latency = { leastMs: 1, mostMs: 4000, ticksMs: [1, 10, 100, 1000] } as const;
const promptMs = 250;

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A time after the injection; before it, with a minus. */
function timeText(ms: number): string {
  return ms === 0 ? '0' : ms < 0 ? `−${formatMs(-ms)}` : formatMs(ms);
}

/** Step between the ticks of the time axis: about eight of them. */
function tickStepMs(spanMs: number): number {
  return [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000].find((step) => spanMs / step <= 9) ?? 60_000;
}

function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
}

function label(text: string, at: number, top: number, anchor = 'end', kind = ''): string {
  return `<text x="${fixed(at)}" y="${fixed(top)}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(text)}</text>`;
}

/** Everything of a drill's picture that depends on its times and names. */
function layoutOf(result: DrillResult) {
  const { holders, samples, clientView } = result;
  const fromMs = Math.min(-200, samples[0]?.[0] ?? -1000);
  const toMs = Math.max(result.healedMs, samples.at(-1)?.[0] ?? 1000, 500);
  const nodes = [
    ...new Set([
      ...holders.spans.flatMap((span) => span.holders),
      ...(clientView ?? []).map(({ node }) => node),
      ...result.nodes,
    ]),
  ].toSorted();
  const names = [...nodes, ...(clientView ? ['client sends to'] : [])];
  const left = 34 + Math.max(...names.map((name) => shortened(name).length), 8) * letter;
  const x = (ms: number): number =>
    left + ((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / (toMs - fromMs)) * (width - left - right);
  const lanesTop = 22;
  const plotTop = lanesTop + names.length * rowHeight + marksHeight;
  const bottom = plotTop + plotHeight;
  const y = (ms: number): number => {
    const share =
      Math.log(Math.min(Math.max(ms, latency.leastMs), latency.mostMs) / latency.leastMs) /
      Math.log(latency.mostMs / latency.leastMs);
    return bottom - share * plotHeight;
  };
  return { fromMs, toMs, nodes, left, x, y, lanesTop, plotTop, bottom };
}

type Layout = ReturnType<typeof layoutOf>;

function rect(
  { x }: Layout,
  from: number,
  to: number,
  top: number,
  height: number,
  kind: string,
  title: string,
): string {
  return `<rect class="${kind}" x="${fixed(x(from))}" y="${fixed(top)}" width="${fixed(Math.max(1, x(to) - x(from)))}" height="${fixed(height)}"><title>${escapeHtml(title)}</title></rect>`;
}

/**
 * One drill as a picture: who held the VIP, how long each new connection took, the outage shaded, the prediction as a band
 * from the injection on. Plain SVG, so that it needs no script and prints.
 */
export function timelineSvg(result: DrillResult): string {
  const { samples, outage } = result;
  const prediction = judgedBy(result);
  const layout = layoutOf(result);
  const { fromMs, toMs, left, x, y, plotTop, bottom } = layout;
  const stepMs = tickStepMs(toMs - fromMs);
  const ticks = Array.from(
    { length: Math.floor(toMs / stepMs) - Math.ceil(fromMs / stepMs) + 1 },
    (_, i) => (Math.ceil(fromMs / stepMs) + i) * stepMs,
  );
  const origin = samples.length > 0 ? sampleOrigin(result) : 0;
  const bounded = prediction.upperMs > 0 && Number.isFinite(prediction.upperMs);
  return `<svg viewBox="0 0 ${width} ${bottom + 46}" role="img" aria-label="${escapeHtml(ariaText(result))}">
${lanes(result, layout)}
${bounded ? rect(layout, 0, prediction.upperMs, plotTop, plotHeight, 'band', `predicted: ${formatMs(prediction.lowerMs)} to ${formatMs(prediction.upperMs)}`) : ''}
${outage.windows.map((window) => rect(layout, window.lostFromMs - origin, window.endMs - origin, plotTop, plotHeight, 'gap', `no prompt answer for ${formatMs(window.endMs - window.lostFromMs)}`)).join('')}
${latency.ticksMs.map((ms) => `<line class="axis" x1="${fixed(left)}" x2="${width - right}" y1="${fixed(y(ms))}" y2="${fixed(y(ms))}"/>${label(formatMs(ms), left - 8, y(ms) + 4)}`).join('')}
<text class="title" transform="translate(14 ${fixed((plotTop + bottom) / 2)}) rotate(-90)" text-anchor="middle">time to the answer</text>
${ticks.map((ms) => `<line class="axis" x1="${fixed(x(ms))}" x2="${fixed(x(ms))}" y1="${bottom}" y2="${bottom + 5}"/>${label(timeText(ms), Math.min(x(ms), width - right - 4), bottom + 18, 'middle')}`).join('')}
${label('time after the injection', (left + width - right) / 2, bottom + 38, 'middle', 'title')}
${samples.map(([atMs, tookMs, outcome]) => dot(x(atMs), y(tookMs), outcome === 'ok' ? (tookMs > promptMs ? 'slow' : 'ok') : 'fail')).join('')}
${mark(layout, 0, 'injected', 1)}${mark(layout, result.healedMs, 'healed', 0)}
</svg>`;
}

/** A moment with its name, on the side of its line where there is room. */
function mark({ x, lanesTop, plotTop, bottom }: Layout, atMs: number, name: string, row: 0 | 1): string {
  const at = x(atMs);
  const before = at > width - 90;
  return `<line class="mark" x1="${fixed(at)}" x2="${fixed(at)}" y1="${lanesTop}" y2="${bottom}"/>${label(name, before ? at - 5 : at + 5, plotTop - 8 - row * 15, before ? 'end' : 'start')}`;
}

function lanes(result: DrillResult, layout: Layout): string {
  const { holders, clientView, vip } = result;
  const { fromMs, toMs, nodes, left, x, lanesTop } = layout;
  const lane = (top: number): string => rect(layout, fromMs, toMs, top + 2, rowHeight - 4, 'lane', '');
  const rows = nodes.map((node, i) => {
    const top = lanesTop + i * rowHeight;
    const spans = holders.spans.filter((span) => span.holders.includes(node));
    return [
      lane(top),
      label(shortened(node), left - 8, top + 15),
      ...spans.map((span) =>
        rect(
          layout,
          span.fromMs,
          span.toMs,
          top + 2,
          rowHeight - 4,
          span.holders.length > 1 ? 'two' : 'hold',
          `${node} held the VIP from ${timeText(span.fromMs)} to ${timeText(span.toMs)}`,
        ),
      ),
    ].join('');
  });
  const top = lanesTop + nodes.length * rowHeight;
  const sent = (clientView ?? []).map(({ atMs, node }, i, all) => {
    const end = all[i + 1]?.atMs ?? toMs;
    if (end <= fromMs) return '';
    const begin = Math.max(atMs, fromMs);
    const room = x(end) - x(begin);
    const bar = rect(layout, begin, end, top + 8, 3, 'sent', `the client sent to ${node} from ${timeText(atMs)} on`);
    return `${bar}<line class="mark" x1="${fixed(x(begin))}" x2="${fixed(x(begin))}" y1="${top + 4}" y2="${top + 15}"/>${room > node.length * letter + 8 ? `<text class="on" x="${fixed(x(begin) + 4)}" y="${top + 20}">${escapeHtml(shortened(node))}</text>` : ''}`;
  });
  return `${label(`who holds ${vip}`, left, 14, 'start', 'title')}${rows.join('')}${clientView ? label('client sends to', left - 8, top + 15) : ''}${sent.join('')}`;
}

/** What each colour and sign of the picture means; only what is in it. */
export function legendHtml(result: DrillResult): string {
  const { holders, outage, samples, clientView } = result;
  const prediction = judgedBy(result);
  const slow = samples.some(([, tookMs, outcome]) => outcome === 'ok' && tookMs > promptMs);
  const failed = samples.some(([, , outcome]) => outcome !== 'ok');
  const entries: readonly (string | false)[] = [
    '<i class="hold"></i>holds the address',
    holders.spans.some((span) => span.holders.length > 1) && '<i class="two"></i>held by two at once',
    clientView !== undefined && '<i class="sent"></i>where the client’s packets went',
    outage.windows.length > 0 && '<i class="gap"></i>outage as measured',
    prediction.upperMs > 0 && Number.isFinite(prediction.upperMs) && '<i class="band"></i>longest outage predicted',
    '<i class="dot answered"></i>new connection, answered',
    slow && `<i class="dot late"></i>answered after more than ${formatMs(promptMs)}`,
    failed && '<b>✕</b>failed',
    '<s></s>injected, healed',
  ];
  return `<ul class="legend">${entries.flatMap((entry) => (entry === false ? [] : [`<li>${entry}</li>`])).join('')}</ul>`;
}

/** Windows are on the monotonic clock, samples count from the injection: the first of both is the same probe. */
function sampleOrigin({ outage, samples }: DrillResult): number {
  const [window] = outage.windows;
  const bad = samples.find(([, tookMs, outcome]) => outcome !== 'ok' || tookMs > promptMs);
  return window && bad ? window.startMs - bad[0] : 0;
}

function dot(cx: number, cy: number, kind: 'ok' | 'slow' | 'fail'): string {
  return kind === 'fail'
    ? `<path class="fail" d="M${fixed(cx - 3)} ${fixed(cy - 3)}l6 6m0 -6l-6 6"/>`
    : `<circle class="${kind}" cx="${fixed(cx)}" cy="${fixed(cy)}" r="${kind === 'ok' ? 1.6 : 2.2}"/>`;
}

function ariaText(result: DrillResult): string {
  const { fault, lostMs, holders } = result;
  const prediction = judgedBy(result);
  return `${fault}: ${formatMs(lostMs)} lost, predicted at most ${Number.isFinite(prediction.upperMs) ? formatMs(prediction.upperMs) : 'until healed'}; holders: ${holders.spans
    .map((span) => `${span.holders.join(' and ') || 'nobody'} until ${formatMs(span.toMs)}`)
    .join(', ')}`;
}
