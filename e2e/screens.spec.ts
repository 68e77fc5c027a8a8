import { copyFile } from 'node:fs/promises';
import type { LabRecord } from '../src/lab/results/record';
import type { LabPage } from './support/lab';
import { expect, note, test } from './support/test';

/** The fewest windows that allow verdicts, and codecs from almost lossless to unusable. */
const PLAN = 'codec=float16;nf4;rtn(bits=2,group=32);ternary&windows=30&context=32&calibration-windows=2';
const CODECS = 4;
const SCREENS = [
  { name: 'wide', width: 1280, height: 720 },
  { name: 'narrow', width: 390, height: 844 },
];
const THEMES = ['light', 'dark'] as const;
/** The screenshot of the README and its plan; `npx playwright test e2e/screens.spec.ts --update-snapshots` renews it. */
const README_PICTURE = {
  ...{ file: 'docs/screenshot.png', width: 1280, height: 900 },
  ...{ plan: 'windows=30&context=64', codecs: 8 },
};
const isRenewing = () => ['all', 'changed'].includes(test.info().config.updateSnapshots);

// The README shows a page with an adapter.
test.use({ adapter: async ({}, provide) => provide(isRenewing()) });

test('a plan with verdicts, and its curve in wide and narrow windows, light and dark', async ({
  lab,
  page,
}) => {
  test.slow();
  await lab.open(isRenewing() ? README_PICTURE.plan : PLAN);
  const started = Date.now();
  const records = await lab.runPlan();
  note('plan with verdicts', `${Math.round((Date.now() - started) / 1000)} s`);
  await expectVerdicts(lab, records);
  // Moves the pointer off the button, so that it is not drawn as hovered.
  await page.mouse.move(0, 0);

  for (const { name, ...size } of SCREENS)
    for (const theme of THEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      await expectDrawn(lab, theme);
      await page.screenshot({ path: test.info().outputPath(`${name}-${theme}.png`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${name} ${theme}: nothing overflows horizontally`).toBeLessThanOrEqual(0);
    }
  await takeReadmePicture(lab);
});

/** Checks that the table has a verdict for each codec, and that the opponents have records of their own. */
async function expectVerdicts(lab: LabPage, records: readonly LabRecord[]): Promise<void> {
  const codecs = records.filter((r) => r.role === 'codec');
  expect(codecs).toHaveLength(isRenewing() ? README_PICTURE.codecs : CODECS);
  for (const { codec, verdict } of codecs) {
    expect(verdict, codec.spec).toBeDefined();
    await expect(lab.row(codec.spec).locator('.verdict')).toHaveText(/better|worse|unsure|plain|opponent/i);
    if (verdict!.opponent) expect(records.map((r) => r.codec.spec)).toContain(verdict!.opponent);
  }
}

/**
 * Waits until the chart has been redrawn for size and theme: it is as wide as its box, and its text has the right
 * lightness.
 */
async function expectDrawn({ page }: LabPage, theme: (typeof THEMES)[number]): Promise<void> {
  const drawing = page.locator('.chart svg.main-svg').first();
  await expect
    .poll(async () => {
      const box = await page.locator('.chart').boundingBox();
      const svg = await drawing.boundingBox();
      return Math.abs(box!.width - svg!.width);
    })
    .toBeLessThan(1);
  const lightness = (element: Element): number =>
    Math.max(...getComputedStyle(element).fill.match(/\d+/g)!.map(Number));
  const isRight = (value: number): boolean => (theme === 'dark' ? value > 128 : value <= 128);
  await expect
    .poll(async () => isRight(await page.locator('.xtick text').first().evaluate(lightness)))
    .toBe(true);
}

async function takeReadmePicture(lab: LabPage): Promise<void> {
  const { page } = lab;
  const { file, width, height } = README_PICTURE;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: 'light' });
  await expectDrawn(lab, 'light');
  const path = test.info().outputPath('readme.png');
  await page.screenshot({ path });
  if (isRenewing()) await copyFile(path, file);
}
