import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/observe/live/model.ts';
import { tokens } from '../../../src/report/html/tokens.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { holderInAnswers, holderInPicture, overflow, shoot, until, violationsInBoth } from './browser.ts';
import { first, scene, second, spec } from './scenes.ts';
import { healthyWatch, moment } from './states.ts';
import { servedPages } from './served.ts';

/** Needs Debian's Chromium, and `npm run build` before it. */
const { start, open, stop } = servedPages();

/** Notes how long the page's one thread is not free: what a person feels. */
const longTasks = `
  globalThis.long = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.long.push(duration);
  }).observe({ type: 'longtask' })`;

/** The longest of them, in milliseconds. */
const longestTask = 'Math.max(0, ...globalThis.long)';

it('shows a node that does not answer as unknown since its last answer, and none of its last figures', async () => {
  const { watch } = healthyWatch(spec, Date.now() - 4000);
  watch.tell([{ kind: 'lost', node: 'cp1', atMs: Date.now(), reason: 'cp1 has not answered for 1.31 s' }]);
  const { page } = await open(await start({ watches: [watch] }));
  const row = await page.textContent('tr[data-node="cp1"]');
  expect(row).toMatch(/^cp1\? unknown since \d\d:\d\d:\d\d \(\d+ s\): cp1 has not answered/);
  expect(await page.textContent(`li[data-vip="${first}"]`)).toMatch(/\?unknown.*last seen on cp1/);
  expect(await page.getAttribute(`.vip[data-vip="${first}"]`, 'class')).toBe('vip unknown');
  expect(await violationsInBoth(page)).toEqual([]);
  await shoot(page, 'guides/images', 'unreachable');
});

it('says that everything is unknown when the server is gone', async () => {
  const { page } = await open(await start({ watches: [scene('healthy').watch] }));
  await stop();
  await page.waitForSelector('.lost');
  expect(await page.textContent('.verdict')).toMatch(
    /^Unknown since \d\d:\d\d:\d\d: k8s-ha does not answer this page\.$/,
  );
  expect(await page.textContent('.answer.next [data-command]')).toBe('k8s-ha status tutorial.yaml');
  expect(await page.title()).toContain('Unknown');
  expect(await page.getAttribute('main', 'class')).toBe('stale');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflow(page)).toBe(0);
    expect(await violationsInBoth(page)).toEqual([]);
  }
});

it('names the cluster file in header, title and commands, as the operator named it', async () => {
  const file = 'clusters/of the north/a-very-long-name-of-a-cluster-file.yaml';
  const url = await start({ watches: [scene('drained').watch], namesOf: () => ({ file, sshConfig: 'ssh.conf' }) });
  const { page } = await open(url);
  expect(await page.textContent('.bar .file')).toBe(file);
  expect(await page.title()).toBe('▲ Degraded · tutorial (a-very-long-name-of-a-cluster-file.yaml) · k8s-ha');
  expect(await page.textContent('.answer.next [data-command]')).toBe(`k8s-ha undrain '${file}' cp1`);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflow(page)).toBe(0);
  expect(await page.isVisible('.pill')).toBe(true);
  expect(await violationsInBoth(page)).toEqual([]);
  await stop();
  await page.waitForSelector('.lost');
  expect(await page.textContent('.answer.next [data-command]')).toBe(`k8s-ha status '${file}'`);
});

it.each([360, 768, 1280, 1920, 3840])(
  'is not wider than a window of %i pixels, in any state, with three nodes and five',
  async (width) => {
    const five = fakeSpec({ name: 'five' }, { nodes: 5 });
    const url = await start({
      watches: [scene('split').watch, scene('node-lost').watch, healthyWatch(five, Date.now()).watch].map(
        (watch, i) => ({ ...watch, spec: { ...watch.spec, name: `cluster-${i}` } }),
      ),
    });
    const { page } = await open(url, { width, height: Math.round(width * 0.6) });
    for (const place of [0, 1, 2]) {
      await page.click(`.clusters button:nth-child(${place + 1})`);
      await page.waitForTimeout(100);
      expect(await overflow(page)).toBe(0);
    }
    if (width === 360) await shoot(page, 'guides/images', 'phone');
  },
);

it('moves the badge of the VIP within 200 ms of the observation (median of nine), and tells it in the list', async () => {
  const { watch, holders } = healthyWatch(spec, Date.now());
  const { page } = await open(await start({ watches: [watch] }));
  expect(await holderInPicture(page, first)).toEqual(['cp1']);
  const before = await page.$eval(`.vip[data-vip="${first}"]`, (badge) => badge.getBoundingClientRect().x);
  const took: number[] = [];
  for (let move = 0; move < 9; move++) {
    const to = move % 2 === 0 ? 'cp3' : 'cp1';
    const began = performance.now();
    watch.tell(moment(spec, Date.now(), { ...holders, [first]: [to] }));
    await page.waitForSelector(`.vip[data-vip="${first}"][data-holder="${to}"]`);
    took.push(performance.now() - began);
  }
  expect(took.toSorted((a, b) => a - b)[4]).toBeLessThan(200);
  expect(await page.evaluate<number>('document.getAnimations().length')).toBe(1);
  expect(await holderInAnswers(page, first)).toBe('cp3');
  expect(await page.textContent('.incident .title')).toBe(`VIP${first} moved cp1 → cp3`);
  await page.waitForTimeout(600);
  expect(await page.$eval(`.vip[data-vip="${first}"]`, (badge) => badge.getBoundingClientRect().x)).toBeGreaterThan(
    before + 100,
  );
  expect(await holderInPicture(page, second)).toEqual(['cp2']);
  // Who wants no motion sees the same, at once.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  watch.tell(moment(spec, Date.now(), holders));
  await page.waitForSelector(`.vip[data-vip="${first}"][data-holder="cp1"]`);
  expect(await page.evaluate<number>('document.getAnimations().length')).toBe(0);
  expect(await page.$eval(`.vip[data-vip="${first}"]`, (badge) => badge.getBoundingClientRect().x)).toBe(before);
});

