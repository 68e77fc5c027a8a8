import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { LabPage } from './support/lab';
import { expect, note, test } from './support/test';

/** Steps of each stage, few enough for a software adapter. */
const STEPS = 12;
const SHORT_TEXT = {
  Batch: '2',
  Length: '32',
  'Warm-up': '2',
  Windows: '2',
  Context: '32',
} as const;

test('a classifier is trained from scratch, with ternary weights and as control: loss curve, records, exports', async ({
  lab,
  page,
}) => {
  await lab.open();
  const panel = new TrainPanel(page);
  await panel.open();
  await panel.choose('tiny-classifier', { Steps: '40', Images: '256' });
  await panel.train.click();
  await expect(panel.stop).toBeVisible();
  // No other activity can start meanwhile.
  await expect(lab.run).toBeDisabled();
  await expect(panel.curve).toBeVisible();
  await panel.finished();

  await expect(panel.curve).toHaveAccessibleName(
    /^Training loss: float32 from scratch from \d.*; ternary weights .* in 40 steps; float32 control .* in 40 steps\.$/,
  );
  const loss = (await panel.curve.getAttribute('aria-label'))!.match(/from (\d\.\d+) to (\d\.\d+)/)!;
  note('loss of 40 steps from scratch', `${loss[1]} → ${loss[2]}`);
  expect(Number(loss[2])).toBeLessThan(0.7 * Number(loss[1]));

  const records = await lab.records();
  expect(records.map((r) => [r.role, r.codec.id, r.training?.kind])).toEqual([
    ['baseline', 'float32', 'fresh'],
    ['codec', 'ternary', undefined],
    ['codec', 'ternary', 'qat'],
    ['codec', 'float32', 'fine-tune'],
  ]);
  for (const { model, quality } of records) {
    expect(model.id).toBe('tiny-classifier');
    expect(quality).toMatchObject({ dataset: 'fashion-mnist', images: 256 });
  }
  await lab.show('Curve');
  // Trained and untrained ternary weights are two rows and two points of the same codec.
  await expect(page.getByRole('heading', { name: 'Curve of tiny-classifier' })).toBeVisible();
  await expect(lab.chart).toHaveAccessibleName(/of 3 records/);
  await expect(lab.rows).toHaveCount(4);
  await expect(lab.row('ternary(rule=optimal,group=64)').filter({ hasText: 'QAT' })).toHaveCount(1);
  await expect(lab.run).toBeEnabled();

  await lab.show('Train');
  const csv = await exported(page, 'Summary CSV');
  const [header, ...rows] = csv.trimEnd().split('\r\n');
  expect(header).toBe('mode,accuracy,loss,latency_s,bytes');
  expect(rows.map((row) => row.split(',')[0])).toEqual(['fp32', 'ptq', 'qat', 'fp32-control']);
  for (const row of rows) expect(row.split(',').slice(1).map(Number).every(Number.isFinite)).toBe(true);
  const summary = JSON.parse(await exported(page, 'Summary JSON')) as object;
  expect(Object.keys(summary)).toEqual(expect.arrayContaining(['model_id', 'baseline', 'ptq', 'qat']));
  expect((await exported(page, 'Steps CSV')).trimEnd().split('\r\n')).toHaveLength(1 + 3 * 40);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test('training of a language model can be stopped and resumed after a reload', async ({ lab, page }) => {
  await lab.open();
  const panel = new TrainPanel(page);
  await panel.open();
  await panel.choose('stories260K', { ...SHORT_TEXT, Steps: String(STEPS), 'Float32 control': 'off' });
  await panel.train.click();
  await expect(panel.status).toHaveText(/ternary weights \(1 of 1\): step [3-9] of 12/);
  await panel.stop.click();
  await expect(panel.resume).toBeVisible();
  const stopped = await stoppedAfter(panel);
  expect(stopped).toBeGreaterThanOrEqual(3);
  expect(stopped).toBeLessThan(STEPS);
  // Another run of this model would overwrite the paused one.
  await expect(panel.train).toBeDisabled();
  await expect(lab.run).toBeEnabled();

  await page.reload();
  await lab.expectState('ready');
  expect(await stoppedAfter(panel)).toBe(stopped);
  await panel.resume.click();
  await panel.finished();
  await expect(panel.curve).toHaveAccessibleName(/in 12 steps\.$/);
  const steps = (await exported(page, 'Steps CSV')).trimEnd().split('\r\n').slice(1);
  expect(steps.map((row) => Number(row.split(',')[1]))).toEqual(
    Array.from({ length: STEPS }, (_, i) => i + 1),
  );
  await expect(panel.resume).toHaveCount(0);

  const trained = (await lab.records()).filter((r) => r.training);
  expect(trained).toHaveLength(1);
  expect(trained[0].training).toMatchObject({ kind: 'qat', steps: STEPS, dataset: 'tinystories-training' });
  await lab.show('Curve');
  await expect(lab.row('ternary(rule=optimal,group=64)')).toHaveCount(2);
  // Trained weights are not stored, so the trained record is not offered for text generation.
  await lab.show('Generate');
  const offered = page.getByRole('region', { name: 'Same prompt, two models' }).getByLabel('Compare with');
  await expect(offered.locator('option')).toHaveCount(1);
});

test('an invalid setting disables Train, and a discarded run cannot be resumed', async ({ lab, page }) => {
  await lab.open();
  const panel = new TrainPanel(page);
  await panel.open();
  await panel.choose('tiny-classifier', { Steps: '0' });
  await expect(panel.section.getByRole('status')).toContainText('steps');
  await expect(panel.train).toBeDisabled();
  await panel.choose('tiny-classifier', { Steps: '400', 'Micro-batch': '7' });
  await expect(panel.section.getByRole('status')).toContainText(/7 .* does not divide a batch of 64/);
  await panel.choose('tiny-classifier', { 'Micro-batch': '', Images: '256' });
  await panel.train.click();
  await expect(panel.status).toHaveText(/step \d+ of 400/);
  await panel.stop.click();
  await panel.section.getByRole('button', { name: 'Discard' }).click();
  await expect(panel.resume).toHaveCount(0);
  await page.reload();
  await lab.expectState('ready');
  await panel.open();
  await expect(panel.train).toBeEnabled();
  await expect(panel.resume).toHaveCount(0);
});

/** Page object of the panel. */
class TrainPanel {
  readonly page: Page;
  readonly section;
  readonly train;
  readonly stop;
  readonly resume;
  readonly status;
  readonly curve;

  constructor(page: Page) {
    this.page = page;
    this.section = page.getByRole('region', { name: 'Train', exact: true });
    this.train = this.section.getByRole('button', { name: 'Train', exact: true });
    this.stop = this.section.getByRole('button', { name: /^Stop/ });
    this.resume = this.section.getByRole('button', { name: 'Resume' });
    this.status = this.section.locator('.step');
    this.curve = this.section.getByRole('img', { name: /^Training loss/ });
  }

  async open(): Promise<void> {
    await new LabPage(this.page).show('Train');
    await this.section.getByText('All settings').click();
  }

  async choose(model: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await this.section.getByLabel('Model to train').selectOption(model);
    for (const [label, text] of Object.entries(settings)) {
      const field = this.section.getByLabel(new RegExp(`^${label}( |$)`));
      if (await field.evaluate((el) => el.tagName === 'SELECT')) await field.selectOption(text);
      else await field.fill(text);
    }
  }

  /** Waits for the end of the run, when its form is shown again. */
  async finished(): Promise<void> {
    await expect(this.train).toBeVisible();
    const error = await this.page.evaluate(() => window.__lab.error);
    expect(error, `The page says: ${error?.message} ${error?.remedy}`).toBeNull();
    await expect(this.section.getByRole('region', { name: 'Results of training' })).toBeVisible();
  }
}

async function stoppedAfter({ section }: TrainPanel): Promise<number> {
  const text = await section.getByText(/stopped after step/).innerText();
  return Number(/after step (\d+)/.exec(text)![1]);
}

async function exported(page: Page, button: string): Promise<string> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(
    /^bitcurve-train-[\w-]+-\d{4}-\d{2}-\d{2}-\d{4}(-steps)?\.(json|csv)$/,
  );
  return readFile(await download.path(), 'utf8');
}
