// Turns the results of the outage benchmark into a Markdown table (standard output) and a plot.
//   node bench/outage/figures.mjs docs/benchmarks/outage.json docs/images/outage.svg
import { readFileSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node bench/outage/figures.mjs RESULTS.json PLOT.svg\n');
  process.exit(2);
}
const { contenders, results, patienceMs } = JSON.parse(readFileSync(from, 'utf8'));
const faults = {
  'node-lost': 'VIP holder loses power',
  'haproxy-killed': 'HAProxy killed',
  'haproxy-hung': 'HAProxy hangs',
};

/** Outages in milliseconds, shortest first; one that was not over in time counts as the longest. */
const outages = (contender, fault) =>
  results
    .filter((one) => one.contender === contender && one.fault === fault && one.valid)
    .map(({ outageMs }) => outageMs ?? Infinity)
    .toSorted((a, b) => a - b);
const median = (sorted) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
const text = (ms) =>
  ms === Infinity
    ? `> ${patienceMs / 1000} s`
    : ms < 1000
      ? `${Math.round(ms)} ms`
      : `${Number((ms / 1000).toFixed(2))} s`;

const row = (cells) => `| ${cells.join(' | ')} |`;
process.stdout.write(
  `${[
    row(['', ...Object.values(faults).map((name) => `${name}: median (worst, runs)`)]),
    row(['---', ...Object.keys(faults).map(() => '---')]),
    ...contenders.map(({ name, summary }) =>
      row([
        summary,
        ...Object.keys(faults).map((fault) => {
          const sorted = outages(name, fault);
          return sorted.length === 0 ? '–' : `${text(median(sorted))} (${text(sorted.at(-1))}, ${sorted.length})`;
        }),
      ]),
    ),
  ].join('\n')}\n`,
);

// One panel for each fault, one line for each configuration, time on a logarithmic scale.
const [left, width, line, head] = [190, 470, 22, 34];
const [least, most] = [10, patienceMs * 1.3];
const x = (ms) => left + (width * Math.log(Math.min(Math.max(ms, least), most) / least)) / Math.log(most / least);
const ticks = [10, 100, 1000, 10_000].filter((ms) => ms < most);
const panelHeight = head + contenders.length * line + 26;
const panel = ([fault, title], index) => {
  const top = index * panelHeight;
  const bottom = top + head + contenders.length * line;
  const grid = ticks.map(
    (ms) =>
      `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="${top + head - 6}" y2="${bottom}"/><text class="quiet" text-anchor="middle" x="${x(ms)}" y="${bottom + 14}">${text(ms)}</text>`,
  );
  const lines = contenders.map(({ name }, at) => {
    const y = top + head + at * line + line / 2;
    const sorted = outages(name, fault);
    const kind = name.startsWith('k8s-ha') ? 'ours' : 'theirs';
    const middle = median(sorted);
    return [
      `<text text-anchor="end" x="${left - 10}" y="${y + 4}">${name}</text>`,
      ...sorted.map((ms) => `<circle class="${kind}" cx="${x(ms)}" cy="${y}" r="3.5"/>`),
      ...(sorted.length === 0
        ? []
        : [
            `<line class="${kind}" x1="${x(middle)}" x2="${x(middle)}" y1="${y - 8}" y2="${y + 8}"/>`,
            `<text class="quiet" x="${x(sorted.at(-1)) + 8}" y="${y + 4}">${text(middle)}</text>`,
          ]),
    ].join('');
  });
  return `<text class="title" x="0" y="${top + 16}">${title}</text>${grid.join('')}${lines.join('')}`;
};
const height = panelHeight * Object.keys(faults).length;
writeFileSync(
  to,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${left + width + 80} ${height}" role="img" aria-label="Outages of each fault for each configuration, on a logarithmic scale" font-family="system-ui, sans-serif" font-size="12">
<style>svg{background:#fff;color:#1d2733}text{fill:currentColor}.title{font-size:14px;font-weight:600}.quiet{opacity:.65}.grid{stroke:currentColor;opacity:.15}.ours{fill:#0a7f4f;stroke:#0a7f4f}.theirs{fill:#b3541e;stroke:#b3541e}circle{fill-opacity:.45;stroke:none}line.ours,line.theirs{stroke-width:2}@media(prefers-color-scheme:dark){svg{background:#10161d;color:#dbe4ee}.ours{fill:#4fd39a;stroke:#4fd39a}.theirs{fill:#f0a070;stroke:#f0a070}}</style>
${Object.entries(faults).map(panel).join('\n')}
</svg>
`,
);
