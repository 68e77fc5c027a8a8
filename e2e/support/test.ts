import { test as base } from '@playwright/test';
import { LabPage } from './lab';

/** Every test gets a fresh browser profile and the page object; errors nobody caught and what the page's policy refused fail it. */
export const test = base.extend<{ lab: LabPage; uncaught: Error[] }>({
  lab: async ({ page }, provide) => provide(new LabPage(page)),
  uncaught: [
    async ({ page }, provide) => {
      const errors: Error[] = [];
      page.on('pageerror', (error) => errors.push(error));
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) errors.push(new Error(message.text()));
      });
      await provide(errors);
      base.expect(errors, 'errors nobody caught in the page').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';

/** Writes a measured figure into the report. */
export function note(type: string, description: string): void {
  test.info().annotations.push({ type, description });
  console.log(`  ${type}: ${description}`);
}
