import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { Cancelled, LabError, throwIfAborted } from '../../../src/base/errors';
import type { LabEvent } from '../../../src/lab/run/events';
import { EventQueue } from '../../../src/lab/run/eventQueue';
import type { Plan } from '../../../src/lab/plan/plan';
import { planToQuery } from '../../../src/lab/plan/text';
import type { RecordStore } from '../../../src/lab/results/store';
import { writeWhole } from '../../../src/platform/node/writeFile';
import type { Runner } from './runner';

/** The services of scripts/cli.mjs for runs in a browser: the built page at an address, and a Chromium. */
export interface PageHost {
  openPage(): Promise<{ url: string; chromium: string; close(): void }>;
}

/** The browser's storage, saved beside the records so that an interrupted sweep can be resumed. */
const STATE_FILE = 'browser-state.json';
/** Enables WebGPU without a graphics card. Containers run as root, where Chromium's sandbox cannot start. */
const BROWSER_ARGUMENTS = ['--no-sandbox', '--enable-unsafe-webgpu'];

/**
 * Opens the lab in headless Chromium: the built page, driven through window.__lab.
 * @param folder folder that keeps the browser's storage between sweeps; undefined keeps nothing
 * @throws LabError if the page cannot run here
 */
export async function openBrowserLab(host: PageHost, folder?: string): Promise<Runner> {
  const { chromium } = await import('playwright');
  const served = await host.openPage();
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({
      executablePath: served.chromium,
      args: BROWSER_ARGUMENTS,
      // Ctrl-C asks the page to stop first; Playwright would close the browser at once.
      handleSIGINT: false,
      handleSIGTERM: false,
    });
    return await drive(browser, served, folder);
  } catch (error) {
    await browser?.close();
    served.close();
    throw error;
  }
}

async function drive(
  browser: Browser,
  served: { url: string; close(): void },
  folder?: string,
): Promise<Runner> {
  const context = await browser.newContext({
    storageState: await storedState(folder, new URL(served.url).origin),
  });
  const page = await context.newPage();
  const queue = new EventQueue<LabEvent>();
  await page.exposeFunction('bitcurveEvent', (event: LabEvent) => queue.push(event));
  await page.addInitScript(() => {
    const send = (window as unknown as { bitcurveEvent: (event: unknown) => void }).bitcurveEvent;
    window.addEventListener('lab:event', (event) => send((event as CustomEvent).detail));
  });
  await page.goto(served.url);
  await page.waitForFunction(() => !/^(booting)?$/.test(document.documentElement.dataset.labState ?? ''));
  await page
    .evaluate(() => window.__lab.ready)
    .catch(async (error: unknown) => {
      throw await pageError(page, error);
    });
  return {
    run: (plan, store, signal) => runInPage(page, queue, plan, store, signal),
    async close() {
      await keepState(context, folder);
      await browser.close();
      served.close();
    },
  };
}

async function* runInPage(
  page: Page,
  queue: EventQueue<LabEvent>,
  plan: Plan,
  store: RecordStore,
  signal: AbortSignal,
): AsyncGenerator<LabEvent> {
  throwIfAborted(signal);
  const stop = () => void page.evaluate(() => window.__lab.abort()).catch(() => undefined);
  signal.addEventListener('abort', stop);
  try {
    // Settings that the query omits because they are defaults have the same defaults in the page.
    const run = page.evaluate((query) => window.__lab.run(query).then(() => undefined), planToQuery(plan));
    for await (const event of queue.during(run)) {
      if (event.type === 'record') await store.save(event.record);
      if (event.type !== 'done') yield event;
    }
    yield { type: 'done', status: signal.aborted ? 'stopped' : 'complete' };
  } catch (error) {
    throw error instanceof Cancelled ? error : await pageError(page, error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Returns the error that the page shows for its last failure. */
async function pageError(page: Page, cause: unknown): Promise<LabError> {
  const shown = await page.evaluate(() => window.__lab.error).catch(() => null);
  if (shown) return new LabError(shown.code as LabError['code'], shown.message, shown.remedy, cause);
  const reason = (cause as Error).message.split('\n')[0];
  return new LabError('gpu', `The page in the browser failed: ${reason}`, 'Try --backend dawn.', cause);
}

type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Reads the saved storage and assigns it to the present origin, since the page is served on another port each time. */
async function storedState(folder: string | undefined, origin: string): Promise<StorageState | undefined> {
  if (folder === undefined) return undefined;
  const text = await readFile(join(folder, STATE_FILE), 'utf8').catch(() => undefined);
  try {
    if (text === undefined) return undefined;
    const state = JSON.parse(text) as StorageState;
    return { ...state, origins: state.origins.map((kept) => ({ ...kept, origin })) };
  } catch {
    // Without the state everything is measured again; the records themselves are in records.json.
    return undefined;
  }
}

async function keepState(context: BrowserContext, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const state = await context.storageState({ indexedDB: true }).catch(() => undefined);
  if (state) await writeWhole(join(folder, STATE_FILE), JSON.stringify(state));
}
