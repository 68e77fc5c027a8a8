import { expect, type Locator, type Page } from '@playwright/test';
import { parseRecord, type LabRecord } from '../../src/lab/results/record';
import type { LabEvent } from '../../src/lab/run/events';

/** The states of the page, as in <html data-lab-state>. */
export type State = 'booting' | 'ready' | 'running' | 'done' | 'error';

/** Maximum duration of a run in milliseconds; a quick plan should take 60 s, and the machine may be busy. */
const RUN_TIMEOUT = 240_000;

const NO_ADAPTER =
  'Chromium answered without a WebGPU adapter, so nothing here can be measured. Use full Chromium (not the headless ' +
  'shell) with --enable-unsafe-webgpu, of a build that has SwiftShader: node scripts/setup.mjs finds or installs one.';

/** The page object: elements by role and label. Waits depend on the state of the page, never on time. */
export class LabPage {
  readonly page: Page;
  readonly run: Locator;
  readonly stop: Locator;
  readonly device: Locator;
  readonly progress: Locator;
  readonly table: Locator;
  readonly rows: Locator;
  readonly chart: Locator;
  /** The badge of recorded examples. */
  readonly exampleBadge: Locator;

  constructor(page: Page) {
    this.page = page;
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.stop = page.getByRole('region', { name: 'Measure' }).getByRole('button', { name: /^Stop/ });
    this.device = page.getByLabel('Device', { exact: true });
    this.progress = page.getByRole('progressbar', { name: 'Run' });
    this.table = page.getByRole('region', { name: 'Records', exact: true }).getByRole('table');
    this.rows = this.table.locator('tbody tr');
    this.exampleBadge = page.getByText('Example, not measured on this device');
    this.chart = page.getByRole('img', { name: /^Size against quality/ });
  }

  /** Opens the page with this query and waits until it is ready. A missing adapter is a failure with a remedy. */
  async open(query = ''): Promise<void> {
    await this.page.goto(query && `?${query}`);
    await this.expectState(['ready', 'running', 'done', 'error']);
    const error = await this.error();
    expect(error?.code, `${NO_ADAPTER}\nThe page says: ${error?.message}`).not.toBe('no-webgpu');
  }

  /** Waits until the page is in one of these states. `expect` would serialise the whole page each time it polls. */
  async expectState(state: State | readonly State[], timeout = 60_000): Promise<void> {
    const wanted = [state].flat().map((name) => `html[data-lab-state=${name}]`);
    const reached = this.page.locator(wanted.join()).waitFor({ state: 'attached', timeout });
    await reached.catch(async (cause: unknown) => {
      const now = await this.page.locator('html').getAttribute('data-lab-state');
      throw new Error(`The page is in state "${now}", not "${[state].flat().join('" or "')}".`, { cause });
    });
  }

  /** Waits for the end of the run, and fails with the error of the page if there is one. */
  async finished(timeout = RUN_TIMEOUT): Promise<void> {
    await this.expectState(['done', 'error'], timeout);
    const error = await this.error();
    expect(error, `The page says: ${error?.message} ${error?.remedy}`).toBeNull();
    await this.expectState('done');
  }

  /** Shows a view by its name in the menu. */
  async show(view: string): Promise<void> {
    const link = this.page
      .getByRole('navigation', { name: 'Views' })
      .getByRole('link', { name: view, exact: true });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
  }

  /** Runs the plan of the page to its end. */
  async runPlan(timeout?: number): Promise<LabRecord[]> {
    await this.run.click();
    await this.expectState('running');
    await this.finished(timeout);
    return this.records();
  }

  /** Returns the records of the page, validated against the schema. */
  async records(): Promise<LabRecord[]> {
    const records = await this.page.evaluate(() => [...window.__lab.records]);
    return records.map(parseRecord);
  }

  error(): Promise<{ code: string; message: string; remedy: string } | null> {
    return this.page.evaluate(() => window.__lab.error);
  }

  /** Waits until the table has a row for this codec of the run. */
  async measured(spec: string): Promise<void> {
    await expect(this.exampleBadge).toHaveCount(0);
    await this.row(spec).waitFor();
  }

  row(spec: string): Locator {
    return this.rows.filter({ has: this.page.getByRole('button', { name: spec, exact: true }) });
  }
}

/** An event of a run and the time at which it arrived. */
export interface Seen {
  event: LabEvent;
  /** Milliseconds since navigation. */
  at: number;
}

declare global {
  interface Window {
    seenEvents: Seen[];
  }
}

/** Collects every lab:event of the page from its start; `seenEvents` returns them. */
export async function collectEvents(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.seenEvents = [];
    window.addEventListener('lab:event', (event) =>
      window.seenEvents.push({ event: (event as CustomEvent<LabEvent>).detail, at: performance.now() }),
    );
  });
}

export function seenEvents(page: Page): Promise<Seen[]> {
  return page.evaluate(() => window.seenEvents);
}
