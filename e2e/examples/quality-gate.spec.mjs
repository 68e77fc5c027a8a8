// A gate for CI that another project can copy, with a baseline of its own (docs/automation.md): it fails if a codec loses more than
// the limit, or significantly more than when the baseline was stored. `BITCURVE_STORE=1` stores the baseline.
import { expect, test } from '@playwright/test';
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = process.env.BITCURVE_URL ?? './';
const BASELINE = new URL('./baseline.json', import.meta.url);

/** With fewer than 30 windows no difference is significant. */
const PLAN = {
  model: 'stories260K',
  codec: 'rtn(bits=4,group=32)',
  windows: '30',
  context: '32',
  verdict: 'off',
};

/** The largest upper bound of the loss against float32, in per cent of perplexity. */
const MAX_INCREASE = 20;

test('no codec exceeds the limit, and none is significantly worse than the baseline', async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto(PAGE);
  const records = await page.evaluate(async (plan) => {
    await window.__lab.ready;
    return window.__lab.run(plan);
  }, PLAN);
  if (process.env.BITCURVE_STORE) writeFileSync(BASELINE, `${JSON.stringify(records)}\n`);

  for (const { role, codec, quality } of records)
    if (role === 'codec')
      expect(quality.deltaPercentCi95[1], `upper bound of ${codec.spec}`).toBeLessThanOrEqual(MAX_INCREASE);

  const stored = JSON.parse(readFileSync(BASELINE, 'utf8'));
  const { changes, incomparable, onlyBefore } = await page.evaluate(
    (before) => window.__lab.compare(before),
    stored,
  );
  const worse = changes.filter(({ outcome }) => outcome === 'worse');
  expect(worse.map(({ after, ci95 }) => `${after.codec.spec}: worse by ${ci95} %`)).toEqual([]);
  // What was not measured again in the same way cannot pass.
  expect(incomparable.map(({ after, differs }) => `${after.codec.spec}: ${differs} differs`)).toEqual([]);
  expect(onlyBefore.map(({ codec }) => codec.spec)).toEqual([]);
});
