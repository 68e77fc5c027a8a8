import { expect, note, test } from './support/test';

const SCREENS = [
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
];

for (const viewport of SCREENS)
  test.describe(`${viewport.width}×${viewport.height}`, () => {
    test.use({ viewport });

    test('device, model, Run and estimate are visible without scrolling', async ({ lab, page }) => {
      await lab.open();
      await expect(lab.device).toContainText(/swiftshader/i);
      await expect(lab.device).toContainText('software');
      await expect(page.locator('.estimate')).toHaveText(/^About \d/);
      const model = page.getByRole('radio', { name: /stories260K/ });
      await expect(model).toBeChecked();
      const label = page.locator('label').filter({ has: model });
      for (const part of [lab.device, label, lab.run, page.locator('.estimate')])
        await expect(part).toBeInViewport({ ratio: 1 });
      expect(await page.evaluate(() => [scrollX, scrollY])).toEqual([0, 0]);
      note('estimate of the default plan', await page.locator('.estimate').innerText());

      await page.getByRole('radio', { name: 'Custom' }).click();
      await expect(page.getByRole('heading', { name: 'Codecs' })).toBeVisible();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, 'nothing overflows horizontally').toBeLessThanOrEqual(0);
    });
  });
