import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quoteAll } from '../../src/core/command.ts';
import { labClient } from '../../src/lab/lab.ts';
import { launch, shoot } from '../ui/web/browser.ts';
import { createSharedBench, type Bench } from './support/bench.ts';
import { castOf, svgOf, trimmed, type Frame } from './support/recording.ts';

/** What the README shows at its top, from the real thing. Needs root, Linux, chromium, tmux and `npm run build`. */
const session = [
  'k8s-ha check prod.yaml',
  'k8s-ha plan prod.yaml',
  'k8s-ha apply prod.yaml',
  'k8s-ha status prod.yaml',
  'k8s-ha drill prod.yaml node-lost --report drills',
  'k8s-ha status prod.yaml',
];
/** A picture is of the window: makes it as tall as what is above the end of an element, so that nothing is cut. */
async function endWith(page: Page, selector: string): Promise<void> {
  const bottom = await page.evaluate<number>(
    `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().bottom + scrollY`,
  );
  await page.setViewportSize({ width, height: Math.ceil(bottom) + 12 });
  // The timeline redraws itself.
  await sleep(1500);
}

const width = 1280;
const size = { columns: 100, rows: 30 } as const;
const prompt = '$ ';

describe.runIf(process.env['K8S_HA_SCREENSHOTS'] !== undefined)('the recording of the README', () => {
  let bench: Bench;
  let env: NodeJS.ProcessEnv;
  const socket = `k8s-ha-record-${process.pid}`;
  const tmux = (...argv: readonly string[]): string => {
    const [program = '', ...args] = [...labClient(bench.lab).argvPrefix, 'tmux', '-L', socket, ...argv];
    return spawnSync(program, args, { encoding: 'utf8', env, cwd: bench.folder }).stdout;
  };

  beforeAll(async () => {
    bench = await createSharedBench('record');
    const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    writeFileSync(join(bench.folder, 'prod.yaml'), yaml);
    writeFileSync(join(bench.folder, 'k8s-ha'), `#!/bin/sh\nexec ${resolve('bin/k8s-ha')} "$@"\n`, { mode: 0o755 });
    // A shell of root's has a prompt of its own unless it is told otherwise.
    writeFileSync(join(bench.folder, 'rc'), `PS1='${prompt}'\n`);
    const shell = quoteAll(labClient(bench.lab).argvPrefix);
    writeFileSync(join(bench.folder, 'in-client'), `#!/bin/sh\nexec ${shell} "$@"\n`, { mode: 0o755 });
    writeFileSync(join(bench.folder, 'chromium'), `#!/bin/sh\nexec ${shell} /usr/bin/chromium "$@"\n`, { mode: 0o755 });
    env = {
      ...process.env,
      ...bench.power,
      PATH: `${bench.folder}:${process.env['PATH']}`,
      K8S_HA_SSH_CONFIG: labClient(bench.lab).sshConfig,
      K8S_HA_LAB: bench.lab,
    };
  });
  afterAll(async () => {
    tmux('kill-server');
    await bench?.down();
  });

  it('is a session of a terminal: check, plan, apply, status, a drill, status', async () => {
    tmux(
      'new-session',
      '-d',
      '-x',
      String(size.columns),
      '-y',
      String(size.rows),
      `bash --rcfile ${join(bench.folder, 'rc')}`,
    );
    tmux('set', '-g', 'status', 'off');
    const frames: Frame[] = [];
    const look = (): string => {
      const text = tmux('capture-pane', '-e', '-p');
      frames.push({ atMs: performance.now(), text });
      return tmux('capture-pane', '-p').trimEnd().split('\n').at(-1) ?? '';
    };
    for (const command of session) {
      tmux('send-keys', 'C-l');
      await sleep(300);
      for (const part of command.match(/\S+\s*/g) ?? []) {
        tmux('send-keys', '-l', '--', part);
        await sleep(120);
        look();
      }
      tmux('send-keys', 'Enter');
      await sleep(300);
      const endMs = performance.now() + 90_000;
      for (let last = look(); last !== prompt.trim() && performance.now() < endMs; last = look()) {
        await sleep(400);
        // It asks before it changes anything.
        if (last === '└') {
          await sleep(1200);
          tmux('send-keys', 'y');
        }
      }
      // Time to read.
      await sleep(2500);
      look();
    }
    const kept = trimmed(frames);
    expect(kept.at(-1)?.text).toMatch(/served/);
    const title = 'k8s-ha: check, plan, apply, status, a node loses its power, status';
    writeFileSync('docs/images/session.cast', castOf(kept, size, title));
    writeFileSync('docs/images/session.svg', svgOf(kept, size, title));
  }, 400_000);

  it('has pictures of the page after a failover, and of the report of its drill', async () => {
    const ui = spawn(join(bench.folder, 'in-client'), ['k8s-ha', 'ui', 'prod.yaml', '--reports', 'drills'], {
      env,
      cwd: bench.folder,
    });
    const url = await new Promise<string>((found) => ui.stdout.once('data', (data) => found(String(data).trim())));
    const browser = await launch(join(bench.folder, 'chromium'));
    try {
      const page = await browser.newPage({ viewport: { width, height: 860 } });
      await page.goto(url);
      await page.waitForSelector('.names li:has-text("drills")');
      await page.selectOption('.strip select', '900000');
      // The page tells of a failover that it has seen.
      const drill = spawnSync(join(bench.folder, 'in-client'), ['k8s-ha', 'drill', 'prod.yaml', 'haproxy-killed'], {
        env,
        cwd: bench.folder,
        encoding: 'utf8',
      });
      expect(drill.status, drill.stderr).toBe(0);
      // Some figures for what moves.
      await sleep(5000);
      await endWith(page, 'section:has(.strip)');
      await shoot(page, 'images', 'page');
      await page.goto(`file://${join(bench.folder, 'drills/report.html')}`);
      expect(await page.textContent('h1')).toBe('Drills of prod');
      await endWith(page, '#drill-0');
      await shoot(page, 'images', 'report');
    } finally {
      await browser.close();
      ui.kill('SIGTERM');
    }
  });
});
