import { expect, note, test } from './support/test';

test('the benchmark verifies every kernel and compares it with onnxruntime-web on the same adapter', async ({
  lab,
  page,
}) => {
  test.slow();
  await lab.open('verdict=off');
  const panel = page.getByRole('region', { name: 'Kernel speed' });
  await panel.getByRole('button', { name: 'Run benchmark' }).click();
  const started = Date.now();
  // No other activity can start meanwhile.
  await expect(lab.run).toBeDisabled();
  await expect(panel.getByRole('status')).toHaveText(/^1 of \d+: /, { timeout: 60_000 });
  const rows = panel.getByRole('table').locator('tbody tr');
  await expect(rows).not.toHaveCount(0, { timeout: 300_000 });
  note('benchmark', `${Math.round((Date.now() - started) / 1000)} s`);

  await expect(rows.filter({ hasText: /FAIL/ })).toHaveCount(0);
  await expect(rows.filter({ hasNotText: 'verified' })).toHaveCount(0);
  await expect(panel.getByRole('columnheader', { name: /^onnxruntime-web .*WebGPU/ })).toBeVisible();
  for (const kind of ['matmul float32', 'attention', 'forward stories260K'])
    await expect(rows.filter({ hasText: kind }).first().getByRole('cell').nth(3)).toHaveText(/×$/);
  await expect(lab.run).toBeEnabled();
});

test('Stop ends the benchmark', async ({ lab, page }) => {
  await lab.open('verdict=off');
  const panel = page.getByRole('region', { name: 'Kernel speed' });
  await panel.getByRole('button', { name: 'Run benchmark' }).click();
  await panel.getByRole('button', { name: 'Stop' }).click();
  await expect(panel.getByRole('button', { name: 'Run benchmark' })).toBeEnabled();
  await lab.expectState('ready');
  expect(await lab.error()).toBeNull();
});
