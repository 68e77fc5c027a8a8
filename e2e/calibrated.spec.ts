import type { Locator, Page } from '@playwright/test';
import type { LabRecord } from '../src/lab/results/record';
import { small } from './support/plans';
import { expect, note, test } from './support/test';

/** Four short windows each for measuring and for calibration, since a software adapter is slow. */
const PLAN = 'codec=float16&windows=4&context=32&calibration-windows=4&verdict=off';
const SCREENS = [
  { name: 'wide', width: 1280, height: 720 },
  { name: 'narrow', width: 390, height: 844 },
];

test.use({ adapter: false });

test('gptq and rans(rtn) added in the editor: records name their calibration and have output errors', async ({
  lab,
  page,
}) => {
  await lab.open(PLAN);
  await openEditor(page);
  await addCodec(page, 'gptq');
  await addCodec(page, 'rans');
  const rans = item(page, /^rans\(rtn/);
  await rans.locator('summary').click();
  const inner = rans.getByLabel('Inner codec');
  await expect(inner).toHaveValue('rtn');
  await expect(inner.locator('option[value=allocate]')).toHaveCount(0);
  await item(page, /^gptq/).locator('summary').click();
  await expectNoOverflow(page, 'editor');

  const records = await timedRun(lab);
  const gptq = codecOf(records, 'gptq');
  expect(gptq.codec.calibration).toMatchObject({
    dataset: 'tinystories-calibration',
    windows: 4,
    seeds: [1],
  });
  expect(gptq.speed.calibrateMs).toBeGreaterThan(0);
  for (const id of ['gptq', 'rans', 'float16']) {
    const errors = codecOf(records, id).error!.layers.map((layer) => layer.outputError!);
    expect(errors.every((error) => error > 0 && error < 1)).toBe(true);
  }
  expect(codecOf(records, 'rans').size.totalBytes).toBeLessThan(gptq.size.totalBytes);

  await lab.row(gptq.codec.spec).getByRole('button').click();
  const figures = page.getByLabel(`Figures of ${gptq.codec.spec}`);
  await figures.getByText('All figures').click();
  await expect(figures).toContainText('4 windows of 32 tokens, one draw, seed 1');
  await figures.getByText(/^Error of each matrix/).click();
  await expect(figures.getByRole('columnheader', { name: 'Output error' })).toBeVisible();
  await expectNoOverflow(page, 'record');
});

test('an allocation shows which codec each matrix got', async ({ lab, page }) => {
  await lab.open(PLAN);
  await openEditor(page);
  await addCodec(page, 'allocate');
  const own = item(page, /^allocate/);
  await own.locator('summary').click();
  await own.getByLabel('Sensitivity').selectOption('weight');
  await page.getByRole('button', { name: 'Remove float16' }).click();

  const records = await timedRun(lab);
  const { codec, error, size } = codecOf(records, 'allocate');
  expect(size.bitsPerWeight).toBeLessThanOrEqual(5);
  expect(new Set(error!.layers.map((layer) => layer.codec)).size).toBeGreaterThan(1);

  await lab.row(codec.spec).getByRole('button').click();
  const figures = page.getByLabel(`Figures of ${codec.spec}`);
  await figures.getByText('All figures').click();
  await expect(figures.locator('dt', { hasText: 'Codecs chosen' })).toBeVisible();
  await figures.getByText(/^Error of each matrix/).click();
  await expect(figures.getByRole('columnheader', { name: 'Codec' })).toBeVisible();
  await expectNoOverflow(page, 'allocation');
});

test('the editor reports an option out of range and missing calibration', async ({ lab, page }) => {
  await lab.open(PLAN);
  await openEditor(page);
  await addCodec(page, 'gptq');
  const gptq = item(page, /^gptq/);
  await gptq.locator('summary').click();
  await gptq.getByLabel(/^Damping/).fill('7');
  await expect(gptq.locator('.problem')).toContainText('damping=7');
  await expect(lab.run).toBeDisabled();
  await gptq.getByRole('button', { name: /^Reset Damping/ }).click();
  await expect(lab.run).toBeEnabled();

  const calibration = page.getByLabel('Calibration', { exact: true });
  await expect(page.getByLabel(/^Calibration windows/)).toBeVisible();
  await calibration.selectOption('none');
  await expect(page.getByLabel(/^Calibration windows/)).toHaveCount(0);
  await expect(gptq.locator('.problem')).toContainText('needs calibration data');
});

test('a codec cannot be calibrated on the evaluation data', async ({ lab, page }) => {
  await lab.open(small('gptq', 'calibration=tinystories'));
  await lab.run.click();
  await expect(page.getByRole('alert')).toContainText('is the data this plan measures on');
  await expect(page.getByRole('alert')).toContainText('tinystories-calibration');
  expect((await lab.records()).map((record) => record.role)).toEqual(['baseline']);
});

async function openEditor(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Custom' }).click();
}

async function addCodec(page: Page, id: string): Promise<void> {
  await page.getByLabel('Add a codec').selectOption(id);
}

function item(page: Page, spelling: RegExp): Locator {
  return page.locator('.codec-item', { has: page.locator('summary code', { hasText: spelling }) });
}

async function timedRun(lab: { runPlan(): Promise<LabRecord[]> }): Promise<LabRecord[]> {
  const started = Date.now();
  const records = await lab.runPlan();
  note('plan', `${Math.round((Date.now() - started) / 1000)} s`);
  return records;
}

function codecOf(records: readonly LabRecord[], id: string): LabRecord {
  return records.find(({ codec, role }) => codec.id === id && role === 'codec')!;
}

/** Takes screenshots at both widths and checks that nothing overflows horizontally. */
async function expectNoOverflow(page: Page, what: string): Promise<void> {
  for (const { name, ...size } of SCREENS) {
    await page.setViewportSize(size);
    await page.screenshot({ path: test.info().outputPath(`${what}-${name}.png`), fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${what} ${name}`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(SCREENS[0]);
}
