// The table of docs/benchmarks.md from what bench/idle measured: node bench/idle/figures.mjs [docs/benchmarks/idle.json]
import { readFileSync } from 'node:fs';

const { clients, rows } = JSON.parse(readFileSync(process.argv[2] ?? 'docs/benchmarks/idle.json', 'utf8'));
const measured = rows.filter(({ failure }) => failure === undefined);
const names = [...new Set(measured.map(({ contender }) => contender))];
const faults = [...new Set(measured.map(({ fault }) => fault))];

const ms = (value) =>
  value === undefined ? '–' : value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const longest = (values) => Math.max(...values);
const spread = (rows_, pick) => {
  const values = rows_.map(pick).filter((value) => value !== undefined);
  return values.length === 0
    ? '–'
    : values.length === 1
      ? ms(values[0])
      : `${ms(median(values))} (${ms(longest(values))})`;
};

const lines = names.flatMap((name) =>
  faults.map((fault) => {
    const own = measured.filter((row) => row.contender === name && row.fault === fault);
    if (own.length === 0) return undefined;
    const knew = own.map((row) => row.knew);
    return [
      name,
      fault,
      own.length,
      spread(own, (row) => row.movedMs),
      `${Math.min(...knew)} of ${clients}`,
      spread(own, (row) => row.afterMoveMs?.median),
      spread(own, (row) => row.afterMoveMs?.longest),
      spread(own, (row) => row.afterFaultMs?.longest),
      spread(own, (row) => row.kubectl?.staleMs),
      spread(own, (row) => row.informer?.staleMs),
    ];
  }),
);
const head = [
  'address',
  'fault',
  'runs',
  'VIP moved after',
  'knew within 60 s',
  'after the move: half',
  'all',
  'all, after the fault',
  '`kubectl get --watch` heard nothing for',
  'an informer for',
];
const table = [head, head.map(() => '---'), ...lines.filter((line) => line !== undefined)];
process.stdout.write(`${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`);
