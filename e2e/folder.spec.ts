import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { small } from './support/plans';
import { expect, test } from './support/test';

const FOLDER = 'public/models/stories260K';
const CODEC = 'rtn(bits=4,group=32)';

test.use({ adapter: false });

test('a folder of this device gives the same results as the embedded model', async ({ lab, page }) => {
  await lab.open(small(CODEC));
  const shipped = await lab.runPlan();
  await page.getByRole('button', { name: 'More models…' }).click();
  const dialog = page.getByRole('dialog', { name: 'More models' });
  await dialog.getByLabel('Choose a folder…').last().setInputFiles(FOLDER);
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('radio', { name: /local:stories260K/ })).toBeChecked();
  await expect(page.getByText(/^Needs about/)).toBeVisible();
  const plan = await page.evaluate(() => window.__lab.plan);
  expect(plan).toMatchObject({ model: 'local:stories260K', data: 'wikitext-2' });

  const query = `${small(CODEC)}&model=local:stories260K&data=tinystories`;
  await page.evaluate((config) => window.__lab.run(config), query);
  const own = (await lab.records()).filter(({ model }) => model.source === 'local');
  expect(own.map(({ quality }) => quality.value)).toEqual(shipped.map(({ quality }) => quality.value));
  expect(own[0].model).toMatchObject({ id: 'local:stories260K', sha256: shipped[0].model.sha256 });

  page.on('dialog', (question) => void question.accept());
  await page.reload();
  await lab.expectState('error');
  await expect(page.getByRole('alert')).toContainText('which the page forgets when you leave it');
});

test('files and a GGUF file can be dropped onto the dialog', async ({ lab, page }) => {
  const gguf = `${test.info().outputDir}/stories.gguf`;
  const args = ['export', '--format', 'gguf', '--model', 'stories260K', '--out', gguf];
  await promisify(execFile)(process.execPath, ['scripts/cli.mjs', ...args]);
  await lab.open();
  await drop([{ name: 'readme.md', bytes: Buffer.from('nothing') }]);
  const dialog = page.getByRole('dialog', { name: 'More models' });
  await expect(dialog.getByRole('alert')).toContainText('There is no config.json and no .gguf file');
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await drop(readdirSync(FOLDER).map((name) => ({ name, bytes: readFileSync(`${FOLDER}/${name}`) })));
  await expect(page.getByRole('radio', { name: /local:files/ })).toBeChecked();
  await drop([{ name: 'stories.gguf', bytes: readFileSync(gguf) }]);
  await expect(page.getByRole('radio', { name: /local:stories\.gguf/ })).toBeChecked();
  const query = `${small(CODEC)}&model=local:stories.gguf&data=tinystories`;
  const records = await page.evaluate((config) => window.__lab.run(config), query);
  expect(records).toHaveLength(2);

  async function drop(files: { name: string; bytes: Buffer }[]): Promise<void> {
    await page.getByRole('button', { name: 'More models…' }).click();
    const list = files.map(({ name, bytes }) => ({ name, text: bytes.toString('base64') }));
    const transfer = await page.evaluateHandle((entries) => {
      const data = new DataTransfer();
      for (const { name, text } of entries) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name));
      }
      return data;
    }, list);
    await page.locator('.drop-zone').dispatchEvent('drop', { dataTransfer: transfer });
  }
});
