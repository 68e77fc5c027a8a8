import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { parseSafetensors } from '../src/formats/safetensors/read';
import type { LabPage } from './support/lab';
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
  await command('make', '--base', BASE, '--tuned', model, '--exact', '--out', delta);
  return { model, delta };
}

/** Runs the command line in a process of its own. */
async function command(...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/cli.mjs', 'delta', ...args]);
}

/** Cross-checks the record of the difference, and downloads its artefact. */
async function checkRecord(lab: LabPage, artefactSha256: string): Promise<void> {
  const { page } = lab;
  await lab.row(CODEC).getByRole('button', { name: CODEC, exact: true }).click();
  const steps = page.getByRole('region', { name: `Verification of ${CODEC}` });
  await steps.getByRole('button', { name: 'Cross-check' }).click();
  await expect(steps.getByRole('listitem').filter({ hasText: 'Run by another program' })).toContainText(
    'agrees',
    { timeout: 60_000 },
  );
  const files = page.getByRole('region', { name: `Files of ${CODEC}` });
  const download = page.waitForEvent('download');
  await files.getByRole('button', { name: 'Download' }).click();
  const bytes = readFileSync(await (await download).path());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(artefactSha256);
}

/** Makes the delta of both models in the page, downloads it, and applies it on the command line. */
async function makeInPage(page: Page, model: string): Promise<void> {
  const panel = page.getByRole('region', { name: 'Make a delta' });
  await panel.getByLabel('Fine-tuned model').selectOption('local:tuned');
  await panel.getByLabel('Base of the delta').selectOption('stories260K');
  await panel.getByLabel('Keep').selectOption('values within an error');
  await panel.getByLabel(/^Largest error/).fill('2');
  await panel.getByRole('button', { name: 'Make the delta' }).click();
  await expect(page.getByText('Largest error cannot be "2".')).toBeVisible();
  await panel.getByLabel('Keep').selectOption('every bit');
  await panel.getByRole('button', { name: 'Make the delta' }).click();
  await expect(panel.getByRole('status')).toHaveText(
    /smaller than the fine-tuned model.*Every bit is restored/,
  );
  const encoders = panel.getByRole('region', { name: 'Encoders of the delta' });
  await expect(encoders.getByRole('row', { name: /^zero/ })).toBeVisible();

  const download = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Download' }).click();
  const file = await (await download).path();
  const restored = test.info().outputPath('restored');
  await command('apply', '--base', BASE, file, '--out', restored);
  const weights = 'model.safetensors';
  expect(readFileSync(`${restored}/${weights}`)).toEqual(readFileSync(`${model}/${weights}`));
}

test('codecs of the difference and deltas are measured with a base, and the panel makes a delta and shows when it pays', async ({
  lab,
  page,
}) => {
  test.slow();
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
  await checkRecord(lab, record.artefactSha256!);

  await page.getByRole('button', { name: 'Measure files…' }).click();
  const files = page.getByRole('dialog', { name: 'Measure files' });
  await files.getByLabel('Base').selectOption('stories260K');
  await files.getByLabel('Measure a delta…').last().setInputFiles(delta);
  await expect(lab.row('file(local:tuned.delta)')).toBeVisible();
  const exact = (await lab.records()).find(({ codec }) => codec.id === 'file')!;
  expect(exact.quality.value).toBe(baseline.quality.value);
  expect(exact.size.totalBytes).toBeLessThan(20_000);

  await lab.show('Decide');
  await page.getByText('A fine-tuned model as its difference from a base').click();
  await makeInPage(page, model);
  await page.getByRole('button', { name: 'Measure what it restores' }).click();
  await lab.expectState('running');
  await lab.finished();
  const made = (await lab.records()).filter(({ codec }) => codec.id === 'file');
  expect(made.at(-1)!.quality.value).toBe(baseline.quality.value);
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
