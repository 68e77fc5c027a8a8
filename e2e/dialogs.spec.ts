import { holdChunk } from './support/chunks';
import { expect, test } from './support/test';

test('Escape closes a dialog whose content is still loading, and it stays closed', async ({ lab, page }) => {
  const release = await holdChunk(page, 'ModelChoices');
  await lab.open();
  const opener = page.getByRole('button', { name: 'More models…' });
  const dialog = page.getByRole('dialog', { name: 'More models' });
  const asked = page.waitForRequest(/\/ModelChoices-/);
  await opener.click();
  const chunk = await asked;
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText('Loading…');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();

  release();
  await page.evaluate((url) => import(url) as Promise<unknown>, chunk.url());
  await expect(dialog).toBeHidden();
  await opener.press('Enter');
  await expect(dialog).toContainText('On the hub');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});