it('stays responsive and bounded through a day of 100,000 events and another', async ({ annotate }) => {
  const nowMs = Date.now();
  const { watch, holders } = healthyWatch(spec, nowMs);
  const event = (i: number): WatchEvent => ({
    id: `e${i}`,
    atMs: nowMs - 86_400_000 + i * 432,
    errorMs: 1,
    node: `cp${(i % 3) + 1}`,
    source: 'haproxy',
    kind: 'server',
    tone: (['info', 'good', 'warn', 'bad'] as const)[i % 4] ?? 'info',
    text: `Health check ${i} for server k8s_api_ready/cp1 failed, reason: Layer4 timeout`,
  });
  watch.history.add(Array.from({ length: 100_000 }, (_, i) => event(i)));
  const { page } = await open(await start({ watches: [watch] }));
  await until(page, `Number(/(\\d+) events/.exec(document.body.innerText)?.[1] ?? 0) >= 100000`, 30_000);
  await page.selectOption('.strip select', '86400000');
  await page.click('text=Raw lines');
  await page.waitForSelector('.events li');
  expect(await page.locator('.events li').count()).toBeLessThan(60);
  const heap = () => page.evaluate<number>('(gc(), performance.memory.usedJSHeapSize / 2 ** 20)');
  const firstDay = await heap();
  await page.evaluate(longTasks);
  for (let update = 0; update < 50; update += 1) {
    if (update === 25) await page.click('text=Incidents');
    watch.history.add([]);
    watch.tell([
      { kind: 'note', atMs: Date.now(), text: `update ${update}`, tone: 'info' },
      ...moment(spec, Date.now(), { ...holders, [first]: [update % 2 === 0 ? 'cp1' : 'cp3'] }),
    ]);
    await page.waitForTimeout(60);
  }
  const longest = await page.evaluate<number>(longestTask);
  for (let i = 0; i < 100_000; i += 500) {
    watch.tell(
      Array.from(
        { length: 500 },
        (_, j) => ({ kind: 'note', atMs: Date.now(), text: `second day ${i + j}`, tone: 'info' }) as const,
      ),
    );
    await page.waitForTimeout(25);
  }
  await page.waitForTimeout(1000);
  const secondDay = await heap();
  await annotate(
    `longest task ${longest} ms; heap ${firstDay.toFixed(1)} MiB after 100,000 events, ${secondDay.toFixed(1)} MiB after 200,000; history ${watch.history.size}`,
  );
  expect(longest).toBeLessThan(100);
  expect(watch.history.size).toBeLessThanOrEqual(110_000);
  expect(secondDay).toBeLessThan(firstDay * 1.35 + 10);
}, 120_000);

it('shows thirty clusters on one page, each with its verdict', async () => {
  const watches = Array.from(
    { length: 30 },
    (_, i) => healthyWatch(fakeSpec({ name: `cluster-${i + 1}` }), Date.now()).watch,
  );
  const { page, problems } = await open(await start({ watches }));
  expect(await page.locator('.clusters button').count()).toBe(30);
  watches[29]?.tell([{ kind: 'lost', node: 'cp1', atMs: Date.now(), reason: 'gone' }]);
  await page.waitForSelector('.clusters button:nth-child(30):not(.calm)');
  await page.click('.clusters button:nth-child(30)');
  await page.waitForSelector('tr[data-node="cp1"] .unknown');
  expect(await page.textContent('h1')).toBe('cluster-30');
  await shoot(page, 'guides/images', 'thirty');
  // One second of all thirty, each with figures of three nodes: how long the page's one thread is not free at once.
  await page.evaluate(longTasks);
  for (let second = 0; second < 4; second += 1) {
    for (const watch of watches) {
      const of = watch.spec;
      const held = Object.fromEntries(of.endpoint.virtualIPs.map(({ address }, i) => [address, [`cp${i + 1}`]]));
      watch.tell(moment(of, Date.now(), held));
    }
    await page.waitForTimeout(1000);
  }
  expect(await page.evaluate<number>(longestTask)).toBeLessThan(100);
  expect(problems).toEqual([]);
});

describe('a drill from the page', () => {
  it('is not there unless it is allowed', async () => {
    const { page } = await open(await start({ watches: [scene('healthy').watch] }));
    expect(await page.locator('text=break it').count()).toBe(0);
  });

  it('starts only when the name of the cluster was typed', async () => {
    const started: string[] = [];
    const { watch } = scene('healthy');
    const { page } = await open(
      await start({ watches: [watch], runDrill: async (of, fault) => void started.push(`${of.spec.name} ${fault}`) }),
    );
    await page.selectOption('label:has-text("fault") select', 'haproxy-killed');
    await page.click('text=break it …');
    await page.waitForSelector('dialog[open]');
    expect(await violationsInBoth(page)).toEqual([]);
    await page.fill('dialog input', 'tutoria');
    expect(await violationsInBoth(page)).toEqual([]);
    expect(await page.isDisabled('dialog button[type=submit]')).toBe(true);
    await page.fill('dialog input', 'tutorial');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog:not([open])', { state: 'hidden' });
    await expect.poll(() => started).toEqual(['tutorial haproxy-killed']);
  });
});

it('is at most 80 kB of JavaScript and CSS, compressed', () => {
  const folder = new URL('../../../dist/ui/web/page/', import.meta.url);
  const bytes = ['app.js', 'app.css'].reduce(
    (sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length,
    gzipSync(tokens).length,
  );
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(80_000);
});
