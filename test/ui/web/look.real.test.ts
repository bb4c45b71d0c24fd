import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { verdicts } from '../../../src/ui/web/page/words.ts';
import { shownCluster } from '../../../src/ui/web/shown.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { holderInAnswers, holderInPicture, overflow, shoot, violations } from './browser.ts';
import { first, scene, sceneNames, spec } from './scenes.ts';
import { healthyWatch } from './states.ts';
import { servedPages } from './served.ts';

/** Needs Debian's Chromium, and `npm run build` before it. K8S_HA_SCREENSHOTS=1 writes the pictures of docs/screens. */
const { start, open, browser } = servedPages();

const windows = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** Everything of a selector that is not wholly inside of the window as it opens. */
function outOfSight(page: Page, selector: string): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => {
      const { top, bottom, left, right } = one.getBoundingClientRect();
      return top < 0 || left < 0 || bottom > innerHeight || right > innerWidth || one.scrollWidth > one.clientWidth + 1;
    }).map((one) => one.outerHTML)`,
  );
}

describe.each(sceneNames)('one look at a cluster that is %s', (name) => {
  it('tells whether the API is served, by whom since when, what is wrong, and what to do: wide and on a phone', async () => {
    const { watch, holders } = scene(name);
    const { diagnosis } = shownCluster(watch.spec, watch.state());
    const url = await start({ watches: [watch], namesOf: () => ({ file: 'tutorial.yaml' }) });
    const { page, problems } = await open(url, windows.wide);
    const { word } = verdicts[diagnosis.verdict];
    const what = diagnosis.causes[0]?.what ?? '';
    const commands = diagnosis.causes.slice(0, 1).map(({ rule, command }) => command ?? `k8s-ha explain ${rule}`);
    const guide = { healthy: 'healthy', 'node-lost': 'failed-over', split: 'split', 'quorum-lost': '', drained: '' }[
      name
    ];
    for (const [window, size] of Object.entries(windows)) {
      await page.setViewportSize(size);
      // Served or not.
      expect(await page.getAttribute('.verdict', 'data-verdict')).toBe(diagnosis.verdict);
      expect(await page.textContent('.verdict')).toBe(diagnosis.sentence);
      expect(await page.textContent('.pill')).toContain(word);
      expect(await page.title()).toContain(`${word} · tutorial (tutorial.yaml)`);
      expect(await page.getAttribute('link[rel=icon]', 'href')).toMatch(/^data:image\/svg\+xml,/);
      // By whom, since when; the picture says the same.
      expect(await holderInAnswers(page, first)).toBe(holders.join(' AND '));
      expect(await holderInPicture(page, first)).toEqual(holders);
      expect(await page.textContent(`li[data-vip="${first}"] [data-since]`)).toMatch(
        /^since \d\d:\d\d:\d\d \(\d+ (?:s|min)\)$|^≥ \d+ (?:s|min)$/,
      );
      // What is wrong, and what to do; none of it said twice the wrong way.
      const told = await page.locator('.answer.next [data-cause]').allTextContents();
      expect(told.map((text) => text.startsWith(what))).toEqual(diagnosis.causes.slice(0, 1).map(() => true));
      expect(await page.locator('.answer.next [data-command]').allTextContents()).toEqual(commands);
      expect(await page.locator('.causes > li').count()).toBe(diagnosis.causes.length);
      expect(await page.locator('.consequences[open]').count()).toBe(0);
      expect(await page.textContent('.answer.redundancy [data-redundancy]')).toBe(
        `${diagnosis.redundancy.fit} of ${diagnosis.redundancy.of}`,
      );
      expect(await page.textContent('[data-checks]')).toMatch(/^\d of 8$/);
      expect(await page.textContent('main')).not.toMatch(/not so:|not known:/);
      expect(await outOfSight(page, '.verdict, .holders > li, .answer.next')).toEqual([]);
      expect(await overflow(page)).toBe(0);
      await shoot(page, 'screens', `${name}-${window}`);
      if (guide !== '' && window === 'wide') await shoot(page, 'guides/images', guide);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page)).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    }
    expect(problems).toEqual([]);
  });
});

it('shows a node that was lost as unknown, who took its address over, and how long clients lost at most', async () => {
  const url = await start({ watches: [scene('node-lost').watch] });
  const { page } = await open(url, windows.wide);
  expect(await page.textContent('[data-frame="cp1"]')).toMatch(/no answer since \d\d:\d\d:\d\d/);
  expect(await page.textContent('[data-frame="cp1"] dl > div:first-child')).toBe('HAProxy?unknown');
  expect(await page.textContent('.answer.failover')).toMatch(
    /cp1 → cp2 at \d\d:\d\d:\d\dclients lost at most \d(?:\.\d)? s172\.16\.100\.100$/,
  );
  expect(await page.textContent('.incident .title')).toBe(`VIP${first} moved cp1 → cp2`);
  expect(await page.textContent('.incident details')).toContain('×2');
});

it('takes the time of a handover from the journals', async () => {
  const url = await start({ watches: [scene('drained').watch] });
  const { page } = await open(url, windows.wide);
  expect(await page.textContent('.answer.failover')).toContain('clients lost at most 67 ms');
  expect(await page.textContent('[data-frame="cp1"]')).toContain('drained: kernel upgrade (ana)');
});

it('says "at least" where the address was held before the watch began, and folds what follows from a cause', async () => {
  const { watch } = healthyWatch(spec, Date.now());
  const held = {
    ...watch,
    state: () => ({ ...watch.state(), vips: watch.state().vips.map((vip) => ({ ...vip, sinceAtLeast: true })) }),
  };
  const url = await start({
    watches: [held],
    judged: () => ({
      verdict: 'degraded',
      sentence: 'The API is served by cp1, but cp2 is unreachable.',
      causes: [
        {
          rule: 'node-unknown',
          severity: 'error',
          what: 'cp2 is unreachable',
          sinceMs: Date.now() - 70_000,
          command: 'ssh cp2',
          consequences: ['cp3 cannot see it', 'its API server is down'],
        },
      ],
      redundancy: { fit: 2, of: 3 },
    }),
  });
  const { page } = await open(url, windows.wide);
  expect(await page.textContent(`li[data-vip="${first}"] [data-since]`)).toMatch(/^≥ /);
  expect(await page.textContent('.consequences summary')).toBe('2 things follow from it');
  expect(await page.isVisible('text=cp3 cannot see it')).toBe(false);
  await page.click('.consequences summary');
  expect(await page.isVisible('text=cp3 cannot see it')).toBe(true);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('.answer.next .command button');
  await page.waitForSelector('.answer.next .command button:has-text("copied")');
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe('ssh cp2');
});

it('asks for notifications only when the button is pressed, and tells when the verdict changes', async () => {
  const { watch } = scene('healthy');
  const url = await start({ watches: [watch] });
  const context = await browser().newContext({ viewport: windows.wide });
  const page = await context.newPage();
  await page.addInitScript(`
    globalThis.asked = 0; globalThis.told = [];
    globalThis.Notification = class { constructor(title, { body }) { told.push(title + ': ' + body); }
      static requestPermission() { asked += 1; return Promise.resolve('granted'); } };`);
  await page.goto(url);
  await page.waitForSelector('.topology');
  expect(await page.evaluate<number>('asked')).toBe(0);
  await page.click('text=Notify me');
  await page.waitForSelector('text=Notifying');
  watch.tell([{ kind: 'lost', node: 'cp1', atMs: Date.now(), reason: 'gone' }]);
  await expect.poll(() => page.evaluate<readonly string[]>('told')).toHaveLength(1);
  expect((await page.evaluate<readonly string[]>('told'))[0]).toMatch(/^tutorial: /);
});

it('fits long addresses of IPv6 into every window', async () => {
  const long = '2001:db8:85a3:1234:5678:8a2e:3700:7334';
  const [, other] = spec.endpoint.virtualIPs;
  const one = spec.endpoint.virtualIPs[0];
  if (!one || !other) throw new Error('no VIPs');
  const six = fakeSpec({
    endpoint: { ...spec.endpoint, virtualIPs: [{ ...one, address: long, family: 'ipv6' }, other] },
  });
  const url = await start({ watches: [healthyWatch(six, Date.now()).watch] });
  const { page } = await open(url, windows.wide);
  for (const width of [320, 390, 768, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    expect(await overflow(page)).toBe(0);
    const inside = `[...document.querySelectorAll('.vip, .holders li')].every((one) => one.scrollWidth <= one.clientWidth + 1)`;
    expect(await page.evaluate<boolean>(inside)).toBe(true);
  }
});
