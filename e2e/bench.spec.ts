import { writeFile } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { expect, note, test } from './support/test';

/** Where the page's results are written as JSON; without it they are only checked. */
const OUT = process.env.BITCURVE_PAGE_BENCH;

/** Returns the figures as they are shown, [kernel, ours, peer, ratio] of each row. */
async function shownFigures(rows: Locator): Promise<string[][]> {
  const cells = await rows.evaluateAll((all) =>
    all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
  );
  return cells.map(([kernel, , ours, peer, ratio]) => [kernel, ours, peer, ratio]);
}

test('the benchmark verifies every kernel and compares it with onnxruntime-web on the same adapter', async ({
  lab,
  page,
}) => {
  test.slow();
  await lab.open('verdict=off&view=benchmark');
  const panel = page.getByRole('region', { name: 'Kernel speed' });
  await panel.getByRole('button', { name: 'Run benchmark' }).click();
  const started = Date.now();
  // No other activity can start meanwhile.
  await expect(lab.run).toBeDisabled();
  await expect(panel.getByRole('status')).toHaveText(/^1 of \d+: /, { timeout: 180_000 });
  const rows = panel.getByRole('table').locator('tbody tr');
  await expect(rows).not.toHaveCount(0, { timeout: 300_000 });
  note('benchmark', `${Math.round((Date.now() - started) / 1000)} s`);

  await expect(rows.filter({ hasText: /FAIL/ })).toHaveCount(0);
  await expect(rows.filter({ hasNotText: 'verified' })).toHaveCount(0);
  await expect(panel.getByRole('columnheader', { name: /^onnxruntime-web .*WebGPU/ })).toBeVisible();
  for (const kind of ['matmul float32', 'attention', 'forward stories260K'])
    await expect(rows.filter({ hasText: kind }).first().getByRole('cell').nth(3)).toHaveText(/×$/);
  const figures = await shownFigures(rows);
  for (const [kernel, , , ratio] of figures) note(kernel, ratio);
  if (OUT) {
    const peer = await panel.locator('th').nth(3).textContent();
    const adapter = await page.evaluate(async () => {
      const { vendor, architecture } = (await navigator.gpu.requestAdapter())!.info;
      return `${vendor} ${architecture}`;
    });
    await writeFile(
      OUT,
      `${JSON.stringify({ schema: 'bitcurve.page-bench/1', adapter, peer, figures }, null, 2)}\n`,
    );
  }
  await expect(lab.run).toBeEnabled();
});

test('Stop ends the benchmark', async ({ lab, page }) => {
  await lab.open('verdict=off&view=benchmark');
  const panel = page.getByRole('region', { name: 'Kernel speed' });
  await panel.getByRole('button', { name: 'Run benchmark' }).click();
  await panel.getByRole('button', { name: 'Stop' }).click();
  await expect(panel.getByRole('button', { name: 'Run benchmark' })).toBeEnabled();
  await lab.expectState('ready');
  expect(await lab.error()).toBeNull();
});
