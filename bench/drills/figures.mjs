// Turns the report of a series of drills into the table of docs/benchmarks.md (standard output), and keeps its data without
// the single probes.
//   node bench/drills/figures.mjs drills/report.json docs/benchmarks/drills.json
import { readFileSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node bench/drills/figures.mjs REPORT.json DATA.json\n');
  process.exit(2);
}
const report = JSON.parse(readFileSync(from, 'utf8'));
const results = report.results.map(({ samples: _samples, clientView: _view, summary: _summary, gates, ...rest }) => ({
  ...rest,
  gates: gates.filter(({ passed }) => !passed),
}));
const rounded = (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);
// A line for each drill: readable enough, and a difference stays small.
const { results: _results, ...head } = report;
writeFileSync(
  to,
  `{ "about": ${JSON.stringify(head)}, "results": [\n${results.map((one) => JSON.stringify(one, rounded)).join(',\n')}\n] }\n`,
);

const text = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(2))} s`);
const bounds = ({ lowerMs, upperMs }) =>
  upperMs === 0 ? 'nothing' : lowerMs < 1 ? `up to ${text(upperMs)}` : `${text(lowerMs)}–${text(upperMs)}`;
const sorted = (values) => values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
const median = (values) => {
  const middle = Math.floor(values.length / 2);
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
};
const cell = (values, of) => (values.length === 0 ? '–' : text(of(values)));
const row = (cells) => `| ${cells.join(' | ')} |`;

const faults = [...new Set(results.map(({ fault }) => fault))];
process.stdout.write(
  `${[
    row([
      'fault',
      'valid runs',
      'within',
      'lost, median',
      'worst',
      'predicted',
      'watch back, median',
      'two holders, worst',
    ]),
    row(Array.from({ length: 8 }, () => '---')),
    ...faults.map((fault) => {
      const all = results.filter((one) => one.fault === fault);
      const valid = all.filter(({ verdict }) => verdict !== 'invalid');
      const lost = sorted(valid.map(({ lostMs }) => lostMs));
      const back = sorted(valid.flatMap(({ watch }) => (watch?.cuts > 0 ? [watch.reconnectMs] : [])));
      const twice = Math.max(...valid.map(({ holders }) => holders?.twoMs ?? 0));
      return row([
        fault,
        `${valid.length} of ${all.length}`,
        String(valid.filter(({ verdict }) => verdict === 'within').length),
        cell(lost, median),
        cell(lost, (values) => values.at(-1)),
        bounds(all[0].prediction),
        back.length === 0 ? 'not cut' : text(median(back)),
        valid.length === 0 ? '–' : text(twice),
      ]);
    }),
  ].join('\n')}\n`,
);
const valid = results.filter(({ verdict }) => verdict !== 'invalid');
const within = valid.filter(({ verdict }) => verdict === 'within').length;
const sum = (of) => results.reduce((total, { writes }) => total + (writes ? of(writes) : 0), 0);
process.stdout.write(
  `\n${results.length} drills, ${valid.length} valid, ${within} as predicted (${((100 * within) / valid.length).toFixed(1)} %); ${sum(({ acknowledged }) => acknowledged)} writes acknowledged, ${sum(({ lost }) => lost)} lost\n`,
);
