import { expect, test as base, type Page } from '@playwright/test';
import { hideAdapter } from './hideAdapter';
import { LabPage } from './lab';

interface Fixtures {
  /**
   * Whether the page finds a WebGPU adapter; by default it does. Tests that are about something else than computing run faster without,
   * since the CPU encodes several times faster than a software adapter.
   */
  adapter: boolean;
  lab: LabPage;
  uncaught: Error[];
}

/** Gives each test a new browser profile and the page object. Uncaught errors and violations of the page's policy fail it. */
export const test = base.extend<Fixtures>({
  adapter: [true, { option: true }],
  context: async ({ context, adapter }, provide) => {
    if (!adapter) await hideAdapter(context);
    await provide(context);
  },
  lab: async ({ page }, provide) => provide(new LabPage(page)),
  uncaught: [
    async ({ page }, provide) => {
      const errors = watchErrors(page);
      await provide(errors);
      expectNone(errors);
    },
    { auto: true },
  ],
});

/** Collects uncaught errors of a page and violations of its policy. @returns the list, to which they are added */
export function watchErrors(page: Page): Error[] {
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) errors.push(new Error(message.text()));
  });
  return errors;
}

export function expectNone(errors: readonly Error[]): void {
  expect(errors, 'uncaught errors of the page').toEqual([]);
}

export { expect };

/** Adds a measured figure to the report. */
export function note(type: string, description: string): void {
  test.info().annotations.push({ type, description });
  console.log(`  ${type}: ${description}`);
}
