import {
  test as base,
  type BrowserContext,
  type BrowserContextOptions,
  type BrowserType,
  type LaunchOptions,
} from '@playwright/test';

/** What of a profile a test may leave behind. The caches stay: they hold code that the browser has already compiled. */
const STORAGE = 'cookies,local_storage,indexeddb,file_systems,cache_storage,service_workers';

interface ProfileOptions {
  /**
   * Whether the page finds a WebGPU adapter; by default it does. Tests that are about something else than computing run faster without,
   * since the CPU encodes several times faster than a software adapter.
   */
  adapter: boolean;
}

/** A test function with the profiles of its worker; most tests take their page from `test` (test.ts). */
export const test = base.extend<ProfileOptions, { profiles: Profiles }>({
  adapter: [true, { option: true }],
  profiles: [
    async ({ playwright, launchOptions, headless, channel }, provide, { project }) => {
      const { baseURL, contextOptions, viewport } = project.use;
      const options = { ...launchOptions, headless, channel, baseURL, viewport, ...contextOptions };
      const profiles = new Profiles(playwright.chromium, options);
      await provide(profiles);
      await profiles.close();
    },
    { scope: 'worker' },
  ],
});

/**
 * The browsers of a worker, each opened once. A profile of its own for each test would open a window of the browser, parse the page's
 * scripts and compile the WebAssembly runtime anew, which took more than half of the time of most tests.
 */
class Profiles {
  private readonly opened = new Map<boolean, BrowserContext>();

  constructor(
    private readonly chromium: BrowserType,
    private readonly options: LaunchOptions & BrowserContextOptions,
  ) {}

  /** Returns a profile that stores nothing and has one empty page, which keeps the browser open. */
  async open(adapter: boolean): Promise<BrowserContext> {
    const context = this.opened.get(adapter) ?? (await this.start(adapter));
    this.opened.set(adapter, context);
    return context;
  }

  /** Closes the pages of a profile and deletes what they stored. */
  async clear(context: BrowserContext): Promise<void> {
    const [empty, ...pages] = context.pages();
    await Promise.all(pages.map((page) => page.close()));
    await Promise.all([context.unrouteAll(), context.setOffline(false), context.clearPermissions()]);
    const session = await context.newCDPSession(empty);
    const { origin } = new URL(this.options.baseURL!);
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: STORAGE });
    await session.detach();
  }

  async close(): Promise<void> {
    for (const context of this.opened.values()) await context.close();
  }

  private start(adapter: boolean): Promise<BrowserContext> {
    // Without this switch a page gets no software adapter.
    const args = this.options.args?.filter((arg) => adapter || arg !== '--enable-unsafe-webgpu');
    return this.chromium.launchPersistentContext('', { ...this.options, args });
  }
}
