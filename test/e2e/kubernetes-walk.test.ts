import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labPaths } from '../../src/lab/lab.ts';
import { walk } from '../project/walk.ts';
import type { Bench } from './support/bench.ts';
import { createKubernetesBench } from './support/kubernetes.ts';
import { furnish, shownFile, typeStep } from './support/reader.ts';

/** What README.md and the guides tell a reader to type, typed. */
describe('the commands of README and guides', () => {
  let bench: Bench;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    bench = await createKubernetesBench('walk');
    env = furnish(bench, shownFile('README.md'));
    cpSync(labPaths(bench.lab).kubeconfig, join(bench.folder, 'config'));
    // What `kubeadm init` would have left beside the control plane: the lab has its phases alone.
    bench.on('cp1', 'kubeadm init phase upload-config kubeadm --config /etc/kubernetes/kubeadm.yaml');
  }, 20 * 60_000);
  afterAll(async () => bench?.down());

  it.each(walk.map((step) => [step.shown, step] as const))('%s', (_, step) =>
    expect(typeStep(bench, env, step)).toBe(''),
  );
});
