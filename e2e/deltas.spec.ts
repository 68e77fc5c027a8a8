import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parseSafetensors } from '../src/formats/safetensors/read';
import { small } from './support/plans';
import { expect, test } from './support/test';

const BASE = 'public/models/stories260K';
const CODEC = 'delta(rtn(bits=2,group=32))';

test.use({ adapter: false });

/** Writes a model that differs from the base in some of the low bits of one matrix, and its exact delta. */
async function tunedModel(folder: string): Promise<{ model: string; delta: string }> {
  const model = `${folder}/tuned`;
  cpSync(BASE, model, { recursive: true });
  const bytes = new Uint8Array(readFileSync(`${model}/model.safetensors`));
  const weight = parseSafetensors(bytes).tensors.get('model.layers.2.mlp.up_proj.weight')!.bytes;
  for (let i = 1; i < weight.length; i += 28) weight[i] ^= 0x5a;
  writeFileSync(`${model}/model.safetensors`, bytes);
  const delta = `${folder}/tuned.delta`;
  const pair = ['--base', BASE, '--tuned', model, '--exact', '--out', delta];
  await promisify(execFile)(process.execPath, ['scripts/cli.mjs', 'delta', 'make', ...pair]);
  return { model, delta };
}

test('codecs of the difference and deltas are measured with a base, and the panel shows when storing one pays', async ({
  lab,
  page,
}) => {
  const { model, delta } = await tunedModel(test.info().outputDir);
  await lab.open(small('float16', 'model=stories260K'));
  await page.getByRole('button', { name: 'More models…' }).click();
  const models = page.getByRole('dialog', { name: 'More models' });
  await models.getByLabel('Choose a folder…').last().setInputFiles(model);
  await expect(models).toBeHidden();

  const query = `${small(CODEC)}&model=local:tuned&base=stories260K&data=tinystories`;
  await page.evaluate((plan) => window.__lab.run(plan), query);
  const [baseline, record] = await lab.records();
  expect(record.codec).toMatchObject({ spec: CODEC, base: { id: 'stories260K' } });
  expect(record.quality.klMean).toBeLessThan(1e-6);

  await page.getByRole('button', { name: 'Measure files…' }).click();
  const files = page.getByRole('dialog', { name: 'Measure files' });
  await files.getByLabel('Base').selectOption('stories260K');
  await files.getByLabel('Measure a delta…').last().setInputFiles(delta);
  await expect(lab.row('file(local:tuned.delta)')).toBeVisible();
  const exact = (await lab.records()).find(({ codec }) => codec.id === 'file')!;
  expect(exact.quality.value).toBe(baseline.quality.value);
  expect(exact.size.totalBytes).toBeLessThan(20_000);

  await page.getByText('When storing the difference from a base pays').click();
  const table = page.getByRole('region', { name: 'Ways of storing a difference' }).getByRole('table');
  await page.getByRole('slider', { name: 'Values that did not change' }).fill('50');
  const row = table.getByRole('row', { name: 'bitmap and float16' });
  await expect(row.getByRole('cell')).toHaveText(['9.00', '6.3 %', '56.3 %']);
  for (const [theme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: theme });
    const panel = page.locator('.deltas');
    await panel.scrollIntoViewIfNeeded();
    await panel.screenshot({ path: test.info().outputPath(`deltas-${theme}-${width}.png`) });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${theme} ${width}: nothing overflows horizontally`).toBeLessThanOrEqual(0);
  }
});
