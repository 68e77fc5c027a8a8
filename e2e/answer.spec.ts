import { readFile } from 'node:fs/promises';
import type { LabRecord } from '../src/lab/results/record';
import { MAX_LAYOUT_SHIFT, watchLayoutShift } from './support/layoutShift';
import { expect, note, test } from './support/test';

test.use({ adapter: false });

test('the recorded example answers at once, follows the limit, and its file can be downloaded', async ({
  lab,
  page,
}) => {
  await watchLayoutShift(page);
  await lab.open();
  const answer = page.getByRole('region', { name: 'Answer', exact: true });
  const sentence = answer.getByRole('status').first();
  await expect(sentence).toContainText('Within +1 % perplexity with 95 % confidence: 309 kB, 3.4× smaller');
  const shift = await page.evaluate(() => window.layoutShift);
  note('layout shift while the page loads', shift.toFixed(4));
  expect(shift).toBeLessThan(MAX_LAYOUT_SHIFT);

  const mark = (spec: string) => lab.row(spec).locator('.limit-mark');
  await expect(mark('rtn(bits=8,group=row)')).toContainText('within the limit with 95 % confidence');
  await expect(mark('rtn(bits=4,group=32)')).toContainText('not within the limit');
  await expect(lab.chart).toBeVisible();
  const drawnLimit = page.locator('.chart .annotation-text');
  await expect(drawnLimit.filter({ hasText: 'limit +1 %' })).toHaveCount(1);

  const example = (await (await page.request.get('examples/records.json')).json()) as LabRecord[];
  const found = await sentence.locator('code').innerText();
  const record = example.find(({ model, codec }) => model.id === 'stories260K' && codec.spec === found)!;
  const downloading = page.waitForEvent('download', { timeout: 30_000 });
  await answer.getByRole('button', { name: 'Download' }).click();
  const bytes = await readFile(await (await downloading).path());
  expect(bytes.length).toBe(record.size.totalBytes);

  await answer.getByRole('radio', { name: '0.5 %' }).check();
  await expect(sentence).toContainText('Within +0.5 % perplexity with 95 % confidence: 309 kB');
  await answer.getByRole('radio', { name: '10 %' }).check();
  await expect(drawnLimit.filter({ hasText: 'limit +10 %' })).toHaveCount(1);
  expect(new URL(page.url()).searchParams.get('decide')).toBe('max-increase=10');

  const grip = page.getByRole('slider', { name: 'Loss at most' });
  await grip.hover();
  const { x, y } = (await grip.boundingBox())!;
  await page.mouse.down();
  await page.mouse.move(x + 10, y - 30);
  await page.mouse.up();
  const dragged = Number(await grip.getAttribute('aria-valuenow'));
  expect(dragged).toBeGreaterThan(10);
  await expect(drawnLimit.filter({ hasText: `limit +${dragged} %` })).toHaveCount(1);
  await grip.press('Home');
  await grip.press('ArrowUp');
  expect(new URL(page.url()).searchParams.get('decide')).toBe('max-increase=0.1');

  // 256 images leave an interval of ± 2 points, so that no file holds a limit of one.
  await page.getByRole('radio', { name: /vit-cifar10/ }).check();
  await answer.getByRole('radio', { name: '1', exact: true }).check();
  await expect(sentence).toContainText(
    /^\s*Perhaps within 1 point of accuracy: .* Not certain: loss of accuracy/,
  );
});
