#!/usr/bin/env node
// Mutation testing of the code that can hurt a cluster: which mistakes would the unit tests let pass?
//   npm run test:mutation                       the named mistakes, then a sample of all mutants
//   npm run test:mutation -- --all              every mutant: a night's work
//   npm run test:mutation -- --sample 60 --seed 7 --floor 80 --rooms lock,drill
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutants.mjs';
import { named } from './named.mjs';

/** What every verb does, step by step: notices most mistakes, and soon. */
const soon = ['test/act/sim/transcripts.test.ts', 'test/act/sim/failures.test.ts'];

/** Where a mistake hurts, and the tests that must notice it. Those in folders of `act` take long, and run last. */
const rooms = {
  plan: { sources: ['src/plan'], tests: ['test/plan', 'test/act'] },
  act: { sources: ['src/act'], tests: ['test/contract', 'test/act'] },
  lock: {
    sources: ['src/lock', 'src/node/lock.ts', 'src/node/lever.ts'],
    tests: ['test/lock', 'test/node', 'test/contract', 'test/act'],
  },
  drill: { sources: ['src/drill/strike.ts'], tests: ['test/drill', 'test/act'] },
  migrate: { sources: ['src/migrate'], tests: ['test/migrate', 'test/act'] },
};

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    sample: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    floor: { type: 'string', default: '80' },
    rooms: { type: 'string', default: Object.keys(rooms).join(',') },
    'named-only': { type: 'boolean', default: false },
    match: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});

const survivors = [];
let killed = 0;
const mistakes = named.filter(({ name }) => new RegExp(values.match).test(name));
await inTurns(mistakes.map(asMutant), async (mutant) =>
  report(
    mutant,
    await notices(
      mutant,
      Object.values(rooms).flatMap(({ tests }) => tests),
    ),
  ),
);
const missed = survivors.length;
console.log(`named mistakes: ${killed} of ${mistakes.length} noticed`);
if (values['named-only']) process.exit(missed === 0 ? 0 : 1);

const chosen = choose(
  values.rooms.split(',').flatMap((room) =>
    rooms[room].sources
      .flatMap(filesIn)
      .flatMap(mutantsOf)
      .map((mutant) => ({ ...mutant, room })),
  ),
);
killed = 0;
const scores = new Map();
await inTurns(chosen, async (mutant) => {
  const noticed = await notices(mutant, rooms[mutant.room].tests);
  const score = scores.get(mutant.room) ?? { killed: 0, of: 0 };
  scores.set(mutant.room, { killed: score.killed + (noticed ? 1 : 0), of: score.of + 1 });
  report(mutant, noticed);
});
for (const [room, { killed: n, of }] of scores)
  console.log(`${room}: ${n} of ${of} mutants noticed (${percent(n, of)} %)`);
const score = percent(killed, chosen.length);
console.log(`mutation score: ${score} % (${killed} of ${chosen.length}, seed ${values.seed}; floor ${values.floor} %)`);
console.log(`${killed} passed, ${missed} failed`);
process.exit(missed === 0 && score >= Number(values.floor) ? 0 : 1);

function asMutant({ name, file, find, replace }) {
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf(find);
  if (start === -1) throw new Error(`${name}: ${file} has no longer\n${find}`);
  return {
    file,
    what: name,
    line: source.slice(0, start).split('\n').length,
    start,
    end: start + find.length,
    text: replace,
  };
}

/** Whether the tests fail with this mutant: a run that hangs has noticed it as well. */
async function notices(mutant, tests) {
  const quick = [...new Set([...tests.filter((path) => path !== 'test/act'), ...soon])];
  return (await fails(mutant, quick)) || (tests.includes('test/act') && (await fails(mutant, ['test/act'])));
}

async function fails(mutant, paths) {
  const args = [
    'vitest',
    'run',
    '--project',
    'unit',
    '--bail',
    '1',
    '--pool=threads',
    '--no-isolate',
    '--reporter=dot',
    ...paths,
  ];
  const env = { ...process.env, CI: 'true', K8S_HA_MUTANT: JSON.stringify(mutant) };
  return new Promise((done) => {
    const child = spawn('npx', args, { env, stdio: 'ignore', detached: true });
    const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 300_000);
    child.on('close', (code) => {
      clearTimeout(limit);
      done(code !== 0);
    });
  });
}

function report({ file, line, what }, noticed) {
  if (noticed) killed += 1;
  else survivors.push(`${file}:${line}`);
  console.log(`${noticed ? 'noticed ' : 'SURVIVED'}  ${file}:${line}  ${what}`);
}

async function inTurns(mutants, work) {
  const queue = [...mutants];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
}

function filesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The same sample for the same seed: mulberry32. */
function choose(mutants) {
  if (values.all) return mutants;
  let state = Number(values.seed);
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return mutants
    .map((mutant) => ({ mutant, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, Number(values.sample))
    .map(({ mutant }) => mutant);
}

function percent(part, whole) {
  return whole === 0 ? 100 : Math.round((1000 * part) / whole) / 10;
}
