import type { Page } from '@playwright/test';

/** Keeps back the code of a part of the page, by the name of its file under src, as a slow connection would. @returns lets it through */
export async function holdChunk(page: Page, name: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(new RegExp(`/assets/${name}-[\\w-]+\\.js$`), async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
