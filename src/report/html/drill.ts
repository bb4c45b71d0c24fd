import { formatMs } from '../../core/duration.ts';
import { isGood, lastAttempts, type DrillResult } from '../../drill/result.ts';
import { remarks, verdictOfAttempt } from '../drill/drill.ts';
import { rangeText } from '../predictions.ts';
import { escapeHtml } from './escape.ts';
import { style } from './style.ts';
import { timelineSvg } from './timeline.ts';

/** The results as one page that needs nothing else: no script, no font, no address. */
export function drillHtml(cluster: string, results: readonly DrillResult[]): string {
  const counted = lastAttempts(results);
  const good = counted.filter(isGood).length;
  const again = results.length - counted.length;
  const title = `Drills of ${cluster}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="dim">${escapeHtml(results[0]?.startedAt ?? '')} · ${counted.length} ${counted.length === 1 ? 'drill' : 'drills'}, ${good} as predicted and healed, nothing acknowledged lost${again === 0 ? '' : `; ${again} invalid ${again === 1 ? 'measurement was' : 'measurements were'} made again`}</p>
<div class="scroll">${summaryTable(results)}</div>
<p class="dim">Lost: the longest time in which no new connection was served promptly; for a partial outage, from the first bad connection to the last. Kept: requests on kept connections that failed after the one repetition that clients make. In the pictures a dot is a new TLS connection with one request, a cross one that failed; shaded red: the outage; shaded blue: the longest that was predicted.</p>
${results.map((_, i) => section(results, i)).join('\n')}
</main>
</body>
</html>
`;
}

function badge(results: readonly DrillResult[], i: number): string {
  return `<span class="verdict ${results[i]?.verdict}">${escapeHtml(verdictOfAttempt(results, i))}</span>`;
}

function cells(texts: readonly string[], tag: 'th' | 'td'): string {
  return texts.map((text) => `<${tag}>${text}</${tag}>`).join('');
}

function summaryTable(results: readonly DrillResult[]): string {
  return `<table><thead><tr>${cells(['fault', 'broken', 'lost', 'predicted', 'failed', 'kept', 'writes lost', 'two holders', 'verdict'], 'th')}</tr></thead><tbody>${results
    .map(
      (result, i) =>
        `<tr>${cells(
          [
            `<a href="#drill-${i}">${escapeHtml(result.fault)}</a>`,
            escapeHtml(result.nodes.join(', ')),
            formatMs(result.lostMs),
            rangeText(result.prediction),
            `${result.outage.failed} of ${result.outage.probes}`,
            result.requests ? `${result.requests.failed} of ${result.requests.sent}` : '–',
            result.writes ? `${result.writes.lost} of ${result.writes.acknowledged}` : '–',
            formatMs(result.holders.twoMs),
            badge(results, i),
          ],
          'td',
        )}</tr>`,
    )
    .join('')}</tbody></table>`;
}

function section(results: readonly DrillResult[], i: number): string {
  const result = results[i];
  if (!result) return '';
  const { prediction, watch, outage } = result;
  const notes = remarks(result);
  return `<section id="drill-${i}">
<div class="head"><h2>${escapeHtml(result.fault)}</h2>${badge(results, i)}</div>
<p>${escapeHtml(capital(result.summary))}, on ${escapeHtml(result.nodes.join(', '))}.</p>
<p><strong>${formatMs(result.lostMs)}</strong> ± ${formatMs(outage.resolutionMs)} lost; predicted ${rangeText(prediction)} <span class="dim">= ${escapeHtml(prediction.formula)}</span></p>
<p class="dim">${[
    `${outage.failed} of ${outage.probes} new connections failed, ${outage.slow} were slow`,
    ...(outage.p99Ms === undefined
      ? []
      : [`half answered within ${formatMs(outage.p50Ms ?? 0)}, 99 % within ${formatMs(outage.p99Ms)}`]),
    ...(watch
      ? [
          watch.cuts === 0
            ? 'the watch was not cut'
            : `the watch was cut and ${watch.open ? `back after ${formatMs(watch.reconnectMs)}` : 'not back'}`,
        ]
      : []),
    `two holders at once: ${formatMs(result.holders.twoMs)}, predicted at most ${Number.isFinite(prediction.twoHoldersUpperMs) ? formatMs(prediction.twoHoldersUpperMs) : 'until healed'}`,
  ]
    .map(escapeHtml)
    .join('; ')}.</p>
<div class="scroll">${timelineSvg(result)}</div>
${notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`}
</section>`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
