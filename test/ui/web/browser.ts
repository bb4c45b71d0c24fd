import { chromium, type Browser, type Page } from 'playwright-core';

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
