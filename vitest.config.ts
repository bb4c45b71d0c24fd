import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { mutantPlugin } from './test/mutation/plugin.mjs';

/** Files in test/e2e. */
function lab(...names: readonly string[]): string[] {
  return names.map((name) => `test/e2e/${name}.test.ts`);
}

/** With machines of their own, in three parts, and with real Kubernetes: one at a time, because the machine is the fixture. */
const own = lab('changes', 'everywhere', 'families');
const programs = lab('mixed', 'podman', 'upgrade');
const others = lab('lab', 'membership', 'migrate', 'migrate-containers');
const kubernetes = lab('kubernetes', 'kubernetes-whole', 'kubernetes-kubeadm');

/**
 * With the machines that files share, and in this order: what a file leaves is what the next one begins with. The first ones bear
 * nothing beside them, because they hold times against a prediction, or lose connections when a node is late.
 */
const alone = lab('apply', 'drill', 'views', 'crowd', 'moves');
const beside = lab(
  'bad-days',
  'contract',
  'init',
  'ansible',
  'rollback',
  'drain',
  'guard',
  'keep',
  'model',
  'refused',
  'tell',
);

/** Files in that order, whatever vitest remembers of how long each took; those that are in none of the lists as it likes. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = [...alone, ...beside];
    const place = ({ moduleId }: TestSpecification): number => order.findIndex((path) => moduleId.endsWith(path));
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

/** The life of a cluster that kubeadm made: each takes four minutes and more, with machines of its own. */
const life = [
  'kubernetes-certificates',
  'kubernetes-drills',
  'kubernetes-guide',
  'kubernetes-life',
  'kubernetes-nodes',
  'kubernetes-upgrade',
];

/**
 * Files that are run by hand before a release: every command of README and guides (13 minutes), the life of a whole cluster, the
 * README's pictures, a hundred nodes, a killed build of the lab's image, the container of the tool, for which a release is built,
 * and the clients of measurements, which bear nothing beside them.
 */
const byHand = [
  ...lab(...life, 'kubernetes-walk', 'lab-podman', 'record', 'scale'),
  'test/deploy/container.real.test.ts',
  'test/clients/clients.real.test.ts',
];

/** Files with the real programs that hold times against a bound: one at a time, after the others. */
const measured = ['test/ui/web/**/*.real.test.ts', 'test/drill/prober/**/*.real.test.ts'];

const real = { testTimeout: 60_000 };
const machines = { globalSetup: 'test/e2e/support/setup.ts', testTimeout: 180_000, hookTimeout: 180_000 };

/**
 * unit: no root, no network, no clock. real: the installed keepalived and haproxy judge what we render.
 * fuzz: generated input, minutes of it. e2e: boots the lab (root, Linux); one file at a time, because the
 * machine is the fixture.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: InOrder },
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
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...real, name: 'real-measured', include: measured, maxWorkers: 1, sequence: { groupOrder: 2 } } },
      { test: { name: 'bench', include: ['bench/**/*.bench.ts'], fileParallelism: false } },
      { test: { name: 'fuzz', include: ['test/**/*.fuzz.test.ts'], maxWorkers: 2 } },
      ...Object.entries({ own, programs, others, kubernetes, alone }).map(([name, include], order) => ({
        test: {
          ...machines,
          name: `e2e-${name}`,
          include,
          fileParallelism: false,
          sequence: { groupOrder: order + 1 },
        },
      })),
      {
        test: {
          ...machines,
          name: 'e2e-beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...own, ...programs, ...others, ...kubernetes, ...alone, ...byHand],
          // Three machines and their clients keep two processors busy: with less, nodes miss their limits.
          maxWorkers: Math.max(1, Math.floor(availableParallelism() / 2)),
          sequence: { groupOrder: 6 },
        },
      },
      { test: { ...machines, name: 'by-hand', include: byHand, fileParallelism: false } },
    ],
  },
});
