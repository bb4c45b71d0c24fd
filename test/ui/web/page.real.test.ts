import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/observe/live/model.ts';
import { startUi, type Ui, type UiOptions } from '../../../src/ui/web/ui.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { launch, open, until } from './browser.ts';
import { healthyWatch, moment } from './states.ts';

/** Needs Debian's Chromium, and `npm run build` before it. */
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const images = new URL('../../../docs/guides/images/', import.meta.url).pathname;
const spec = fakeSpec();
const [first, second] = ['172.16.100.100', '172.16.100.101'] as const;

let browser: Browser;
let ui: Ui | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await ui?.close();
});
afterAll(async () => browser.close());

async function start(options: Pick<UiOptions, 'watches'> & Partial<UiOptions>): Promise<string> {
  ui = await startUi({ version: '0', port: 0, ...options });
  return ui.url;
}

function holderInPicture(page: Page, vip: string) {
  return page.$$eval(
    '.vip',
    (badges, address) =>
      badges
        .filter((badge) => badge.getAttribute('data-vip') === address)
        .map((badge) => badge.getAttribute('data-holder')),
    vip,
  );
}

function holderInTable(page: Page, vip: string) {
  return page.textContent(`tr[data-vip="${vip}"] [data-holder]`);
}

/** Code for the page is text: its types are those of a browser, not of this test. */
function overflow(page: Page) {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function shoot(page: Page, name: string): Promise<void> {
  if (process.env['K8S_HA_SCREENSHOTS'] !== undefined) await page.screenshot({ path: `${images}${name}.png` });
}

async function violations(page: Page): Promise<readonly string[]> {
  // The page's policy lets nothing in from outside; the debugger may.
  await page.evaluate(axe);
  return page.evaluate<readonly string[]>(
    `axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0]?.html))`,
  );
}

const states = [
  ['healthy', 'all is well'],
  ['failed-over', 'the API address is served'],
  ['split', 'SPLIT BRAIN'],
  ['unreachable', 'is unknown'],
] as const;

/** A watch in the state of that name, and who holds the first VIP in it. */
function inState(name: (typeof states)[number][0]) {
  const nowMs = Date.now();
  const { watch, holders } = healthyWatch(spec, nowMs - 4000);
  const lost = (node: string) =>
    ({ kind: 'lost', node, atMs: nowMs, reason: `${node} has not answered for 1.31 s` }) as const;
  if (name === 'failed-over') watch.tell([...moment(spec, nowMs, { ...holders, [first]: ['cp2'] }, { down: ['cp1'] })]);
  if (name === 'split')
    watch.tell([
      ...moment(spec, nowMs - 1000, { ...holders, [first]: ['cp1', 'cp3'] }),
      ...moment(spec, nowMs, { ...holders, [first]: ['cp1', 'cp3'] }),
    ]);
  if (name === 'unreachable') watch.tell([lost('cp1')]);
  return { watch, shown: { healthy: ['cp1'], 'failed-over': ['cp2'], split: ['cp1', 'cp3'], unreachable: [''] }[name] };
}

describe.each(states)('the page of a cluster that is %s', (name, verdict) => {
  it('says so, shows the same holder in picture and table, and has no serious accessibility violation', async () => {
    const { watch, shown } = inState(name);
    const url = await start({ watches: [watch] });
    for (const dark of [false, true]) {
      const { page, problems } = await open(browser, url, { dark, height: 1000 });
      expect(await page.textContent('.verdict')).toContain(verdict);
      expect(await holderInPicture(page, first)).toEqual(shown);
      expect(await holderInTable(page, first)).toBe(name === 'unreachable' ? 'unknown' : shown.join(' AND '));
      await page.waitForTimeout(600);
      expect(await violations(page)).toEqual([]);
      if (!dark) await shoot(page, name);
      expect(problems).toEqual([]);
      await page.close();
    }
  });
});

it('shows a node that does not answer as unknown since its last answer, and none of its last figures', async () => {
  const { page } = await open(browser, await start({ watches: [inState('unreachable').watch] }));
  const row = await page.textContent('tr[data-node="cp1"]');
  expect(row).toMatch(/^cp1unknown since \d\d:\d\d:\d\d \(\d+ s\): cp1 has not answered/);
  expect(await page.textContent('tr[data-vip="172.16.100.100"]')).toMatch(/unknown.*last seen on cp1/);
});

it('says that everything is unknown when the server is gone', async () => {
  const { page } = await open(browser, await start({ watches: [inState('healthy').watch] }));
  await ui?.close();
  ui = undefined;
  await page.waitForSelector('.lost');
  expect(await page.textContent('.verdict')).toBe('unknown');
  expect(await page.getAttribute('main', 'class')).toBe('stale');
});

it.each([360, 768, 1280, 1920, 3840])(
  'is not wider than a window of %i pixels, in any state, with three nodes and five',
  async (width) => {
    const five = fakeSpec({ name: 'five' }, { nodes: 5 });
    const url = await start({
      watches: [inState('split').watch, inState('unreachable').watch, healthyWatch(five, Date.now()).watch].map(
        (watch, i) => ({ ...watch, spec: { ...watch.spec, name: `cluster-${i}` } }),
      ),
    });
    const { page } = await open(browser, url, { width, height: Math.round(width * 0.6) });
    for (const place of [0, 1, 2]) {
      await page.click(`.clusters button:nth-child(${place + 1})`);
      await page.waitForTimeout(100);
      expect(await overflow(page)).toBe(0);
    }
    if (width === 360) await shoot(page, 'phone');
  },
);

it('moves the badge of the VIP within 200 ms of the observation (median of nine), and tells it in the list', async () => {
  const { watch, holders } = healthyWatch(spec, Date.now());
  const { page } = await open(browser, await start({ watches: [watch] }));
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
  expect(await holderInTable(page, first)).toBe('cp3');
  expect(await page.textContent('.events li:first-child .text')).toBe(`${first} moved cp1 → cp3`);
  await page.waitForTimeout(600);
  expect(await page.$eval(`.vip[data-vip="${first}"]`, (badge) => badge.getBoundingClientRect().x)).toBeGreaterThan(
    before + 100,
  );
  expect(await holderInPicture(page, second)).toEqual(['cp2']);
});

it('shows who held the VIP at a moment that is gone, from the journals, by keyboard alone', async () => {
  const nowMs = Date.now();
  const { watch } = healthyWatch(spec, nowMs);
  const entry = (atMs: number, node: string, state: 'MASTER' | 'BACKUP'): WatchEvent => ({
    id: `${node}${atMs}`,
    atMs,
    errorMs: 2,
    node,
    source: 'keepalived',
    kind: 'vrrp',
    tone: 'good',
    text: `K8S_API_1 enters ${state}`,
    vrrp: { vip: first, state },
  });
  watch.history.add([
    entry(nowMs - 3_000_000, 'cp3', 'MASTER'),
    entry(nowMs - 1_000_000, 'cp3', 'BACKUP'),
    entry(nowMs - 999_000, 'cp2', 'MASTER'),
  ]);
  const { page } = await open(browser, await start({ watches: [watch] }));
  await until(page, `document.querySelectorAll('.events li').length >= 5`);
  await page.focus('[role=slider]');
  await page.keyboard.press('Home');
  await page.waitForSelector('.topology.past');
  expect(await holderInPicture(page, first)).toEqual(['cp3']);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector(`.vip[data-vip="${first}"][data-holder="cp2"]`);
  await shoot(page, 'past');
  await page.keyboard.press('End');
  await page.waitForSelector('.topology:not(.past)');
  expect(await holderInPicture(page, first)).toEqual(['cp1']);
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
  const { page } = await open(browser, await start({ watches: [watch] }));
  await until(page, `Number(/(\\d+) events/.exec(document.body.innerText)?.[1] ?? 0) >= 100000`, 30_000);
  await page.selectOption('.strip select', '86400000');
  expect(await page.locator('.events li').count()).toBeLessThan(60);
  const heap = () => page.evaluate<number>('(gc(), performance.memory.usedJSHeapSize / 2 ** 20)');
  const firstDay = await heap();
  // How long the page's one thread is not free: what a person feels.
  await page.evaluate(`
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: 'longtask' })`);
  for (let update = 0; update < 50; update += 1) {
    watch.history.add([]);
    watch.tell([
      { kind: 'note', atMs: Date.now(), text: `update ${update}`, tone: 'info' },
      ...moment(spec, Date.now(), { ...holders, [first]: [update % 2 === 0 ? 'cp1' : 'cp3'] }),
    ]);
    await page.waitForTimeout(60);
  }
  const longest = await page.evaluate<number>('globalThis.longest');
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
  const { page, problems } = await open(browser, await start({ watches }));
  expect(await page.locator('.clusters button').count()).toBe(30);
  watches[29]?.tell([{ kind: 'lost', node: 'cp1', atMs: Date.now(), reason: 'gone' }]);
  await page.waitForSelector('.clusters button:nth-child(30).bad');
  await page.click('.clusters button:nth-child(30)');
  await page.waitForSelector('tr[data-node="cp1"] .bad');
  expect(await page.textContent('h1')).toBe('cluster-30');
  await shoot(page, 'thirty');
  expect(problems).toEqual([]);
});

describe('a drill from the page', () => {
  it('is not there unless it is allowed', async () => {
    const { page } = await open(browser, await start({ watches: [inState('healthy').watch] }));
    expect(await page.locator('text=break it').count()).toBe(0);
  });

  it('starts only when the name of the cluster was typed', async () => {
    const started: string[] = [];
    const { watch } = inState('healthy');
    const { page } = await open(
      browser,
      await start({ watches: [watch], runDrill: async (of, fault) => void started.push(`${of.spec.name} ${fault}`) }),
    );
    await page.selectOption('label:has-text("fault") select', 'haproxy-killed');
    await page.click('text=break it …');
    await page.waitForSelector('dialog[open]');
    expect(await violations(page)).toEqual([]);
    await page.fill('dialog input', 'tutoria');
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
    0,
  );
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(80_000);
});
