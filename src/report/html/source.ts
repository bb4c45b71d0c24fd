import { pinnableTimers } from '../../cluster/timers.ts';
import { formatMs } from '../../core/duration.ts';
import type { DrillSource } from '../../drill/ground.ts';
import { escapeHtml } from './escape.ts';

/** Name, meaning and value of each timer, as the cluster file calls it. */
export function timerRows({ timers }: Pick<DrillSource, 'timers'>): readonly (readonly [string, string, string])[] {
  return Object.entries(pinnableTimers).map(([name, { about, value, of }]) => [
    name,
    value === 'time' ? formatMs(of(timers)) : String(of(timers)),
    about,
  ]);
}

/** Which cluster file, programs and timers the drills were made with. */
export function sourceHtml(source: DrillSource): string {
  const { tool, file, targetMs, nodes } = source;
  const facts: readonly (readonly [string, string])[] = [
    ['k8s-ha', escapeHtml(tool)],
    ...(file
      ? [
          ['cluster file', escapeHtml(file.name)] as const,
          ['its sha256', `<code>${escapeHtml(file.sha256)}</code>`] as const,
        ]
      : []),
    ['target', `${formatMs(targetMs)} when the holder is lost`],
  ];
  return `<div class="panel"><div class="facts">
<div><h3>Made with</h3><table>${rows(facts)}</table>
<h3>Versions</h3><table><thead><tr><th>node</th><th>keepalived</th><th>HAProxy</th></tr></thead><tbody>${rows(nodes.map(({ node, keepalived, haproxy }) => [node, keepalived, haproxy].map(escapeHtml)))}</tbody></table></div>
<div><h3>Timers</h3><table>${rows(timerRows(source).map(([name, value, about]) => [`<span title="${escapeHtml(about)}">${escapeHtml(name)}</span>`, escapeHtml(value)]))}</table></div>
</div></div>`;
}

/** Rows of a table whose first cell is their head. */
function rows(cells: readonly (readonly string[])[]): string {
  return cells
    .map(
      ([head = '', ...rest]) =>
        `<tr><th scope="row">${head}</th>${rest.map((text) => `<td>${text}</td>`).join('')}</tr>`,
    )
    .join('');
}
