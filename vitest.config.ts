import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import * as groups from './test/e2e/groups.mjs';
import { mutantPlugin } from './test/mutation/plugin.mjs';

/** Files in test/e2e. */
function lab(names: readonly string[]): string[] {
  return names.map((name) => `test/e2e/${name}.test.ts`);
}

/** Files in the order of their groups, whatever vitest remembers of how long each took; those that are in none as it likes. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = lab([...groups.alone, ...groups.beside]);
    const place = ({ moduleId }: TestSpecification): number => order.findIndex((path) => moduleId.endsWith(path));
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

/** With the container of the tool, for which a release is built, and the clients of measurements, which bear nothing beside them. */
const byHand = [...lab(groups.byHand), 'test/deploy/container.real.test.ts', 'test/clients/clients.real.test.ts'];

/** Files with the real programs that hold times against a bound: one at a time, after the others. */
const measured = ['test/ui/web/**/*.real.test.ts', 'test/drill/prober/**/*.real.test.ts'];

const real = { testTimeout: 60_000, hookTimeout: 60_000 };
const machines = { globalSetup: 'test/e2e/support/setup.ts', testTimeout: 180_000, hookTimeout: 180_000 };

/** One file at a time. All projects with names that begin with `e2e` are every file once. */
function oneByOne(name: string, files: readonly string[], groupOrder: number, env: Record<string, string> = {}) {
  return { test: { ...machines, name, include: lab(files), env, fileParallelism: false, sequence: { groupOrder } } };
}

/**
 * unit: no root, no network, no clock. real: the installed keepalived and haproxy judge what we render.
 * fuzz: generated input, minutes of it. e2e: boots the lab (root, Linux); one file at a time, because the
 * machine is the fixture.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: InOrder },
    // What was compiled is read from node_modules the next time, but for sources that were changed on purpose.
    experimental: { fsModuleCache: process.env['K8S_HA_MUTANT'] === undefined },
    projects: [
      {
        plugins: mutantPlugin(),
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/**/*.real.test.ts', 'test/**/*.fuzz.test.ts'],
          // Unit tests share nothing that they change, so that one worker may run many files: loading the modules anew for each
          // of them took two thirds of the time.
          pool: 'threads',
          isolate: false,
          // By itself vitest leaves one of two processors idle.
          maxWorkers: 2,
          // Against tests that hang, not a bound: properties take long on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...real,
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          exclude: ['test/e2e/**', ...measured, ...byHand],
          // Many of them wait for programs and their timers.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...real, name: 'real-measured', include: measured, maxWorkers: 1, sequence: { groupOrder: 2 } } },
      { test: { name: 'bench', include: ['bench/**/*.bench.ts'], fileParallelism: false } },
      { test: { name: 'fuzz', include: ['test/**/*.fuzz.test.ts'], maxWorkers: 2 } },
      ...(['own', 'programs', 'others', 'kubernetes', 'alone'] as const).map((name, order) =>
        oneByOne(`e2e-${name}`, groups[name], order + 1),
      ),
      oneByOne('change', groups.change, 6, { FAULTS: process.env['FAULTS'] ?? groups.faultsOfChange.join(' ') }),
      oneByOne('change-kubernetes', groups.changeKubernetes, 7),
      {
        test: {
          ...machines,
          name: 'e2e-beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [
            ...lab([...groups.own, ...groups.programs, ...groups.others, ...groups.kubernetes, ...groups.alone]),
            ...byHand,
          ],
          // Three machines and their clients keep two processors busy: with less, nodes miss their limits.
          maxWorkers: Math.max(1, Math.floor(availableParallelism() / 2)),
          sequence: { groupOrder: 8 },
        },
      },
      { test: { ...machines, name: 'by-hand', include: byHand, fileParallelism: false } },
    ],
  },
});
