import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addonScript } from '../../src/render/addons.ts';
import { etcDir, runDir } from '../../src/node/paths.ts';
import { newLockOwner, thisOperator } from '../../src/lock/operator.ts';
import { lockText } from '../../src/node/lock.ts';
import { fakeSpec } from '../fakes/spec.ts';

/** The loop itself, in a shell, in folders of its own; kubectl only writes down that it was asked. */
describe('the loop that keeps add-ons applied', () => {
  let folder: string;
  let end: () => void;
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-addons-'));
    for (const name of ['etc', 'run', 'bin']) mkdirSync(file(name));
    for (const name of ['addons-reconcile.yaml', 'addons-ensure-exists.yaml', 'addons.list'])
      writeFileSync(file(`etc/${name}`), '');
    writeFileSync(file('bin/kubectl'), `#!/bin/sh\necho "$*" >>${file('asked')}\nexit 1\n`, { mode: 0o755 });
    end = () => undefined;
  });
  afterEach(() => {
    end();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (): void => {
    const spec = fakeSpec();
    const [first] = spec.nodes;
    if (!first) throw new Error('no node');
    const text = addonScript(spec, first).replaceAll(runDir, file('run')).replaceAll(etcDir, file('etc'));
    const child = spawn('sh', ['-c', text], {
      env: { ...process.env, PATH: `${file('bin')}:${process.env['PATH']}` },
      stdio: 'ignore',
      detached: true,
    });
    end = () => void (child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'));
  };
  const locked = (verb: 'apply' | 'drill'): void =>
    writeFileSync(file('run/lock'), `${lockText(newLockOwner(thisOperator(), { verb }))}\n`);

  it('applies nothing while a rollout has the lock, and goes on when it has ended', async () => {
    locked('apply');
    start();
    await expect.poll(() => read('run/addons.json'), { timeout: 20_000 }).toContain('stands back: a rollout goes on');
    expect(read('asked')).toBe('');
    rmSync(file('run/lock'));
    await expect.poll(() => read('asked'), { timeout: 20_000 }).toContain('get configmap k8s-ha-addons');
  });

  it('goes on while a drill has it', async () => {
    locked('drill');
    start();
    await expect.poll(() => read('asked'), { timeout: 20_000 }).toContain('get configmap k8s-ha-addons');
  });
});
