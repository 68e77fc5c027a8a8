import { LabPage } from './lab';
import { test as base } from './profiles';
import { expectNone, watchErrors } from './test';

interface Shared<T> {
  lab: LabPage;
  /** The result of `prepare`. */
  prepared: T;
}

interface Opened<T> extends Shared<T> {
  errors: Error[];
  close: () => Promise<void>;
}

/**
 * Returns a test function whose tests share one page, because they only inspect the result of one run or leave nothing behind. The
 * first test opens and prepares the page; after a failure it is opened again.
 */
export function withSharedPage<T>(prepare: (lab: LabPage) => Promise<T>) {
  let shared: Opened<T> | undefined;
  const test = base.extend<Shared<T> & { shared: Opened<T> }>({
    shared: async ({ profiles, adapter }, provide) => {
      if (!shared) {
        const context = await profiles.open(adapter);
        const page = await context.newPage();
        const errors = watchErrors(page);
        const lab = new LabPage(page);
        shared = { lab, errors, close: () => profiles.clear(context), prepared: await prepare(lab) };
      }
      await provide(shared);
      expectNone(shared.errors);
    },
    lab: async ({ shared: { lab } }, provide) => provide(lab),
    prepared: async ({ shared: { prepared } }, provide) => provide(prepared),
  });
  test.afterAll(() => shared?.close());
  return test;
}
