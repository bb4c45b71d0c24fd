import { formatMs } from '../../core/duration.ts';
import type { DrillSource } from '../../drill/ground.ts';
import { lastAttempts, type DrillResult } from '../../drill/result.ts';
import { blameText, failedText, leaseCells, lostIs, remarks, verdictOfAttempt } from './drill.ts';
import { timerRows } from '../html/source.ts';
import { judgedBy, lostText, predictedText } from './loss.ts';

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function leaseRows(results: readonly DrillResult[]): readonly string[] {
  const rows = results.flatMap(({ fault, leases }) => leases.map((move) => row([fault, ...leaseCells(move)])));
  if (rows.length === 0) return [];
  const head = [row(['fault', 'lease', 'from', 'to', 'taken over after', 'at most']), row(Array(6).fill('---'))];
  return ['', '## Leases', '', ...head, ...rows];
}

/** The results as a Markdown page: one table, then what must be known beside it. */
export function drillMarkdown(cluster: string, results: readonly DrillResult[], source?: DrillSource): string {
  const notes = results.flatMap(remarks);
  return [
    `# Drills of ${cluster}`,
    '',
    row([
      'fault',
      'broken',
      'lost',
      'predicted',
      'no good answer',
      'failed',
      'blame',
      'connections',
      'kept connections',
      'writes lost',
      'two holders',
      'verdict',
    ]),
    row(Array.from({ length: 12 }, () => '---')),
    ...results.map((result, index) =>
      row([
        result.fault,
        result.nodes.join(', '),
        lostText(result),
        predictedText(result),
        result.usable ? formatMs(result.usable.withoutGoodMs) : 'not measured',
        result.usable ? failedText(result.usable) : 'not measured',
        result.usable ? blameText(result.usable) : 'not measured',
        `${result.outage.failed} of ${result.outage.probes}`,
        result.requests ? `${result.requests.failed} of ${result.requests.sent} failed` : 'not measured',
        result.writes ? `${result.writes.lost} of ${result.writes.acknowledged}` : 'not measured',
        formatMs(result.holders.twoMs),
        verdictOfAttempt(results, index),
      ]),
    ),
    '',
    lostIs(results),
    '',
    ...lastAttempts(results).map((result) => {
      const { title, formula, note } = judgedBy(result);
      return `- **${result.fault}**: ${title}. ${predictedText(result)} = ${formula}${note === undefined ? '' : `. ${note}`}`;
    }),
    ...leaseRows(results),
    ...(source ? sourceLines(source) : []),
    ...(notes.length === 0 ? [] : ['', '## To be known', '', ...notes.map((note) => `- ${note}`)]),
    '',
  ].join('\n');
}

function sourceLines(source: DrillSource): readonly string[] {
  const { tool, file, targetMs, nodes } = source;
  return [
    '',
    '## Made with',
    '',
    `- k8s-ha ${tool}; target: ${formatMs(targetMs)}`,
    ...(file ? [`- cluster file ${file.name}, sha256 \`${file.sha256}\``] : []),
    ...nodes.map(({ node, keepalived, haproxy }) => `- ${node}: keepalived ${keepalived}, HAProxy ${haproxy}`),
    `- timers: ${timerRows(source)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  ];
}
