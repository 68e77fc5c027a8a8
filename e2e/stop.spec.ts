import type { Page } from '@playwright/test';
import { expect, note, test } from './support/test';

/** Enough windows that each codec takes some time, so that Stop interrupts one. */
const PLAN =
  'codec=rtn(bits=4,group=32);nf4;rtn(bits=3,group=32);ternary&windows=8&context=64&calibration-windows=2&verdict=off';
/** The page aims at 500 ms. The limit leaves room for a software adapter on two shared cores. */
const MAX_STOP_MS = 2000;

test('Stop keeps finished records, also after a reload, and Run resumes', async ({ lab, page }) => {
  await timeStop(page);
  await lab.open(PLAN);
  await lab.run.click();
  await lab.measured('rtn(bits=4,group=32)');
  await lab.stop.click();
  await lab.expectState('done');
  const stopMs = await page.evaluate(() => window.doneAt - window.stopClickedAt);
  note('stop', `answered ${Math.round(stopMs)} ms after the click`);
  expect(stopMs).toBeLessThan(MAX_STOP_MS);
  await expect(page.getByText(/Stopped: \d of 4 codecs measured/)).toBeVisible();

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
  // Records of the stopped run are reused unchanged.
  for (const record of codecs) expect(resumed).toContainEqual(record);
  expect(new Set(resumed.map((r) => r.runKey)).size).toBe(5);
  await expect(page.getByText('Done: 4 of 4 codecs measured')).toBeVisible();
});

declare global {
  interface Window {
    stopClickedAt: number;
    doneAt: number;
  }
}

/** Records the times in the page itself, without the delay of the connection to the test. */
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
