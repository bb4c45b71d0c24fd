import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trial, whole } from '../project/walk-whole.ts';
import { createBench, type Bench } from './support/bench.ts';
import { furnish, shownFile, typeStep } from './support/reader.ts';

/** What examples/whole-cluster.yaml says of a lab: images that it has not, and a machine that is busy. */
const ofTheLab = `kubernetes:
  kubeProxy: false
  coreDNS: false
  ignorePreflightErrors: [SystemVerification]
`;

/**
 * The guide "from three machines to a cluster", typed from its end ("Try it first") to the cluster that is taken down. Needs root,
 * Linux, the packages of src/lab/base/packages.ts, Go, and `npm run build` before it.
 */
describe('the commands of the guide to a whole cluster', () => {
  let bench: Bench;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    bench = await createBench('guide', { kubeadm: { workers: 1 } });
    const shown = shownFile('docs/guides/whole-cluster.md');
    const prod = `${shown.replace('kubernetes:\n', ofTheLab)}failover: { target: 2s }\n`;
    // The lab's own has the cluster of the trial, whose CA is gone.
    env = { ...furnish(bench, prod), K8S_HA_KUBECONFIG: join(bench.folder, 'config') };
    mkdirSync(join(bench.folder, 'addons'));
    writeFileSync(
      join(bench.folder, 'addons/namespace.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: from-the-folder }\n',
    );
  }, 3_600_000);
  afterAll(async () => bench?.down());

  describe('try it first', () => {
    it.each(trial.map((step) => [step.shown, step] as const))(
      '%s',
      (_, step) => expect(typeStep(bench, env, step)).toBe(''),
      400_000,
    );
    afterAll(async () => {
      await bench.cli(['down', 'examples/whole-cluster.yaml', '--yes', '--confirm', 'whole']);
    }, 200_000);
  });

  it.each(whole.map((step) => [step.shown, step] as const))(
    '%s',
    (_, step) => expect(typeStep(bench, env, step)).toBe(''),
    400_000,
  );
});
