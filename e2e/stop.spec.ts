import type { Page } from '@playwright/test';
import { expect, note, test } from './support/test';

/** Enough windows that every codec takes a while, so that Stop meets a run in full swing. */
const PLAN =
  'codec=rtn(bits=4,group=32);nf4;rtn(bits=3,group=32);ternary&windows=8&context=64&calibration-windows=2&verdict=off';
/** The page promises 500 ms; a software adapter that shares two cores may be late, a hanging Stop is far later. */
const STOP_BOUND_MS = 2000;

test('Stop keeps what is done, also over a reload, and Run resumes', async ({ lab, page }) => {
  await timeStop(page);
  await lab.open(PLAN);
  await lab.run.click();
  await lab.measured('rtn(bits=4,group=32)');
  await lab.stop.click();
  await lab.expectState('done');
  const stopMs = await page.evaluate(() => window.doneAt - window.stopClickedAt);
  note('stop', `answered ${Math.round(stopMs)} ms after the click`);
  expect(stopMs).toBeLessThan(STOP_BOUND_MS);
  await expect(page.getByText(/Stopped: \d of 4 codecs kept/)).toBeVisible();

  const kept = await lab.records();
  const codecs = kept.filter((r) => r.role === 'codec');
  expect(codecs.length).toBeGreaterThan(0);
  expect(codecs.length).toBeLessThan(4);

  await page.reload();
  await lab.expectState('ready');
  expect(await lab.records()).toEqual(kept);
  await expect(lab.rows).toHaveCount(kept.length);

  const resumed = await lab.runPlan();
  expect(resumed).toHaveLength(5);
  // What was measured before is taken as it was: same identity, same moment, same figures.
  for (const record of codecs) expect(resumed).toContainEqual(record);
  expect(new Set(resumed.map((r) => r.runKey)).size).toBe(5);
  await expect(page.getByText('Done: 4 of 4 codecs')).toBeVisible();
});

declare global {
  interface Window {
    stopClickedAt: number;
    doneAt: number;
  }
}

/** Times in the page itself, without the way to the test and back. */
async function timeStop(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const clicked = (event: Event): void => {
      const button = (event.target as Element).closest('button');
      if (button?.textContent === 'Stop') window.stopClickedAt = performance.now();
    };
    window.addEventListener('click', clicked, { capture: true });
    window.addEventListener('lab:done', () => (window.doneAt = performance.now()));
  });
}
