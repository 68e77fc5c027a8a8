import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { parseRecord } from '../src/lab/results/record';
import { importFile } from './support/importFile';
import { LabPage } from './support/lab';
import { small } from './support/plans';
import { expect, test } from './support/test';

const NAME = /^bitcurve-stories260K-\d{4}-\d{2}-\d{2}-\d{4}\.(json|csv)$/;

test.use({ adapter: false });

test('records are exported as JSON, CSV and Markdown, and imported in another browser', async ({
  lab,
  page,
  context,
  browser,
  baseURL,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await lab.open(small('rtn(bits=4,group=32);rtn(bits=2,group=32)'));
  const records = await lab.runPlan();

  const json = await exported(page, 'Export JSON');
  const parsed = (JSON.parse(json.text) as unknown[]).map(parseRecord);
  expect(byId(parsed)).toEqual(byId(records));

  const csv = await exported(page, 'Export CSV');
  const [header, ...rows] = csv.text.trimEnd().split('\r\n');
  expect(header).toMatch(/^id,run_key,/);
  expect(rows.map((row) => row.split(',')[0]).sort()).toEqual(records.map((r) => r.id).sort());

  await page.getByRole('button', { name: 'Copy Markdown' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const markdown = await page.evaluate(() => navigator.clipboard.readText());
  expect(markdown.split('\n').filter((line) => line.startsWith('| `rtn'))).toHaveLength(2);

  const otherContext = await browser.newContext({ baseURL });
  const other = new LabPage(await otherContext.newPage());
  await other.open();
  await importFile(other.page, json.name, json.text);
  await expect(other.rows).toHaveCount(records.length);
  expect(byId(await other.records())).toEqual(byId(records));
  await otherContext.close();
});

test('a file without records shows an error, and nothing else changes', async ({ lab, page }) => {
  await lab.open();
  await importFile(page, 'broken.json', '[{"schema": "bitcurve.record/1"}]');
  await expect(page.getByRole('alert')).toContainText('broken.json This is not a Bitcurve record');
  await importFile(page, 'text.json', 'not JSON');
  await expect(page.getByRole('alert')).toContainText('The file is not JSON.');
  await lab.expectState('ready');
  expect(await lab.records()).toEqual([]);
  await expect(lab.run).toBeEnabled();
});

async function exported(page: Page, button: string): Promise<{ name: string; text: string }> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(NAME);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

function byId<T extends { id: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => a.id.localeCompare(b.id));
}
