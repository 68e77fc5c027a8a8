import type { Page } from '@playwright/test';

/** Imports a file of records with the page's button. */
export async function importFile(page: Page, name: string, text: string): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import…' }).click();
  const chooser = await choosing;
  await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
}
