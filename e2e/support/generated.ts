import type { Locator } from '@playwright/test';
import { expect } from './test';

/** Generates both texts of the comparison `box` and returns them. */
export async function generated(box: Locator): Promise<string[]> {
  await box.getByRole('button', { name: 'Generate' }).click();
  await expect(box.getByRole('button', { name: 'Generate' })).toBeEnabled();
  const sides = box.getByRole('article');
  await expect(sides).toHaveCount(2);
  return sides.locator('.generated').allInnerTexts();
}
