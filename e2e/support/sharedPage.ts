import { test as base } from '@playwright/test';
import { LabPage } from './lab';
import { expectNone, watchErrors } from './test';

interface Shared<T> {
  lab: LabPage;
  /** What `prepare` found. */
  prepared: T;
}

/**
 * Tests of one file that use one page after the other: they look at what a single run left behind, or leave nothing behind
 * themselves. The page is opened and prepared with the first of them, and again after one that fails.
 */
export function withSharedPage<T>(prepare: (lab: LabPage) => Promise<T>) {
  let shared: (Shared<T> & { errors: Error[] }) | undefined;
  const test = base.extend<Shared<T> & { shared: Shared<T> & { errors: Error[] } }>({
    shared: async ({ browser }, provide) => {
      if (!shared) {
        const page = await browser.newPage();
        const errors = watchErrors(page);
        const lab = new LabPage(page);
        shared = { lab, errors, prepared: await prepare(lab) };
      }
      await provide(shared);
      expectNone(shared.errors);
    },
    lab: async ({ shared: { lab } }, provide) => provide(lab),
    prepared: async ({ shared: { prepared } }, provide) => provide(prepared),
  });
  test.afterAll(() => shared?.lab.page.context().close());
  return test;
}
