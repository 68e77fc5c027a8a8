import { expect, test as base, type Page } from '@playwright/test';
import { LabPage } from './lab';

/** Every test gets a fresh browser profile and the page object; errors nobody caught and what the page's policy refused fail it. */
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

/** @returns the errors nobody catches in a page and what its policy refuses, as they come */
export function watchErrors(page: Page): Error[] {
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) errors.push(new Error(message.text()));
  });
  return errors;
}

export function expectNone(errors: readonly Error[]): void {
  expect(errors, 'errors nobody caught in the page').toEqual([]);
}

export { expect };

/** Writes a measured figure into the report. */
export function note(type: string, description: string): void {
  test.info().annotations.push({ type, description });
  console.log(`  ${type}: ${description}`);
}
