import { expect, test } from './support/hub';
import { small } from './support/plans';

const ID = 'tests/stories260K';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const MODEL = { id: ID, revision: COMMIT, files: 'public/models/stories260K' };
const CODEC = 'rtn(bits=4,group=32)';
/** Enough for the largest part of the model, and less than its float32 weights and a restored copy. */
const MEMORY = '1.5MiB';

test('a model that needs more memory than the plan allows says so before it is loaded, and runs in parts on the adapter', async ({
  lab,
  page,
  openMirror,
}) => {
  const { url } = await openMirror([MODEL]);
  await page.goto(`${url}?${small(CODEC, `model=${ID}&memory=${MEMORY}`)}`);
  await lab.expectState('ready');
  const need = page.getByText(/^Needs about [\d.]+ MB of memory\. .* it is measured part by part/);
  await expect(need).toBeVisible();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await expect(lab.run).toBeEnabled();
  await lab.device.getByRole('combobox', { name: 'Measure' }).selectOption('gpu');
  const records = await lab.runPlan();
  expect(records.map(({ codec }) => codec.spec)).toEqual(['baseline', CODEC]);
  for (const { validity, environment } of records) {
    expect(validity).toContain('in-parts');
    expect(environment.compute).toBe('gpu');
  }
  await expect(lab.row(CODEC)).toContainText('in parts');
});
