import { small } from './support/plans';
import { withSharedPage } from './support/sharedPage';
import { expect } from './support/test';

const test = withSharedPage(() => Promise.resolve());

/** Invalid addresses, and a part of the error message for each. */
const WRONG: readonly (readonly [query: string, sentence: string])[] = [
  ['speed=fast', 'The address has an unknown parameter "speed".'],
  ['model=gpt5', 'There is no model "gpt5".'],
  ['codec=zip', 'zip'],
  ['codec=rtn(bits=99)', 'bits'],
  ['codec=rtn(bits=4);rtn(bits=4)', 'twice'],
  ['windows=0', 'windows=0 is out of range.'],
  ['seed=1&seed=2', 'The address gives "seed" twice.'],
  ['view=garden', 'The page has no view "garden".'],
  ['lesson=maths', 'lesson cannot be "maths".'],
  ['embed=train', 'embed cannot be "train".'],
  ['embed=curve&view=train', 'The address names a view to embed and another view.'],
  ['compute=abacus', 'compute cannot be "abacus".'],
  ['model=vit-cifar10&context=64', 'context does not apply to the image model'],
];

for (const [query, sentence] of WRONG)
  test(`refuses ?${query}`, async ({ lab }) => {
    const { page } = lab;
    await lab.open(`${query}&autostart=1`);
    await lab.expectState('error');
    await expect(page.getByRole('alert')).toContainText(sentence);
    expect(await lab.error()).toMatchObject({ code: 'bad-plan', remedy: expect.stringMatching(/\S/) });
    expect(
      await page.evaluate(() => window.__lab.ready.then(Boolean, (e: unknown) => (e as Error).message)),
    ).toContain(sentence);
    // No other plan ran instead.
    expect(await lab.records()).toEqual([]);
    await expect(lab.progress).toHaveCount(0);
  });

test('an invalid value in the editor shows an error and disables Run', async ({ lab }) => {
  const { page } = lab;
  await lab.open(small('nf4'));
  await page.getByRole('radio', { name: 'Custom' }).click();
  await page.getByLabel(/^Windows/).fill('0');
  await expect(page.getByText('The plan is not valid')).toBeVisible();
  await expect(lab.run).toBeDisabled();
  await page.getByLabel(/^Windows/).fill('2');
  await expect(lab.run).toBeEnabled();
});

test('window.__lab.run refuses an invalid plan like the address', async ({ lab }) => {
  const { page } = lab;
  await lab.open();
  const message = await page.evaluate(() =>
    window.__lab.run({ codec: 'rtn(bits=0)' }).then(String, (e: unknown) => (e as Error).message),
  );
  expect(message).toMatch(/bits/);
  await lab.expectState('ready');
});
