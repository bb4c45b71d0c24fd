import { formatMs } from '../../core/duration.ts';
import type { DrillSource } from '../../drill/ground.ts';
import { isGood, lastAttempts, type DrillResult } from '../../drill/result.ts';
import { blameText, failedText, lostIs, remarks, verdictOfAttempt } from '../drill/drill.ts';
import { judgedBy, lostText, predictedText } from '../drill/loss.ts';
import { allowedBar, allowedBlock } from './allowed.ts';
import { escapeHtml } from './escape.ts';
import { sourceHtml } from './source.ts';
import { style } from './style.ts';
import { legendHtml, timelineSvg } from './timeline.ts';

/** The results as one page that needs nothing else: no script, no font, no address. */
export function drillHtml(cluster: string, results: readonly DrillResult[], source?: DrillSource): string {
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
<p class="lead${good === counted.length ? '' : ' bad'}">${counted.length} ${counted.length === 1 ? 'drill' : 'drills'}, ${good} as predicted and healed, nothing acknowledged lost</p>
<p class="dim small">${escapeHtml(startText(results))}${again === 0 ? '' : ` · ${again} invalid ${again === 1 ? 'measurement was' : 'measurements were'} made again`}</p>
<div class="panel"><div class="scroll" role="region" aria-label="All drills" tabindex="0">${summaryTable(results)}</div>
<p class="dim small">${escapeHtml(lostIs(results))} Allowed: the longest that was predicted; the bar is filled by what was lost. Kept: requests on kept connections that failed after the one repetition that clients make.</p></div>
${results.map((_, i) => section(results, i)).join('\n')}
${source ? sourceHtml(source) : ''}
</main>
</body>
</html>
`;
}

/** `2026-11-24 12:00:00 UTC`. */
function startText([first]: readonly DrillResult[]): string {
  return first ? `${first.startedAt.slice(0, 19).replace('T', ' ')} UTC` : '';
}

function badge(results: readonly DrillResult[], i: number): string {
  return `<span class="verdict ${results[i]?.verdict}">${escapeHtml(verdictOfAttempt(results, i))}</span>`;
}

function cells(texts: readonly string[], tag: 'th' | 'td'): string {
  return texts.map((text) => `<${tag}>${text}</${tag}>`).join('');
}

function summaryTable(results: readonly DrillResult[]): string {
  return `<table><thead><tr>${cells(['fault', 'verdict', 'lost', 'of what is allowed', 'predicted', 'failed', 'blame', 'kept', 'writes lost', 'two holders', 'broken'], 'th')}</tr></thead><tbody>${results
    .map(
      (result, i) =>
        `<tr>${cells(
          [
            `<a href="#drill-${i}">${escapeHtml(result.fault)}</a>`,
            badge(results, i),
            lostText(result),
            allowedBar(result),
            predictedText(result),
            result.usable ? failedText(result.usable) : `${result.outage.failed} of ${result.outage.probes}`,
            result.usable ? blameText(result.usable) : '–',
            result.requests ? `${result.requests.failed} of ${result.requests.sent}` : '–',
            result.writes ? `${result.writes.lost} of ${result.writes.acknowledged}` : '–',
            formatMs(result.holders.twoMs),
          ],
          'td',
        )}<td class="wide">${escapeHtml(result.nodes.join(', '))}</td></tr>`,
    )
    .join('')}</tbody></table>`;
}

function section(results: readonly DrillResult[], i: number): string {
  const result = results[i];
  if (!result) return '';
  const { prediction, watch, outage, usable } = result;
  const judged = judgedBy(result);
  const notes = remarks(result);
  return `<section id="drill-${i}">
<div class="head"><h2>${escapeHtml(result.fault)}</h2>${badge(results, i)}</div>
<p>${escapeHtml(capital(result.summary))}, on ${escapeHtml(result.nodes.join(', '))}.</p>
${allowedBlock(result)}
<p class="small">Measured ${lostText(result, `${formatMs(result.lostMs)} ± ${formatMs((usable?.outage ?? outage).resolutionMs)}`)}; predicted ${predictedText(result)} <span class="dim">= ${escapeHtml(judged.formula)}</span></p>
${judged.note === undefined ? '' : `<p class="dim small">${escapeHtml(judged.note)}</p>`}
<p class="dim small">${[
    ...(usable
      ? [
          `no good answer for ${formatMs(usable.withoutGoodMs)}`,
          `${failedText(usable)} of the reads (${usable.path}) failed`,
          `lost at: ${blameText(usable)}`,
        ]
      : []),
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
<div class="scroll" role="region" aria-label="${escapeHtml(`${result.fault} over time`)}" tabindex="0">${timelineSvg(result)}</div>
${legendHtml(result)}
${notes.length === 0 ? '' : `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`}
</section>`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
