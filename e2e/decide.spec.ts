import type { Page } from '@playwright/test';
import type { LabRecord } from '../src/lab/results/record';
import { sampleRecord } from '../src/testing/sampleRecord';
import { importFile } from './support/importFile';
import { expect, test } from './support/test';

test.use({ adapter: false });

const { size, quality, speed } = sampleRecord();

/** A record of a codec with its bytes, its loss in per cent, and the milliseconds of a token. */
function record(spec: string, bytes: number, loss: number, ms: number): LabRecord {
  const percentile = { ms, ci95: [0.9 * ms, 1.1 * ms] as [number, number] };
  const rate = 1000 / ms;
  return sampleRecord({
    id: spec,
    validity: [],
    codec: { id: 'rtn', options: {}, spec, label: 'Round to nearest' },
    size: { ...size, totalBytes: bytes, assetBytes: 0 },
    quality: { ...quality, deltaPercent: loss, deltaPercentCi95: [loss - 0.1, loss + 0.1] },
    speed: {
      ...speed,
      decodeTokensPerSecond: { median: rate, ci95: [0.95 * rate, 1.05 * rate], samples: [rate] },
      latency: { promptTokens: 32, tokens: 400, p50: percentile, p95: percentile, p99: percentile },
    },
  });
}

const RECORDS = [
  record('rtn(bits=8,group=row)', 300_000, 0.1, 4),
  record('rtn(bits=6,group=64)', 220_000, 0.4, 8),
  record('rtn(bits=4,group=32)', 160_000, 2.2, 2),
];

test('a decision between imported records follows its limits, and is a link', async ({ lab, page }) => {
  await lab.open();
  await importFile(page, 'records.json', JSON.stringify(RECORDS));
  await lab.show('Decide');
  const panel = page.getByRole('region', { name: 'Decide' });
  const answer = panel.getByRole('status');
  await expect(answer).toContainText(
    'Take rtn(bits=6,group=64), the smallest of the 2 codecs that hold every limit',
  );
  const rejected = panel.getByRole('row').filter({ hasText: 'rtn(bits=4,group=32)' });
  await expect(rejected).toContainText('rise of the perplexity +2.20 [+2.10, +2.30] %, more than 1');

  await panel.getByLabel(/^p99 latency at most/).fill('5');
  await expect(answer).toContainText('Take rtn(bits=8,group=row), the only codec that holds every limit');
  await panel.getByLabel(/^Size at most/).fill('200kB');
  await expect(answer).toContainText(
    'None of the 3 codecs holds every limit with 95 % confidence. The nearest miss is',
  );
  await panel.getByLabel(/^Size at most/).fill('-1');
  await expect(panel.getByRole('alert')).toContainText('Size at most cannot be "-1".');
  await panel.getByLabel(/^Size at most/).fill('');

  await panel.getByLabel('Prefer').selectOption('the cheapest');
  await expect(panel.getByRole('alert')).toContainText(
    'The cheapest cannot be decided without the price of an hour.',
  );
  await panel.getByLabel(/^Hardware/).selectOption('T4');
  await panel.getByText('Prices of an hour in US dollars').click();
  await panel.getByLabel('T4', { exact: true }).fill('0.36');
  // 250 tokens a second at $0.36 an hour: $0.40 for a million.
  await expect(answer).toContainText('price $0.400');
  expect(new URL(page.url()).searchParams.get('decide')).toBe(
    'max-p99=5;prefer=price;hardware=T4;prices=T4=0.36',
  );

  await page.reload();
  await lab.expectState('ready');
  await lab.show('Curve');
  await importFile(page, 'records.json', JSON.stringify(RECORDS));
  await lab.show('Decide');
  await expect(answer).toContainText('price $0.400');
  await expect(panel.getByLabel(/^p99 latency at most/)).toHaveValue('5');
  await shoot(page);
});

async function shoot(page: Page): Promise<void> {
  for (const [name, width] of [
    ['wide', 1280],
    ['narrow', 390],
  ] as const)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const panel = page.getByRole('region', { name: 'Decide' });
      await panel.screenshot({ path: test.info().outputPath(`${name}-${colorScheme}.png`) });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${name} ${colorScheme}`).toBeLessThanOrEqual(0);
    }
}
