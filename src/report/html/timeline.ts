import { formatMs } from '../../core/duration.ts';
import type { DrillResult } from '../../drill/result.ts';
import { escapeHtml } from './escape.ts';

const width = 960;
const left = 78;
const right = 14;
const rowHeight = 20;
const plotHeight = 170;

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

/**
 * One drill as a picture: who held the VIP, how long each new connection took, the outage shaded, the prediction as a band
 * from the injection on. Plain SVG, so that it needs no script and prints.
 */
export function timelineSvg(result: DrillResult): string {
  const { holders, samples, outage, prediction, clientView } = result;
  const fromMs = Math.min(-200, samples[0]?.[0] ?? -1000);
  const toMs = Math.max(result.healedMs, samples.at(-1)?.[0] ?? 1000, 500);
  const x = (ms: number): number =>
    left + ((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / (toMs - fromMs)) * (width - left - right);
  const nodes = [
    ...new Set([
      ...holders.spans.flatMap((span) => span.holders),
      ...(clientView ?? []).map(({ node }) => node),
      ...result.nodes,
    ]),
  ].toSorted();
  const rows = [...nodes, ...(clientView ? ['client'] : [])];
  const plotTop = rows.length * rowHeight + 22;
  const bottom = plotTop + plotHeight;
  const y = (ms: number): number => {
    const share =
      Math.log(Math.min(Math.max(ms, latency.leastMs), latency.mostMs) / latency.leastMs) /
      Math.log(latency.mostMs / latency.leastMs);
    return bottom - share * plotHeight;
  };
  const rect = (from: number, to: number, top: number, height: number, kind: string, title: string): string =>
    `<rect class="${kind}" x="${fixed(x(from))}" y="${fixed(top)}" width="${fixed(Math.max(1, x(to) - x(from)))}" height="${fixed(height)}"><title>${escapeHtml(title)}</title></rect>`;
  const label = (text: string, at: number, top: number, anchor = 'end'): string =>
    `<text x="${fixed(at)}" y="${fixed(top)}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;

  const holderRows = nodes.map((node, i) => {
    const top = i * rowHeight;
    const spans = holders.spans.filter((span) => span.holders.includes(node));
    return [
      label(node, left - 8, top + 14),
      ...spans.map((span) =>
        rect(
          span.fromMs,
          span.toMs,
          top + 3,
          rowHeight - 6,
          span.holders.length > 1 ? 'two' : 'hold',
          `${node} held the VIP from ${timeText(span.fromMs)} to ${timeText(span.toMs)}`,
        ),
      ),
    ].join('');
  });
  const clientRow = (clientView ?? []).map(({ atMs, node }, i, all) => {
    const top = nodes.length * rowHeight;
    const end = all[i + 1]?.atMs ?? toMs;
    const wide = x(end) - x(atMs) > 30;
    return end <= fromMs
      ? ''
      : `${rect(atMs, end, top + 7, rowHeight - 14, 'ok', `the client sent to ${node} from ${timeText(atMs)} on`)}${wide ? label(node, x(Math.max(atMs, fromMs)) + 3, top + 5, 'start') : ''}`;
  });
  const stepMs = tickStepMs(toMs - fromMs);
  const ticks = Array.from(
    { length: Math.floor(toMs / stepMs) - Math.ceil(fromMs / stepMs) + 1 },
    (_, i) => (Math.ceil(fromMs / stepMs) + i) * stepMs,
  );
  const origin = result.samples.length > 0 ? sampleOrigin(result) : 0;
  return `<svg viewBox="0 0 ${width} ${bottom + 36}" role="img" aria-label="${escapeHtml(ariaText(result))}">
${holderRows.join('')}
${clientView ? label('client to', left - 8, nodes.length * rowHeight + 14) : ''}${clientRow.join('')}
${prediction.upperMs > 0 && Number.isFinite(prediction.upperMs) ? rect(0, prediction.upperMs, plotTop, plotHeight, 'band', `predicted: ${formatMs(prediction.lowerMs)} to ${formatMs(prediction.upperMs)}`) : ''}
${outage.windows.map((window) => rect(window.startMs - origin, window.endMs - origin, plotTop, plotHeight, 'gap', `no prompt answer for ${formatMs(window.endMs - window.startMs)}`)).join('')}
${latency.ticksMs.map((ms) => `<line class="axis" x1="${left}" x2="${width - right}" y1="${fixed(y(ms))}" y2="${fixed(y(ms))}"/>${label(formatMs(ms), left - 8, y(ms) + 4)}`).join('')}
${ticks.map((ms) => `<line class="axis" x1="${fixed(x(ms))}" x2="${fixed(x(ms))}" y1="${bottom}" y2="${bottom + 5}"/>${label(timeText(ms), x(ms), bottom + 18, 'middle')}`).join('')}
${samples.map(([atMs, tookMs, outcome]) => dot(x(atMs), y(tookMs), outcome === 'ok' ? (tookMs > promptMs ? 'slow' : 'ok') : 'fail')).join('')}
<line class="mark" x1="${fixed(x(0))}" x2="${fixed(x(0))}" y1="0" y2="${bottom}"/>${label('injected', x(0) + 4, plotTop - 6, 'start')}
<line class="mark" x1="${fixed(x(result.healedMs))}" x2="${fixed(x(result.healedMs))}" y1="0" y2="${bottom}"/>${label('healed', x(result.healedMs) - 4, plotTop - 6)}
${label('new connections: time to the answer, by the time after the injection', left, bottom + 34, 'start')}
</svg>`;
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

function ariaText({ fault, lostMs, prediction, holders }: DrillResult): string {
  return `${fault}: ${formatMs(lostMs)} lost, predicted at most ${Number.isFinite(prediction.upperMs) ? formatMs(prediction.upperMs) : 'until healed'}; holders: ${holders.spans
    .map((span) => `${span.holders.join(' and ') || 'nobody'} until ${formatMs(span.toMs)}`)
    .join(', ')}`;
}
