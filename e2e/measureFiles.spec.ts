import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from './support/hub';
import { small } from './support/plans';

const run = promisify(execFile);
const ID = 'tests/stories260K-GGUF';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** Writes the embedded model as GGUF files of two types, and one of another model. */
async function repository(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>([['README.md', new TextEncoder().encode('# GGUF files\n')]]);
  for (const [model, type] of [
    ['stories260K', 'Q8_0'],
    ['stories260K', 'Q4_0'],
    ['gpt2-tinystories', 'Q4_0'],
  ]) {
    const path = `${folder}/${model}.${type}.gguf`;
    await run(process.execPath, [
      'scripts/cli.mjs',
      'export',
      '--format',
      'gguf',
      '--model',
      model,
      '--type',
      type,
      '--out',
      path,
    ]);
    files.set(`${model}.${type}.gguf`, readFileSync(path));
  }
  return files;
}

test('quantised files of a repository are listed with their sizes and measured one after the other', async ({
  lab,
  page,
  openMirror,
}) => {
  const files = await repository(test.info().outputDir);
  const mirror = await openMirror([{ id: ID, revision: COMMIT, files }]);
  await page.goto(`${mirror.url}?${small('float16', 'model=stories260K')}`);
  await lab.expectState('ready');
  await page.getByRole('button', { name: 'Measure files…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Measure files' });
  await dialog.getByLabel('Repository').fill('tests/no-such');
  await dialog.getByRole('button', { name: 'List files' }).click();
  await expect(dialog.getByRole('alert')).toContainText('tests/no-such');
  await dialog.getByLabel('Repository').fill(ID);
  await dialog.getByRole('button', { name: 'List files' }).click();
  const list = dialog.getByRole('list', { name: 'Quantised files' }).getByRole('listitem');
  await expect(list).toHaveCount(3);
  // The smallest comes first.
  await expect(list.first()).toContainText(/stories260K\.Q4_0\.gguf\s*\d+ kB/);
  await list.filter({ hasText: 'stories260K.Q8_0' }).getByRole('checkbox').check();
  await list.filter({ hasText: 'stories260K.Q4_0' }).getByRole('checkbox').check();
  await list.filter({ hasText: 'gpt2-tinystories.Q4_0' }).getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Download and measure 3' }).click();
  await expect(dialog).toBeHidden();
  await expect(lab.row('file(stories260K.Q8_0.gguf)')).toBeVisible();
  await expect(lab.row('file(stories260K.Q4_0.gguf)')).toBeVisible();
  await expect(page.getByRole('alert')).toContainText(
    'gpt2-tinystories.Q4_0.gguf was not made from stories260K: its architecture is gpt2, not llama.',
  );
});
