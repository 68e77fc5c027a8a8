import { small } from './support/plans';
import { expect, test } from './support/test';

// Nothing here needs the adapter, and the CPU encodes faster than a software adapter.
test.use({ adapter: false });

test('a cascade is measured, drawn beside its baselines, and listed', async ({ lab, page }) => {
  await lab.open(small('rtn(bits=2,group=32);rtn(bits=3,group=32)', 'model=stories260K'));
  await lab.show('Decide');
  await page.getByRole('heading', { name: 'Routing', exact: true }).click();
  const panel = page.getByRole('region', { name: 'Routing', exact: true });
  await panel.getByLabel('Small variant of stories260K').selectOption('rtn(bits=3,group=32)');
  await panel.getByLabel('Large variant').selectOption('rtn(bits=3,group=32)');
  await panel.getByRole('button', { name: 'Measure routing' }).click();
  await expect(page.getByText('Both variants are rtn(bits=3,group=32) of stories260K.')).toBeVisible();

  await panel.getByLabel('Large variant').selectOption('float32');
  await panel.getByLabel(/^Wanted quality/).fill('50');
  await panel.getByRole('button', { name: 'Measure routing' }).click();
  const row = (name: string) =>
    panel.getByRole('region', { name: 'Routing curve' }).getByRole('row', { name: new RegExp(`^${name} `) });
  const cells = async (name: string) => (await row(name).getByRole('cell').allTextContents()).map(parseFloat);
  await expect(row('always large')).toBeVisible();
  const [largeShare, , largeCost, , largePerplexity] = await cells('always large');
  expect([largeShare, largeCost]).toEqual([100, 1]);
  const [smallShare, , smallCost, , smallPerplexity] = await cells('always small');
  expect(smallShare).toBe(0);
  expect(smallCost).toBeLessThan(0.5);
  expect(smallPerplexity).toBeGreaterThan(largePerplexity);
  await expect(panel.getByRole('status')).toHaveText(/^At most 50 % above the large variant: (reads|saves) /);
  await expect(panel.getByRole('img', { name: /^Bytes read against perplexity/ })).toBeVisible();

  // By token both variants process nearly every token; by prompt the large one reads at most the routed windows.
  expect((await cells('fitted to 50 %'))[3]).toBeGreaterThan(1.9);
  await panel.getByLabel('Routed by').selectOption('prompt');
  expect((await cells('fitted to 50 %'))[3]).toBeLessThan(1.6);

  await panel.getByText('A published router’s arithmetic on assumptions, not measured').click();
  await panel.getByLabel('Requests a day').fill('2000000');
  await expect(panel.getByText('$131,400 a year')).toBeVisible();

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      await expect(panel.locator('svg[role=img]')).toHaveAttribute('width', /\d/);
      await panel.screenshot({ path: test.info().outputPath(`${width}-${colorScheme}.png`) });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${width} pixels, ${colorScheme}`).toBeLessThanOrEqual(0);
    }
});
