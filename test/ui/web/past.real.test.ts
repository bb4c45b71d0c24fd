import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/observe/live/model.ts';
import { holderInAnswers, holderInPicture, shoot, until, violations } from './browser.ts';
import { first, scene, second, spec } from './scenes.ts';
import { healthyWatch } from './states.ts';
import { servedPages } from './served.ts';

/** Needs Debian's Chromium, and `npm run build` before it. */
const { start, open } = servedPages();

/** keepalived's line of a transition of the first VIP. */
function entry(atMs: number, node: string, state: 'MASTER' | 'BACKUP'): WatchEvent {
  return {
    id: `${node}${atMs}`,
    atMs,
    errorMs: 2,
    node,
    source: 'keepalived',
    kind: 'vrrp',
    tone: 'good',
    text: `K8S_API_1 enters ${state}`,
    vrrp: { vip: first, state },
  };
}

it('shows who held the VIP at a moment that is gone, from the journals, by keyboard alone', async () => {
  const nowMs = Date.now();
  const { watch } = healthyWatch(spec, nowMs);
  watch.history.add([
    entry(nowMs - 3_000_000, 'cp3', 'MASTER'),
    entry(nowMs - 1_000_000, 'cp3', 'BACKUP'),
    entry(nowMs - 999_000, 'cp2', 'MASTER'),
  ]);
  const { page } = await open(await start({ watches: [watch] }));
  await until(page, `/[5-9] events/.test(document.querySelector('[data-events]').textContent)`);
  await page.focus('[role=slider]');
  await page.keyboard.press('Home');
  await page.waitForSelector('.topology.past');
  expect(await holderInPicture(page, first)).toEqual(['cp3']);
  // The timeline follows the colours, though the time that it shows stands still.
  const ground = `document.querySelector('canvas').getContext('2d').getImageData(3, 3, 1, 1).data[0]`;
  await page.emulateMedia({ colorScheme: 'dark' });
  await until(page, `${ground} < 60`, 3000);
  await page.emulateMedia({ colorScheme: 'light' });
  await until(page, `${ground} > 200`, 3000);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector(`.vip[data-vip="${first}"][data-holder="cp2"]`);
  // Nothing of the present is left that could be taken for the past.
  expect(await page.textContent('.past-banner')).toMatch(
    /^Viewing \d\d:\d\d:\d\d, 16 min ago·Back to livenow: . API served$/,
  );
  expect(await page.textContent('.verdict')).toMatch(
    /^At \d\d:\d\d:\d\d 172\.16\.100\.100 was held by cp2; nobody knows who held 172\.16\.100\.101\.$/,
  );
  expect(await holderInAnswers(page, first)).toBe('cp2');
  expect(await page.$$eval('.now-only > h2', (titles) => titles.map((title) => title.textContent))).toEqual(
    [
      'What to do',
      'Redundancy',
      'Programs on each node',
      'API servers, as each HAProxy sees them',
      'Findings and drift',
      'Drills',
    ].map((title) => `${title}now only`),
  );
  expect(await page.textContent('.answer.failover')).toMatch(/^Last failover beforecp3 → cp2 at .*lost at most 1\.1 s/);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  await shoot(page, 'guides/images', 'past');
  await page.click('text=Back to live');
  await page.waitForSelector('.topology:not(.past)');
  await page.focus('[role=slider]');
  await page.keyboard.press('Home');
  await page.waitForSelector('.topology.past');
  await page.keyboard.press('End');
  await page.waitForSelector('.topology:not(.past)');
  expect(await holderInPicture(page, first)).toEqual(['cp1']);
});

/** The colour of the last lane, at a share of its width: of most pixels there, because the time of day says where a line is. */
function ground(share: number): string {
  return `(() => { const canvas = document.querySelector('canvas'); const scale = canvas.width / canvas.clientWidth;
      const lane = [...document.querySelectorAll('.names li')].at(-1).getBoundingClientRect();
      const top = (lane.top + lane.bottom) / 2 - canvas.getBoundingClientRect().top;
      const wide = 9;
      const { data } = canvas.getContext('2d').getImageData(canvas.width * ${share}, (top + 6) * scale, wide, 1);
      const colours = Array.from({ length: wide }, (_, i) => [...data.slice(i * 4, i * 4 + 4)].join(' ')).sort();
      return colours[(wide - 1) / 2]; })()`;
}

it('draws each drill of the reports as a span of its own lane, where and as long as it was', async () => {
  const nowMs = Date.now();
  const reports = mkdtempSync(join(tmpdir(), 'k8s-ha-reports-'));
  // Half an hour ago, for five minutes; of another cluster: none of this page's.
  for (const cluster of ['tutorial', 'other'])
    writeFileSync(
      join(reports, `${cluster}.json`),
      JSON.stringify({
        cluster,
        good: true,
        results: [
          {
            fault: cluster === 'other' ? 'isolated' : 'node-lost',
            nodes: ['cp1'],
            verdict: 'within',
            lostMs: 360,
            startedAt: new Date(nowMs - 1_800_000).toISOString(),
            healedMs: 300_000,
          },
        ],
      }),
    );
  const { watch } = healthyWatch(spec, nowMs);
  watch.history.add([entry(nowMs - 3_500_000, 'cp1', 'MASTER')]);
  const { page } = await open(await start({ watches: [watch], reports }), { width: 1440 });
  await page.selectOption('.strip select', '3600000');
  await page.waitForSelector('.names li:has-text("drills")');
  const at = (share: number): Promise<string> => page.evaluate<string>(ground(share));
  // In the span, without the name that stands at its beginning; before it, and after it.
  await expect.poll(async () => (await at(0.57)) !== (await at(0.45))).toBe(true);
  expect(await at(0.51)).toBe(await at(0.57));
  expect(await at(0.6)).toBe(await at(0.45));
  expect(await page.locator('.names li').allTextContents()).toEqual([
    first,
    second,
    'cp1',
    'cp2',
    'cp3',
    'cluster',
    'drills',
  ]);
  rmSync(reports, { recursive: true });
});

it('looks at a span that is dragged over, and shows raw lines by a key', async () => {
  const nowMs = Date.now();
  const { watch } = scene('node-lost', nowMs);
  const { page } = await open(await start({ watches: [watch] }), { width: 1440 });
  const box = await page.locator('.track').boundingBox();
  if (!box) throw new Error('no timeline');
  // From a quarter of an hour ago until three minutes ago, of the hour that is shown.
  await page.mouse.move(box.x + box.width * 0.7, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + 5);
  expect(await page.locator('.brush').count()).toBe(1);
  await page.mouse.up();
  expect(await page.textContent('.strip .range')).toMatch(/ \d\d:\d\d:\d\d – \d\d:\d\d:\d\d$/);
  await page.keyboard.press('r');
  await page.waitForSelector('.events li');
  expect(await page.locator('.events li .text:has-text("does not answer")').count()).toBe(0);
  await page.click('text=whole span');
  await page.waitForSelector('.events li .text:has-text("cp1 does not answer")');
  expect(await page.locator('.topology.past').count()).toBe(0);
  expect(await page.locator('.names li').allTextContents()).toEqual([first, second, 'cp1', 'cp2', 'cp3', 'cluster']);
});
