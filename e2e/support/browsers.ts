import type { BrowserType, LaunchOptions, Page } from '@playwright/test';
import { test as base } from './test';

/** Opens a page in a browser of its own with changed command-line switches; it is closed with the test. */
export type OpenBrowser = (change: (args: readonly string[]) => string[]) => Promise<Page>;

export const test = base.extend<{ openBrowser: OpenBrowser }>({
  openBrowser: async ({ playwright, launchOptions, headless, channel, baseURL }, provide) => {
    const closing: (() => Promise<void>)[] = [];
    await provide(async (change) => {
      const args = change(launchOptions.args ?? []);
      const browser = await launch(playwright.chromium, { ...launchOptions, headless, channel, args });
      closing.push(() => browser.close());
      return browser.newPage({ baseURL });
    });
    for (const close of closing) await close();
  },
});

function launch(chromium: BrowserType, options: LaunchOptions) {
  return chromium.launch(options);
}
