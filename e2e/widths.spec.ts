import type { LabPage } from './support/lab';
import { expect, test } from './support/test';

/** A phone, a tablet, a window. */
const WIDTHS = [360, 768, 1280];
const LONG = 'rans(hadamard(rtn(bits=4,group=32,scheme=asymmetric,clip=true)))';
/** One codec fails with a sentence: it may not learn from the very data it is measured on. The others keep the run going. */
const PLAN = `codec=gptq;${LONG};nf4;rtn(bits=3,group=32);hadamard(nf4(block=64));ternary&verdict=off&calibration=tinystories`;

test('before, during and after a run with long names nothing makes the page scroll sideways', async ({
  lab,
  page,
}) => {
  await lab.open(PLAN);
  await page.getByRole('radio', { name: 'Custom' }).click();
  await expect(page.getByRole('heading', { name: 'Codecs' })).toBeVisible();
  await expectNoSideways(lab);
  await page.getByRole('radio', { name: 'Custom' }).click();

  await lab.run.click();
  const step = page.locator('.progress .step');
  await expect(step).toHaveText(`${LONG}: compressing`, { timeout: 60_000 });
  await expect(page.getByRole('alert')).toContainText('is the data this plan measures on');
  await expectNoSideways(lab);
  await lab.expectState('running');
  await expect(step).toContainText(LONG);

  await lab.stop.click();
  await lab.expectState('done');
  await expectNoSideways(lab);
});

test('neither does an error sentence with a word wider than a tablet', async ({ lab, page }) => {
  // Longer names are cut by the sentence itself.
  const word = 'x'.repeat(100);
  await lab.open(`codec=${word}`);
  await expect(page.getByRole('alert')).toContainText(word);
  await expectNoSideways(lab);
});

/** At every width the page’s content is no wider than its window. */
async function expectNoSideways({ page }: LabPage): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const [content, shown] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    expect(shown).toBeGreaterThan(0);
    expect(content, `${width} pixels wide`).toBeLessThanOrEqual(shown);
  }
}
