import { expect, test as base, type Page } from '@playwright/test';
import { LabPage } from './lab';

/** Gives each test a new browser profile and the page object. Uncaught errors and violations of the page's policy fail it. */
export const test = base.extend<{ lab: LabPage; uncaught: Error[] }>({
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
