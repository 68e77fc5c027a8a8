import { expect, note, test } from './support/test';

const SCREENS = [
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
];

test('device, model, Run and estimate are visible without scrolling', async ({ lab, page }) => {
  await lab.open();
  await expect(lab.device).toContainText(/swiftshader/i);
  await expect(lab.device).toContainText('software');
  const estimate = page.locator('.estimate');
  await expect(estimate).toHaveText(/^About \d/);
  note('estimate of the default plan', await estimate.innerText());
  const model = page.getByRole('radio', { name: /stories260K/ });
  await expect(model).toBeChecked();
  const label = page.locator('label').filter({ has: model });
  for (const screen of SCREENS) {
    await page.setViewportSize(screen);
    for (const part of [lab.device, label, lab.run, estimate])
      await expect(part).toBeInViewport({ ratio: 1 });
    expect(await page.evaluate(() => [scrollX, scrollY])).toEqual([0, 0]);
  }

  await page.getByRole('radio', { name: 'Custom' }).click();
  await expect(page.getByRole('heading', { name: 'Codecs' })).toBeVisible();
  for (const screen of SCREENS) {
    await page.setViewportSize(screen);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, 'nothing overflows horizontally').toBeLessThanOrEqual(0);
  }
});
