import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { quoteAll } from '../../src/core/command.ts';
import { labClient, labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { launch, open, until } from '../ui/web/browser.ts';
import { createAppliedBench, type Bench } from './support/bench.ts';

/** Needs root, Linux, chromium, tmux and `npm run build`. */
const vip = '172.16.100.100';
const cliPath = new URL('../../dist/cli/main.js', import.meta.url).pathname;

let bench: Bench;
let file: string;
let browser: Browser;
const children: ChildProcess[] = [];

beforeAll(async () => {
  const applied = await createAppliedBench('views');
  [bench, file] = [applied, applied.tutorial];
  browser = await launch();
});
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGTERM')));
afterAll(async () => {
  await browser?.close();
  await bench?.down();
});

function environment() {
  return { ...process.env, K8S_HA_SSH_CONFIG: bench.state.sshConfig, K8S_HA_LAB: bench.lab };
}

/** Starts a verb that goes on; its output line by line. */
function start(...argv: string[]): Started {
  return run([process.execPath, cliPath, ...argv]);
}

interface Started {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly first: Promise<string>;
}

function run([program = '', ...args]: readonly string[]): Started {
  const child = spawn(program, args, {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const first = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      resolve(line);
    });
  });
  return { child, lines, first };
}

function holder(): string {
  return bench.state.nodes.find(({ name }) => bench.on(name, `ip -o address show to ${vip}`) !== '')?.name ?? 'nobody';
}

