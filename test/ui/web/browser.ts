import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { reduced } from './png.ts';

/** Debian's Chromium, headless, asking nobody for anything; `executablePath` may be a script that starts it elsewhere. */
export function launch(executablePath = '/usr/bin/chromium'): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--js-flags=--expose-gc',
      '--enable-precise-memory-info',
    ],
  });
}

/** A page that fails its test when it asks for anything from elsewhere, or says an error. */
export async function open(
  browser: Browser,
  url: string,
  options: { readonly width?: number; readonly height?: number; readonly dark?: boolean } = {},
): Promise<{ readonly page: Page; readonly problems: readonly string[] }> {
  const { width = 1280, height = 900, dark = false } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (to.protocol !== 'data:' && to.host !== new URL(url).host) problems.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('.topology');
  return { page, problems };
}

/** Waits until an expression is true in the page. The page's policy forbids to evaluate text, so the debugger does it. */
export async function until(page: Page, expression: string, timeoutMs = 10_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) {
    if (Date.now() > endMs) throw new Error(`not so after ${timeoutMs} ms: ${expression}`);
    await page.waitForTimeout(20);
  }
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** What axe finds serious or critical in the page as it is now. */
export async function violations(page: Page): Promise<readonly string[]> {
  // The page's policy lets nothing in from outside; the debugger may. Once is enough for the life of the page.
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(axe);
  return page.evaluate<readonly string[]>(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0]?.html + ' ' + nodes[0]?.any[0]?.message))`,
  );
}

/** The same in light and in dark; the page is light again afterwards. */
export async function violationsInBoth(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page)).map((text) => `${colorScheme}: ${text}`));
  }
  return found;
}

/** By how many pixels the page is wider than its window. Code for the page is text: its types are those of a browser. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

export function holderInPicture(page: Page, vip: string): Promise<readonly (string | null)[]> {
  return page.$$eval(
    '.vip',
    (badges, address) =>
      badges
        .filter((badge) => badge.getAttribute('data-vip') === address)
        .map((badge) => badge.getAttribute('data-holder')),
    vip,
  );
}

/** Who holds the VIP by the answers at the top. */
export function holderInAnswers(page: Page, vip: string): Promise<string | null> {
  return page.textContent(`li[data-vip="${vip}"] [data-holder]`);
}

/** Writes a picture for the documentation, only when it is asked for. */
export async function shoot(page: Page, folder: string, name: string): Promise<void> {
  if (process.env['K8S_HA_SCREENSHOTS'] === undefined) return;
  const file = new URL(`../../../docs/${folder}/${name}.png`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, reduced(await page.screenshot()));
}
