import { expect, test } from './support/test';

test.use({ adapter: false });

/** Each view, a heading that only it has, and the name of its code. */
const VIEWS = [
  ['Compare', 'Compare two codecs', 'ComparePanel'],
  ['Inspect', 'Inspect stories260K', 'InspectPanel'],
  ['Generate', 'Same prompt, two models', 'GeneratePanel'],
  ['Decide', 'Decide', 'DecideView'],
  ['Train', 'Train', 'TrainPanel'],
  ['Benchmark', 'Kernel speed', 'BenchPanel'],
  ['Tasks', 'Published figures', 'TasksView'],
  ['Learn', 'Learn', 'LearnPanel'],
  ['History', 'History', 'HistoryPanel'],
  ['Glossary', 'Glossary', 'GlossaryPanel'],
] as const;

test('views are loaded when they are opened, have an address, and keep model and Run above them', async ({
  lab,
  page,
}) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  const isLoaded = (code: string) => loaded.some((path) => path.includes(`/${code}-`));
  await lab.open();
  await expect(page.getByRole('region', { name: 'Answer', exact: true })).toBeVisible();
  for (const [view, heading, code] of VIEWS) {
    expect(isLoaded(code), `${view} is not loaded before it is opened`).toBe(false);
    await lab.show(view);
    await expect(page.getByRole('heading', { name: new RegExp(`^${heading}`) }), view).toBeVisible();
    await expect(page.getByRole('heading', { name: /^Curve/ })).toHaveCount(0);
    expect(new URL(page.url()).searchParams.get('view')).toBe(view.toLowerCase());
    for (const part of [lab.run, page.getByRole('radio', { name: /stories260K/ })])
      await expect(part).toBeVisible();
    for (const [theme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: test.info().outputPath(`${view}-${width}.png`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${view} ${width}`).toBeLessThanOrEqual(0);
    }
  }

  await page.goBack();
  await expect(page.getByRole('heading', { name: 'History', exact: true })).toBeVisible();
  await page.keyboard.press('1');
  await expect(lab.chart).toBeVisible();
  expect(new URL(page.url()).search).toBe('');
});

test('an address opens a view, a term and a decision', async ({ lab, page }) => {
  await lab.open('view=decide&decide=max-increase=3');
  const decide = page.getByRole('region', { name: 'Decide' });
  await expect(decide.getByLabel(/^Loss at most/)).toHaveValue('3');
  await decide.getByRole('button', { name: 'rtn(bits=8,group=row)', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'rtn(bits=8,group=row)' })).toBeVisible();
  expect(new URL(page.url()).searchParams.get('view')).toBeNull();

  await page.goto('about:blank');
  await page.goto('#term=perplexity');
  await expect(page.getByRole('term').filter({ hasText: 'perplexity' }).first()).toBeInViewport();
});
