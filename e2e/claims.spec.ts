import { expect, test } from './support/test';

test.use({ adapter: false });

test('the ledger of published figures, by project and verdict, in both themes and on a phone', async ({
  lab,
  page,
}) => {
  await lab.open('verdict=off&view=tasks');
  const ledger = page.getByRole('region', { name: 'Published figures' });
  const claims = ledger.getByRole('list', { name: 'Claims' }).locator('> li');
  await expect(ledger.getByRole('status')).toHaveText(/^(\d+) of \1 claims$/);
  await expect(claims.filter({ hasText: 'compression of 21.9 : 1' })).toContainText('refuted');

  await ledger.getByLabel('Project').selectOption('Tenpak');
  await ledger.getByLabel('Verdict').selectOption('reproduced');
  await expect(claims.filter({ hasText: 'tenpak_x_v1: 4.08×' })).toContainText(
    '768 × 3072 in its layout: 4.08×',
  );
  await expect(claims.filter({ hasNotText: 'Tenpak' })).toHaveCount(0);
  await expect(claims.filter({ hasNotText: 'reproduced' })).toHaveCount(0);

  for (const theme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      await ledger.scrollIntoViewIfNeeded();
      await page.screenshot({ path: test.info().outputPath(`${width}-${theme}.png`) });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${width} ${theme}`).toBeLessThanOrEqual(0);
    }
});
