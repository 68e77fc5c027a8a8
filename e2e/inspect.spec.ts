import { expect, test } from './support/test';

test.use({ adapter: false });

test('a file is inspected down to one weight, and a text is written without the super weight', async ({
  lab,
  page,
}) => {
  await lab.open('view=inspect&text=tokens=8');
  const box = page.getByRole('region', { name: 'Inspect stories260K' });
  await expect(box.getByText(/rtn\(bits=4,group=32\): \d+ kB in \d+ tensors/)).toBeVisible();

  const heat = box.getByRole('region', { name: 'Relative error by block' });
  await heat.getByRole('button', { name: /layers\.1\.mlp\.up_proj/ }).click();
  await expect(box.getByRole('heading', { name: /^Weights of layers\.1\.mlp\.up_proj/ })).toBeVisible();
  await expect(page).toHaveURL(/tensor=model\.layers\.1\.mlp\.up_proj\.weight/);
  await expect(box.locator('.weights .level')).toHaveCount(15);
  await box.getByLabel('Row').fill('3');
  await expect(page).toHaveURL(/row=3/);
  const journey = box.locator('.journey');
  await expect(journey).toContainText(/Checkpoint[01]{32}/);
  const [, level, scale] = /level (\S+) × scale (\S+)/.exec(await journey.innerText())!.map(number);
  const restored = number(/Restored\s+(\S+), error/.exec(await journey.innerText())![1]);
  expect(restored).toBeCloseTo(level * scale, 6);

  await box.getByRole('slider', { name: 'Bits' }).press('ArrowLeft');
  await expect(box.getByText(/rtn\(bits=3,group=32\): \d+ kB/)).toBeVisible();
  await expect(box.locator('.weights .level')).toHaveCount(7);

  await box.getByRole('button', { name: 'Measure the sensitivity' }).click();
  await expect(box.getByText(/^The most harmful of \d+ weights/)).toBeVisible({ timeout: 60_000 });
  await box.getByLabel('Colour by').selectOption('Sensitivity');
  await expect(box.getByRole('region', { name: 'Sensitivity by block' })).toContainText('nats');
  await box.getByRole('button', { name: 'Write with and without it' }).click();
  await expect(box.getByRole('button', { name: 'Write with and without it' })).toBeEnabled();
  await expect(box.getByRole('article')).toHaveCount(2);
});

/** Reads a number as the page writes it. */
function number(text: string): number {
  return Number(text.replace('−', '-'));
}
