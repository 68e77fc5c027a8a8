// A test that another project can copy: it needs @playwright/test and the address of a page of Bitcurve (docs/automation.md).
import { expect, test } from '@playwright/test';

/** The address of the page, which ends with a slash; by default the base URL of the Playwright configuration. */
const PAGE = process.env.BITCURVE_URL ?? './';

const PLAN = {
  model: 'stories260K',
  codec: 'float16;rtn(bits=4,group=32)',
  windows: '4',
  context: '32',
  verdict: 'off',
};

test('a plan in the address is measured, and the page shows and returns its records', async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto(`${PAGE}?${new URLSearchParams({ ...PLAN, autostart: '1' })}`);
  // The page says on <html> what it does; "done" and "error" are the ends of a run.
  const ended = page.locator('html:is([data-lab-state=done], [data-lab-state=error])');
  await ended.waitFor({ state: 'attached', timeout: 240_000 });
  const { error, records } = await page.evaluate(() => ({
    error: window.__lab.error,
    records: window.__lab.records,
  }));
  expect(error).toBeNull();

  expect(records.map((record) => record.codec.spec)).toEqual(['baseline', 'float16', 'rtn(bits=4,group=32)']);
  const [baseline, float16, int4] = records;
  expect(int4.size.totalBytes).toBeLessThan(float16.size.totalBytes);
  expect(float16.size.totalBytes).toBeLessThan(baseline.size.totalBytes);
  // Quality is measured from the bytes of the file, and has a paired 95 % interval.
  for (const { quality, verification } of [float16, int4]) {
    expect(verification.fromArtefact).toBe(true);
    expect(quality.deltaPercentCi95[0]).toBeLessThanOrEqual(quality.deltaPercentCi95[1]);
  }
  await expect(page.getByRole('row').filter({ hasText: 'rtn(bits=4,group=32)' })).toBeVisible();
});
