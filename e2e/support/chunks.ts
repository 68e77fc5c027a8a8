import type { Page } from '@playwright/test';

/** Delays a chunk of the page, named after its source file, like a slow connection. @returns a function that releases it */
export async function holdChunk(page: Page, name: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(new RegExp(`/assets/${name}-[\\w-]+\\.js$`), async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
