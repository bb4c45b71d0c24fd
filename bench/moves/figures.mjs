// The table of docs/benchmarks.md, from the figures of a run: node bench/moves/figures.mjs [FILE]
import { readFileSync } from 'node:fs';

const { rows, audits } = JSON.parse(readFileSync(process.argv[2] ?? 'docs/benchmarks/moves.json', 'utf8'));

const sum = (values) => values.reduce((total, value) => total + value, 0);
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const ms = (value) => `${Math.round(value)} ms`;

const table = [...new Set(rows.map(({ verb }) => verb))].map((verb) => {
  const these = rows.filter((row) => row.verb === verb);
  const kept = these.flatMap((row) => row.kept);
  // Of each run, over both VIPs: the client that waited longest, and half of the clients.
  const slowest = these.map((row) => Math.max(...row.kept.map(({ longestStallMs }) => longestStallMs)));
  const halves = these.map((row) => Math.max(...row.kept.map(({ medianStallMs }) => medianStallMs)));
  // Of clients that tell it.
  const late = these.flatMap(({ lost, kept: of }) => [lost, ...of].flatMap(({ latenessMs }) => latenessMs ?? []));
  const failed = (kind) => sum(these.map(({ lost }) => lost[kind]));
  const ended = sum(kept.map((clients) => clients.ended.length + clients.hung));
  return [
    `\`${verb}\``,
    these.length,
    `${failed('connects')} of ${sum(these.map(({ lost }) => lost.probes)).toLocaleString('en')}`,
    failed('requests') + failed('writes') + failed('watches'),
    `${ended} of ${kept.reduce((total, clients) => total + clients.kept + clients.hung + clients.ended.length, 0).toLocaleString('en')}`,
    ms(median(halves)),
    `${ms(median(slowest))} (${ms(Math.min(...slowest))}–${ms(Math.max(...slowest))})`,
    late.length === 0 ? '–' : ms(Math.max(...late)),
    `${Math.min(...these.map(({ load }) => load)).toFixed(0)}–${Math.max(...these.map(({ load }) => load)).toFixed(0)}`,
  ];
});
const head = [
  '',
  'runs',
  'new connections that failed',
  'requests, writes, watches that failed',
  'kept connections that ended',
  'longest time without an answer: half of the clients',
  'slowest of 200, median (range)',
  'clients late themselves, at most',
  'load',
];
for (const line of [head, head.map(() => '---'), ...table]) console.log(`| ${line.join(' | ')} |`);
console.log(
  `acknowledged writes lost: ${sum(audits.map(({ lost }) => lost))} of ${sum(audits.map(({ acknowledged }) => acknowledged))}`,
);
