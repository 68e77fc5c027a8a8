import type { Page } from '@playwright/test';
import { holdChunk } from './support/chunks';
import { small } from './support/plans';
import { expect, test, type Mirror } from './support/hub';
import type { LabPage } from './support/lab';

const ID = 'tests/stories260K';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const MODEL = { id: ID, revision: COMMIT, files: 'public/models/stories260K' };
const CODEC = 'rtn(bits=4,group=32)';
const PLAN = small(CODEC, `model=${ID}`);
const WEIGHTS = 'model.safetensors';

/** Opens the page of a mirror and waits until it is ready. */
async function openPage(lab: LabPage, { url }: Mirror, query = ''): Promise<void> {
  await lab.page.goto(`${url}?${query}`);
  await lab.expectState('ready');
}

/** The model's; the answer above the curve has a button for its file. */
const downloadButton = (page: Page) =>
  page.getByRole('region', { name: 'Measure' }).getByRole('button', { name: 'Download', exact: true });
const resume = (page: Page) => page.getByRole('button', { name: 'Resume', exact: true });

async function openDialog(page: Page) {
  await page.getByRole('button', { name: 'More models…' }).click();
  return page.getByRole('dialog', { name: 'More models' });
}

test.use({ adapter: false });

test('a model of the hub is downloaded, interrupted, resumed after a reload, measured, used offline and deleted', async ({
  lab,
  page,
  openMirror,
}) => {
  const mirror = await openMirror([MODEL]);
  await openPage(lab, mirror, PLAN);
  await expect(page.getByText(/^Not downloaded yet: 1\.\d+ MB/)).toBeVisible();

  // The test lets the bytes through in chunks, and leaves the connection open after a quarter.
  let open = (): void => undefined;
  const next = () => new Promise<void>((resolve) => (open = resolve));
  mirror.hub.misbehave(({ kind }) => (kind === 'cdn' ? { drip: { chunk: 60_000, next } } : undefined));
  await downloadButton(page).click();
  const bar = page.getByRole('progressbar', { name: 'Download' });
  const percent = async (): Promise<number> => {
    open();
    return Number(await bar.getAttribute('aria-valuenow'));
  };
  await expect.poll(percent, { intervals: [150] }).toBeGreaterThanOrEqual(25);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await lab.expectState('ready');
  mirror.hub.misbehave(undefined);

  await expect(page.getByText(/^\d+ kB of 1\.\d+ MB downloaded$/)).toBeVisible();
  const asked = mirror.hub.requests.length;
  await resume(page).click();
  await expect(lab.run).toBeEnabled();
  const [again] = mirror.hub.requests.slice(asked).filter(({ kind }) => kind === 'cdn');
  expect(again).toMatchObject({ file: WEIGHTS, status: 206 });

  const records = await lab.runPlan();
  expect(records.map(({ model }) => model)).toEqual(
    records.map(() => expect.objectContaining({ id: ID, source: 'hub', revision: COMMIT }) as unknown),
  );
  await expect(lab.row(CODEC)).toBeVisible();

  await mirror.goOffline();
  await page.reload();
  await lab.expectState('ready');
  await expect(lab.run).toBeEnabled();

  const dialog = await openDialog(page);
  await dialog.getByRole('button', { name: /^Delete .* of tests\/stories260K…$/ }).click();
  await dialog.getByRole('button', { name: /^Delete .* of tests\/stories260K$/ }).click();
  await expect(dialog.getByText('Nothing yet.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.context().setOffline(true);
  await downloadButton(page).click();
  await expect(page.getByRole('alert')).toContainText(
    `${ID} is not stored here, and this browser is offline.`,
  );
  await expect(downloadButton(page)).toBeEnabled();
});

test('a large download needs a confirmation, also with autostart', async ({ lab, page, openMirror }) => {
  const id = 'distilbert/distilgpt2';
  const config = Buffer.from(
    JSON.stringify({
      ...{ model_type: 'gpt2', activation_function: 'gelu_new', vocab_size: 50257, n_positions: 1024 },
      ...{ n_embd: 768, n_layer: 6, n_head: 12, layer_norm_epsilon: 1e-5 },
    }),
  );
  const weights = Buffer.alloc(21e6);
  const mirror = await openMirror([
    {
      id,
      revision: COMMIT,
      files: new Map([
        ['config.json', config],
        [WEIGHTS, weights],
      ]),
    },
  ]);
  const release = await holdChunk(page, 'DownloadConfirmation');
  await openPage(lab, mirror, `model=${id}&autostart=1`);
  const ask = page.getByRole('dialog', { name: `Download ${id}?` });
  // The dialog is open before its content has been loaded, and Escape declines the download.
  await expect(ask).toContainText('Loading…');
  await page.keyboard.press('Escape');
  await expect(ask).toBeHidden();
  await downloadButton(page).click();
  release();
  await expect(ask).toContainText('21.0 MB');
  await expect(ask).toContainText('Apache-2.0');
  await expect(ask).toContainText('In this browser’s storage');
  await expect(ask).toContainText(/Needs about [\d.]+ (M|G)B/);
  await page.screenshot({ path: test.info().outputPath('ask.png') });
  expect(mirror.hub.requests.filter(({ kind }) => kind === 'cdn')).toEqual([]);
  await ask.getByRole('button', { name: 'Not now' }).click();
  await expect(ask).toBeHidden();
  await expect(page.getByText('Not downloaded yet: 21.0 MB')).toBeVisible();
  // The plan is set although nothing has been downloaded.
  expect(await page.evaluate(() => window.__lab.plan)).toMatchObject({ model: id, data: 'wikitext-2' });
  expect(mirror.hub.requests.filter(({ kind }) => kind === 'cdn')).toEqual([]);
});

test('unknown, unsupported and private models show an error, and nothing else changes', async ({
  lab,
  page,
  openMirror,
}) => {
  const unknown = Buffer.from(JSON.stringify({ model_type: 'mamba' }));
  const hidden = { ...MODEL, id: 'tests/hidden', private: 'secret' };
  const mirror = await openMirror([
    {
      id: 'tests/mamba',
      revision: COMMIT,
      files: new Map([
        ['config.json', unknown],
        [WEIGHTS, Buffer.alloc(8)],
      ]),
    },
    hidden,
  ]);
  await openPage(lab, mirror);
  const dialog = await openDialog(page);
  const name = dialog.getByLabel(/^Another model/);
  const look = dialog.getByRole('button', { name: 'Look up' });
  const alert = dialog.getByRole('alert');

  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'More models…' })).toBeFocused();
  await page.keyboard.press('Enter');

  await name.fill('not a name');
  await expect(dialog.getByText('This is not the name of a model')).toBeVisible();
  await expect(look).toBeDisabled();
  await name.fill('tests/mamba');
  await look.click();
  await expect(alert).toContainText('The model type "mamba" in config.json is not supported.');
  await expect(alert).toContainText(/gpt2, .*llama/);
  await name.fill('tests/hidden');
  await look.click();
  await expect(alert).toContainText(/tests\/hidden.*token/s);

  await dialog.getByText('Private or gated model').click();
  const token = dialog.getByLabel(/^Access token/);
  await expect(token).toHaveAttribute('type', 'password');
  await token.fill('secret');
  await look.click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('radio', { name: /tests\/hidden/ })).toBeChecked();
  await downloadButton(page).click();
  await expect(lab.run).toBeEnabled();
  // The token is sent only to the hub, and is not stored.
  const { requests } = mirror.hub;
  expect(requests.filter(({ kind }) => kind === 'cdn').map(({ headers }) => headers.authorization)).toEqual([
    undefined,
  ]);
  expect(requests.some(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true);
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, location.href]))).not.toContain(
    'secret',
  );

  await page.goto(`${mirror.url}?model=tests/absent`);
  await lab.expectState('error');
  await expect(page.getByRole('alert').first()).toContainText('tests/absent');
});
