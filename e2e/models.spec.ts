import type { LabPage } from './support/lab';
import type { LabRecord } from '../src/lab/results/record';
import { FEW } from './support/plans';
import { expect, test } from './support/test';

/** Relative tolerance of the perplexity recomputed from the losses of the windows. */
const RELATIVE = 1e-9;
const IMAGES = 8;

test('a quick plan on gpt2-tinystories, started by the address', async ({ lab }) => {
  const records = await autostarted(lab, `model=gpt2-tinystories&codec=rtn(bits=4,group=32);nf4&${FEW}`);
  expect(records.map((r) => [r.role, r.codec.id].join(' '))).toEqual([
    'baseline float32',
    'codec rtn',
    'codec nf4',
  ]);
  for (const { quality, samples } of records) {
    const nll = samples.reduce((sum, s) => sum + ('nll' in s ? s.nll : NaN), 0);
    const tokens = samples.reduce((sum, s) => sum + ('tokens' in s ? s.tokens : NaN), 0);
    expect(tokens).toBe(quality.scoredTokens);
    expect(Math.abs(Math.exp(nll / tokens) / quality.value - 1)).toBeLessThan(RELATIVE);
  }
  await expectShown(lab, records, 1);
});

test('a quick plan on vit-cifar10, started by the address', async ({ lab }) => {
  const sample = `images=${IMAGES}&calibration-windows=2`;
  const records = await autostarted(lab, `model=vit-cifar10&codec=rtn(bits=8,group=row);ternary&${sample}`);
  expect(records).toHaveLength(3);
  for (const { quality, samples } of records) {
    const correct = samples.reduce((sum, s) => sum + ('correct' in s ? s.correct : NaN), 0);
    expect(quality.images).toBe(IMAGES);
    expect(correct / IMAGES).toBe(quality.value);
    expect(quality.value - quality.baseline.value).toBeCloseTo(quality.delta, 12);
  }
  await expectShown(lab, records, 100);
});

async function autostarted(lab: LabPage, query: string): Promise<LabRecord[]> {
  await lab.open(`${query}&preset=quick&autostart=1`);
  await lab.finished();
  return lab.records();
}

/** Checks that the table shows the figures of the records, rounded to its digits. */
async function expectShown(lab: LabPage, records: LabRecord[], unit: number): Promise<void> {
  await expect(lab.rows).toHaveCount(records.length);
  for (const { codec, size, quality } of records) {
    const cells = await lab.row(codec.spec).getByRole('cell').allInnerTexts();
    const counted = size.totalBytes - size.assetBytes;
    expect(cells[0]).toBe(counted.toLocaleString('en-US'));
    const [shown] = cells[2].replaceAll(',', '').split(' ± ');
    const digits = shown.split('.')[1]?.length ?? 0;
    expect(shown).toBe((unit * quality.value).toFixed(digits));
  }
}