describe('the page', () => {
  it('shows a failover within 1.5 s, and picture, table and timeline agree', async () => {
    const { first } = start('ui', file);
    const { page, problems } = await open(browser, await first);
    const old = holder();
    await page.waitForSelector(`.vip[data-vip="${vip}"][data-holder="${old}"]`);
    await until(page, `document.querySelector('.verdict').dataset.verdict === 'served'`, 30_000);
    // The page itself notes when it first shows another holder.
    await page.evaluate(`
      globalThis.seenAt = undefined;
      new MutationObserver(() => {
        const badge = document.querySelector('.vip[data-vip="${vip}"]');
        const now = badge?.getAttribute('data-holder');
        if (now && now !== '${old}') globalThis.seenAt ??= Date.now();
      }).observe(document.body, { subtree: true, childList: true, attributes: true })`);
    const killedAt = Number(bench.on(old, 'date +%s%3N; pkill -9 -x haproxy').split('\n')[0]);
    await until(page, 'globalThis.seenAt !== undefined', 10_000);
    const tookMs = (await page.evaluate<number>('globalThis.seenAt')) - killedAt;
    const now = await page.getAttribute(`.vip[data-vip="${vip}"]`, 'data-holder');
    expect(await page.textContent(`li[data-vip="${vip}"] [data-holder]`)).toBe(now);
    await page.waitForSelector(
      `.incident .title:has-text("${vip} moved ${old} → ${now}"), .incident .title:has-text("${vip} is held by ${now}")`,
    );
    expect(holder()).toBe(now);
    process.stdout.write(`failover seen in the page after ${tookMs} ms\n`);
    expect(tookMs).toBeLessThan(1500);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('shows a node without power as unknown, and the new holder', async () => {
    const { first } = start('ui', file);
    const { page } = await open(browser, await first);
    const old = holder();
    await page.waitForSelector(`.vip[data-vip="${vip}"][data-holder="${old}"]`);
    const off = await labPowerOff(bench.lab, old);
    try {
      expect(off.ok).toBe(true);
      await page.waitForSelector(`.vip[data-vip="${vip}"]:not([data-holder="${old}"]):not([data-holder=""])`, {
        timeout: 10_000,
      });
      // Questions may be unanswered for a moment before the connection is known to be dead.
      await page.waitForSelector(`tr[data-node="${old}"] .unknown:has-text("unknown since")`, { timeout: 10_000 });
    } finally {
      expect(await labPowerOn(bench.lab, old)).toMatchObject({ ok: true });
    }
    await until(page, `!document.querySelector('tr[data-node="${old}"] [colspan]')`, 40_000);
    await page.close();
  });
});

describe('a drill from the page', () => {
  it('breaks the VIP holder, tells what was lost, and leaves its report', async () => {
    // The page and its browser are in the lab's client, where the VIP can be reached; power is not given to the page here.
    const { argvPrefix } = labClient(bench.lab);
    const chromium = join(bench.folder, 'chromium');
    writeFileSync(chromium, `#!/bin/sh\nexec ${quoteAll(argvPrefix)} /usr/bin/chromium "$@"\n`, { mode: 0o755 });
    const inside = await launch(chromium);
    try {
      const reports = join(bench.folder, 'reports');
      const { first } = run([
        ...argvPrefix,
        process.execPath,
        cliPath,
        'ui',
        file,
        '--allow-drills',
        '--reports',
        reports,
      ]);
      const { page, problems } = await open(inside, await first);
      await until(page, `document.querySelector('.verdict').dataset.verdict === 'served'`, 30_000);
      const old = holder();
      await page.selectOption('label:has-text("fault") select', 'haproxy-killed');
      await page.click('text=break it …');
      await page.fill('dialog input', 'tutorial');
      await page.keyboard.press('Enter');
      await page.click('text=Raw lines');
      await page.waitForSelector('.events .text:has-text("drill haproxy-killed: lost")', { timeout: 60_000 });
      expect(await page.getAttribute(`.vip[data-vip="${vip}"]`, 'data-holder')).toBe(holder());
      expect(holder()).not.toBe(old);
      const report = page.locator('a[href^="reports/"]');
      await report.waitFor({ timeout: 30_000 });
      const address = new URL((await report.getAttribute('href')) ?? '', page.url()).href;
      const shown = await inside.newPage();
      await shown.goto(address);
      expect(await shown.textContent('body')).toContain('haproxy-killed');
      await until(page, `document.querySelector('.verdict').dataset.verdict === 'served'`, 30_000);
      expect(problems).toEqual([]);
    } finally {
      await inside.close();
    }
  });
});

describe('watching', () => {
  it('costs a node less than 1 % of one core and one connection', async () => {
    start('exporter', file, '--port', '0');
    await sleep(8000);
    // User and system time of the watch's own processes with those that they waited for, and of sshd; in 10 ms.
    const used = (): number =>
      Number(
        bench.on(
          'cp3',
          `p=$(pgrep -o -f '^journalctl -q -f'); g=$(cut -d' ' -f5 /proc/$p/stat); t=0
           for x in $(pgrep -g $g) $(pgrep -f '^sshd: root'); do set -- $(sed 's/.*) //' /proc/$x/stat 2>/dev/null); t=$((t + \${12:-0} + \${13:-0} + \${14:-0} + \${15:-0})); done; echo $t`,
        ),
      );
    const before = used();
    await sleep(15_000);
    const share = (used() - before) / 100 / 15;
    process.stdout.write(`watching costs ${(share * 100).toFixed(2)} % of one core\n`);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.01);
    // This question itself is one connection more.
    expect(bench.on('cp3', `ss -Htn state established '( sport = :22 )' | wc -l`)).toBe('2');
  });
});

describe('events', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('come in one order, and changes are posted to a webhook', async () => {
    const got: string[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        got.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    const { child, lines } = start(
      'events',
      file,
      '--since',
      '1m',
      '--follow',
      '-o',
      'json',
      '--webhook',
      `http://127.0.0.1:${address.port}/`,
    );
    await sleep(5000);
    const old = holder();
    bench.on(old, 'systemctl restart k8s-ha-keepalived');
    await expect.poll(() => got.join('\n'), { timeout: 15_000 }).toContain(`${vip} moved ${old} → `);
    await sleep(1500);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    const times = lines.map((line): number => JSON.parse(line).atMs);
    expect(times.length).toBeGreaterThan(5);
    expect(times.slice(-20)).toEqual(times.slice(-20).toSorted((a, b) => a - b));
    expect(lines.join('\n')).toMatch(/enters MASTER \(172\.16\.100\.100\)/);
  });
});

describe('the terminal view', () => {
  const socket = `k8s-ha-${process.pid}`;
  const tmux = (...argv: string[]): string =>
    spawnSync('tmux', ['-L', socket, ...argv], { encoding: 'utf8', env: environment() }).stdout;
  afterAll(() => tmux('kill-server'));

  it.each([
    [80, 24],
    [200, 60],
  ])('follows a failover at %i × %i, is whole after a resize, and gives the terminal back', async (columns, rows) => {
    const pane = `w${columns}`;
    tmux('new-session', '-d', '-s', pane, '-x', String(columns), '-y', String(rows), 'sh');
    const screen = (): string => tmux('capture-pane', '-p', '-t', pane);
    tmux(
      'send-keys',
      '-t',
      pane,
      `echo before-$((40+2)); ${process.execPath} ${cliPath} status ${file} --watch`,
      'Enter',
    );
    const old = holder();
    await expect.poll(screen, { timeout: 20_000 }).toMatch(new RegExp(`${vip} +${old} +since`));
    await expect.poll(screen, { timeout: 20_000 }).toContain('3 of 3 HAProxys');
    bench.on(old, 'pkill -9 -x haproxy');
    await expect.poll(screen, { timeout: 10_000 }).not.toMatch(new RegExp(`${vip} +${old} +since`));
    await expect.poll(screen, { timeout: 10_000 }).toMatch(new RegExp(`${vip} moved ${old} → |${vip} is held by`));
    const now = holder();
    expect(screen()).toMatch(new RegExp(`${vip} +${now} +since`));
    tmux('resize-window', '-t', pane, '-x', String(columns - 10), '-y', String(rows - 4));
    await sleep(700);
    const lines = screen().split('\n');
    expect(lines[0]).toMatch(/^tutorial /);
    expect(lines.filter((line) => line.includes(vip) && line.includes('since'))).toHaveLength(1);
    tmux('send-keys', '-t', pane, 'C-c');
    await expect.poll(screen, { timeout: 15_000 }).toContain('before-42');
    expect(screen()).not.toContain('3 of 3 HAProxys');
    tmux('kill-session', '-t', pane);
  });
});
