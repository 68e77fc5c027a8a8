import { expect, type Page } from '@playwright/test';
import { LabPage } from './lab';
import { test as base } from './profiles';

interface Fixtures {
  lab: LabPage;
  uncaught: Error[];
}

/** Gives each test an empty browser profile and the page object. Uncaught errors and violations of the page's policy fail it. */
export const test = base.extend<Fixtures>({
  context: async ({ profiles, adapter }, provide) => {
    const context = await profiles.open(adapter);
    await provide(context);
    await profiles.clear(context);
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
