import { generated } from './support/generated';
import { small } from './support/plans';
import { expect, test } from './support/test';

const TOKENS = 12;

test('generated text is reproducible, and the first difference is marked', async ({ lab, page }) => {
  await lab.open(small('float16;rtn(bits=2,group=32)'));
  await lab.runPlan();
  await lab.show('Generate');
  const box = page.getByRole('region', { name: 'Same prompt, two models' });
  await box.getByLabel('Prompt').fill('Once upon a time');
  await box.getByLabel(/^Tokens/).fill(String(TOKENS));
  await box.getByLabel(/^Temperature/).fill('0');

  await box.getByLabel('Compare with').selectOption({ label: 'rtn(bits=2,group=32)' });
  const coarse = await generated(box);
  await expect(box.getByRole('status')).toHaveText(/^The texts differ from token \d+ on\.$/);
  await expect(box.locator('ins')).not.toHaveCount(0);
  expect(await generated(box)).toEqual(coarse);

  await box.getByLabel('Compare with').selectOption({ label: 'float16' });
  const fine = await generated(box);
  expect(fine[0]).toBe(coarse[0]);
  expect(fine[1]).toBe(fine[0]);
  await expect(box.getByRole('status')).toHaveText('Both texts are identical.');

  await box.getByLabel(/^Temperature/).fill('1');
  const drawn = await generated(box);
  expect(await generated(box)).toEqual(drawn);
  await box.getByLabel(/^Seed/).fill('2');
  expect(await generated(box)).not.toEqual(drawn);
});
