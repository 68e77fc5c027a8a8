import { expect, test } from './support/hub';
import { LabPage } from './support/lab';
import { small } from './support/plans';

const ID = 'tests/stories260K';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const MODEL = { id: ID, revision: COMMIT, files: 'public/models/stories260K' };
const HALF = 500_000;

test.use({ adapter: false });

test('one of two tabs downloads a model; the other waits and resumes the download when the first is closed', async ({
  context,
  openMirror,
}) => {
  const mirror = await openMirror([MODEL]);
  const tabs: LabPage[] = [];
  for (let i = 0; i < 2; i++) {
    const tab = new LabPage(await context.newPage());
    tab.page.on('dialog', (dialog) => void dialog.accept());
    await tab.page.goto(`${mirror.url}?${small('rtn(bits=4,group=32)', `model=${ID}`)}`);
    await tab.expectState('ready');
    tabs.push(tab);
  }
  const download = ({ page }: LabPage) => page.getByRole('button', { name: 'Download', exact: true }).click();
  const weights = () => mirror.hub.requests.filter(({ kind }) => kind === 'cdn');

  // The connection stays open, but no more bytes arrive.
  const never = new Promise<void>(() => undefined);
  mirror.hub.misbehave(({ kind }) =>
    kind === 'cdn'
      ? { drip: { chunk: HALF, next: (sent) => (sent < HALF ? Promise.resolve() : never) } }
      : undefined,
  );
  const [first, second] = tabs;
  await download(first);
  const bar = first.page.getByRole('progressbar', { name: 'Download' });
  await expect(bar).toHaveAttribute('aria-valuenow', /^[34]\d$/);
  await download(second);
  await expect(second.page.getByText(`Another tab or process is downloading ${ID}`)).toBeVisible();
  expect(weights()).toHaveLength(1);

  mirror.hub.misbehave(undefined);
  await first.page.close({ runBeforeUnload: false });
  await expect(second.run).toBeEnabled();
  expect(weights()).toHaveLength(2);
  expect(weights()[1]).toMatchObject({ status: 206, range: `bytes=${HALF}-` });

  const third = new LabPage(await context.newPage());
  await third.page.goto(`${mirror.url}?${small('rtn(bits=4,group=32)', `model=${ID}`)}`);
  await third.expectState('ready');
  await expect(third.run).toBeEnabled();
  expect(weights()).toHaveLength(2);
});
