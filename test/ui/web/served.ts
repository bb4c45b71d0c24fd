import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startUi, type Ui, type UiOptions } from '../../../src/ui/web/ui.ts';
import { launch, open } from './browser.ts';

export interface ServedPages {
  /** Serves the page of these watches until the test ends; its address. */
  readonly start: (options: Pick<UiOptions, 'watches'> & Partial<UiOptions>) => Promise<string>;
  /** Opens an address as `browser.ts` does. */
  readonly open: (url: string, options?: Parameters<typeof open>[2]) => ReturnType<typeof open>;
  readonly browser: () => Browser;
  /** Ends the server before its test does. */
  readonly stop: () => Promise<void>;
}

/** One browser for the tests of a file, and for each of them a server of its own. Needs Debian's Chromium and a build. */
export function servedPages(): ServedPages {
  let browser: Browser;
  let ui: Ui | undefined;
  const stop = async (): Promise<void> => {
    await ui?.close();
    ui = undefined;
  };
  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await stop();
  });
  afterAll(async () => browser.close());
  return {
    start: async (options) => {
      ui = await startUi({ version: '0', port: 0, ...options });
      return ui.url;
    },
    open: async (url, options) => open(browser, url, options),
    browser: () => browser,
    stop,
  };
}
