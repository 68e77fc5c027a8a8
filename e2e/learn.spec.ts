import { readFileSync } from 'node:fs';
import type { LabRecord } from '../src/lab/results/record';
import { expect, test } from './support/test';

test.use({ adapter: false });

test('a lesson asks for a prediction, shows recorded figures, and loads its plan', async ({ lab, page }) => {
  await lab.open('view=learn');
  await page.getByRole('link', { name: 'Groups' }).click();
  expect(new URL(page.url()).searchParams.get('lesson')).toBe('groups');
  const reveal = page.getByRole('button', { name: 'Reveal' });
  await expect(reveal).toBeDisabled();
  await expect(page.getByRole('heading', { name: 'Why' })).toHaveCount(0);
  await page.getByRole('radio').and(page.locator('[name=prediction]')).first().check();
  await reveal.click();
  await expect(page.getByRole('status').filter({ hasText: 'ou predicted.' })).toBeVisible();

  const records = JSON.parse(readFileSync('public/examples/lessons.json', 'utf8')) as LabRecord[];
  const expected = records.find(({ codec }) => codec.spec === 'rtn(bits=3,group=row)')!;
  const row = page.getByRole('row').filter({ hasText: 'rtn(bits=3,group=row)' });
  const { totalBytes, assetBytes } = expected.size;
  await expect(row.getByRole('cell').first()).toHaveText((totalBytes - assetBytes).toLocaleString('en-US'));
  await expect(row).toContainText(`+${expected.quality.deltaPercent.toFixed(1)} %`);

  for (const [theme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: test.info().outputPath(`lesson-${width}.png`), fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  }

  await page.getByRole('link', { name: 'Try it' }).click();
  await expect(lab.chart).toBeVisible();
  expect(await page.evaluate(() => window.__lab.plan)).toMatchObject({ model: 'gpt2-tinystories' });
  await expect(page.getByText(/^4 codecs · 8 windows/)).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Groups' })).toBeVisible();
  await page.getByRole('article').getByRole('link', { name: 'scale', exact: true }).click();
  await expect(page.getByRole('term').filter({ hasText: 'scale' }).first()).toBeInViewport();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Groups' })).toBeVisible();
});

test('a class link opens a lesson with its plan, ready to run on the CPU, and the sheet is printed alone', async ({
  lab,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await lab.open('lesson=entropy');
  await page.getByRole('button', { name: 'Copy class link' }).click();
  await expect(page.getByRole('button', { name: 'Link copied' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto(link);
  await lab.expectState('ready');
  await expect(page.getByRole('heading', { name: 'Entropy coding' })).toBeVisible();
  expect(await page.evaluate(() => window.__lab.plan.codecs.length)).toBe(2);
  expect(new URL(page.url()).searchParams.get('compute')).toBe('cpu');
  await expect(lab.run).toBeEnabled();

  await page.emulateMedia({ media: 'print', colorScheme: 'light' });
  await expect(
    page.getByRole('heading', { name: 'Entropy coding: answers', includeHidden: true }),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reveal', includeHidden: true })).toBeHidden();
  await page.screenshot({ path: test.info().outputPath('sheet.png'), fullPage: true });
});
