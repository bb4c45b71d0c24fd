import { defineConfig } from 'vitest/config';
import { mutantPlugin } from './test/mutation/plugin.mjs';

/**
 * Files in test/e2e that bear nothing beside them: they hold times against a prediction, or lose connections when a node is late.
 * The others come after them, two at a time.
 */
const alone = [
  'apply',
  'crowd',
  'drill',
  'everywhere',
  'families',
  'kubernetes',
  'lab',
  'lab-podman',
  'membership',
  'mixed',
  'moves',
  'podman',
  'upgrade',
  'views',
].map((name) => `test/e2e/${name}.test.ts`);

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
 * README's pictures, the container of the tool, for which a release is built, and the clients of measurements, which bear nothing
 * beside them.
 */
const byHand = [
  ...[...life, 'kubernetes-walk', 'record'].map((name) => `test/e2e/${name}.test.ts`),
  'test/deploy/container.real.test.ts',
  'test/clients/clients.real.test.ts',
];

/** Files with the real programs that hold times against a bound: one at a time, after the others. */
const measured = ['test/ui/web/**/*.real.test.ts', 'test/drill/prober/**/*.real.test.ts'];

const real = { testTimeout: 60_000 };
const lab = { globalSetup: 'test/e2e/support/setup.ts', testTimeout: 180_000, hookTimeout: 180_000 };

/**
 * unit: no root, no network, no clock. real: the installed keepalived and haproxy judge what we render.
 * fuzz: generated input, minutes of it. e2e: boots the lab (root, Linux); one file at a time, because the
 * machine is the fixture.
 */
export default defineConfig({
  test: {
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
      {
        test: {
          ...lab,
          name: 'e2e-beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...alone, ...byHand],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      { test: { ...lab, name: 'e2e-alone', include: alone, fileParallelism: false, sequence: { groupOrder: 1 } } },
      { test: { ...lab, name: 'by-hand', include: byHand, fileParallelism: false } },
    ],
  },
});
