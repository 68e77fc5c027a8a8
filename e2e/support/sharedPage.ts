import { test as base } from '@playwright/test';
import { LabPage } from './lab';
import { expectNone, watchErrors } from './test';

interface Shared<T> {
  lab: LabPage;
  /** The result of `prepare`. */
  prepared: T;
}

/**
 * Returns a test function whose tests share one page, because they only inspect the result of one run or leave nothing behind. The
 * first test opens and prepares the page; after a failure it is opened again.
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
