import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addonScript } from '../../src/render/addons.ts';
import { etcDir, runDir, stateDir } from '../../src/node/paths.ts';
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
    for (const name of ['etc', 'run', 'state', 'bin']) mkdirSync(file(name));
    for (const name of ['addons-reconcile.yaml', 'addons-ensure-exists.yaml', 'addons.list', 'addons-rights.yaml'])
      writeFileSync(file(`etc/${name}`), '');
    // Whoever asks what time it is gets a wrong answer.
    writeFileSync(file('bin/date'), '#!/bin/sh\necho 99999999999\n', { mode: 0o755 });
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
    const text = addonScript(spec, first)
      .replaceAll(runDir, file('run'))
      .replaceAll(etcDir, file('etc'))
      .replaceAll(stateDir, file('state'));
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

  it('waits for a lock however old the file says that it is, and looks again soon, whatever the clock', async () => {
    locked('apply');
    utimesSync(file('run/lock'), 0, 0);
    start();
    await expect.poll(() => read('run/addons.json'), { timeout: 20_000 }).toContain('stands back: a rollout goes on');
    rmSync(file('run/lock'));
    await expect.poll(() => read('asked').split('\n').length, { timeout: 30_000 }).toBeGreaterThan(2);
    const { up } = z.object({ up: z.number() }).parse(JSON.parse(read('run/addons.json')));
    expect(Math.abs(up - uptime())).toBeLessThan(30);
  });

  it('goes on while a drill has it', async () => {
    locked('drill');
    start();
    await expect.poll(() => read('asked'), { timeout: 20_000 }).toContain('get configmap k8s-ha-addons');
  });
});
