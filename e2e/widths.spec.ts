import type { LabPage } from './support/lab';
import { expect, test } from './support/test';

/** Widths of a phone, a tablet and a desktop window in CSS pixels. */
const WIDTHS = [360, 768, 1280];
const LONG = 'rans(hadamard(rtn(bits=4,group=32,scheme=asymmetric,clip=true)))';
/** The first codec fails, since it cannot be calibrated on the evaluation data; the run continues with the others. */
const PLAN = `codec=gptq;${LONG};nf4;rtn(bits=3,group=32);hadamard(nf4(block=64));ternary&verdict=off&calibration=tinystories`;

test('the page never scrolls horizontally before, during and after a run with long names', async ({
  lab,
  page,
}) => {
  await lab.open(PLAN);
  await page.getByRole('radio', { name: 'Custom' }).click();
  await expect(page.getByRole('heading', { name: 'Codecs' })).toBeVisible();
  await expectNoHorizontalScroll(lab);
  await page.getByRole('radio', { name: 'Custom' }).click();

  await lab.run.click();
  const step = page.locator('.progress .step');
  await expect(step).toHaveText(`${LONG}: compressing`);
  await expect(page.getByRole('alert')).toContainText('is the data this plan measures on');
  await expectNoHorizontalScroll(lab);
  await lab.expectState('running');
  await expect(step).toContainText(LONG);

  await lab.stop.click();
  await lab.expectState('done');
  await expectNoHorizontalScroll(lab);
});

test('the page does not scroll horizontally for an error with a very long word', async ({ lab, page }) => {
  // The error message truncates longer names.
  const word = 'x'.repeat(100);
  await lab.open(`codec=${word}`);
  await expect(page.getByRole('alert')).toContainText(word);
  await expectNoHorizontalScroll(lab);
});

/** Checks that the content of the page is not wider than the window, at each width. */
async function expectNoHorizontalScroll({ page }: LabPage): Promise<void> {
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
