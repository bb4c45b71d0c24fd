import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { renderNode } from '../../src/render/render.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

const run = promisify(execFile);

/** In tenths: what systemd calls "OK" ends at 4.0. */
const mostExposed = 40;

const addons = fakeSpec({ addons: { dir: './addons', objects: [] } });

test.each([...goldenCases, { name: 'with-addons', spec: addons, facts: goldenCases[0]!.facts }])(
  'systemd finds no unit of $name more exposed than 4.0',
  async ({ spec, facts }) => {
    const folder = await mkdtemp(join(tmpdir(), 'k8s-ha-hardened-'));
    const units = renderNode(spec, spec.nodes[0]!, fakeTimers, facts).files.filter(({ path }) =>
      path.endsWith('.service'),
    );
    try {
      expect(units.length).toBe(2 + [spec.addons, spec.etcd.snapshots].filter((some) => some).length);
      for (const { path, content } of units) {
        const file = join(folder, basename(path));
        await writeFile(file, content);
        const options = ['security', '--offline=yes', `--threshold=${mostExposed}`, file];
        const { stdout, stderr } = await run('systemd-analyze', options);
        expect(stderr).toBe('');
        expect(stdout).toContain('Overall exposure level');
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test('nor the unit by which a machine keeps clusters as their files say', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k8s-ha-hardened-'));
  try {
    const file = join(folder, 'k8s-ha-keep@prod.service');
    await copyFile(new URL('../../deploy/systemd/k8s-ha-keep@.service', import.meta.url), file);
    const { stdout } = await run('systemd-analyze', ['security', '--offline=yes', `--threshold=${mostExposed}`, file]);
    expect(stdout).toContain('Overall exposure level');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
