import { test } from './support/browsers';
import { generated } from './support/generated';
import { hideAdapter } from './support/hideAdapter';
import { collectEvents, LabPage, seenEvents, type Seen } from './support/lab';
import { small } from './support/plans';
import { expect, note } from './support/test';

/** Without an adapter the CPU compresses and measures. */

const CODECS = 8;
const MAX_STOP_MS = 5000;
const withoutAdapter = (args: readonly string[]) => [
  ...args.filter((arg) => !arg.includes('webgpu')),
  '--disable-gpu',
];

async function expectNoAdapter(lab: LabPage): Promise<void> {
  await expect(lab.device).toHaveText(
    /^There is no WebGPU adapter, so the CPU compresses and measures; training/,
  );
  await expect(lab.run).toBeEnabled();
}

/** The first plan is enough for a test. BITCURVE_ALL_PLANS=1 runs all, which takes minutes, and notes what docs/compute.md shows. */
const PLANS = ['stories260K', 'gpt2-tinystories', 'vit-cifar10'].flatMap((model) =>
  ['quick', 'default'].map((preset) => ({ model, preset })),
);
const CHOSEN = process.env.BITCURVE_ALL_PLANS ? PLANS : PLANS.slice(0, 1);
const MAX_PLAN_MS = 900_000;

for (const { model, preset } of CHOSEN)
  test(`the ${preset} plan of ${model}, from the address`, async ({ openBrowser }) => {
    if (CHOSEN.length > 1) test.setTimeout(MAX_PLAN_MS);
    const page = await openBrowser(withoutAdapter);
    const lab = new LabPage(page);
    await collectEvents(page);
    await page.goto(`./?model=${model}&preset=${preset}&autostart=1`);
    await lab.finished(MAX_PLAN_MS);
    await expectNoAdapter(lab);
    const records = await lab.records();
    const roles = records.map((r) => r.role).filter((role) => role !== 'opponent');
    expect(roles.sort()).toEqual(['baseline', ...Array(CODECS).fill('codec')]);
    for (const { environment, validity } of records) {
      expect(environment).toMatchObject({ adapter: 'none', features: [], compute: 'cpu' });
      expect(validity).toContain('cpu');
    }
    await expect(lab.rows).toHaveCount(records.length);
    await page.screenshot({ path: test.info().outputPath('plan.png'), fullPage: true });
    noteTimes(await seenEvents(page));
  });

/** Notes when the first codec and the whole plan were measured, and how the estimate compares with the time from there. */
function noteTimes(events: readonly Seen[]): void {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const first = events.find(({ event }) => event.type === 'record' && event.record.role === 'codec')!;
  const end = events.at(-1)!.at;
  const estimates = events.flatMap(({ event, at }) =>
    event.type === 'started' ? [event.estimateMs / (end - at)] : [],
  );
  note(
    'without an adapter',
    `first point ${seconds(first.at)} s after navigation, whole plan ${seconds(end)} s, estimate ÷ time ${estimates[0].toFixed(2)}`,
  );
}

test('Stop ends the search for an opponent', async ({ openBrowser }) => {
  const page = await openBrowser(withoutAdapter);
  const lab = new LabPage(page);
  await page.goto('./?model=gpt2-tinystories&codec=float16&windows=30&context=16&calibration-windows=2');
  await lab.expectState('ready');
  await lab.run.click();
  await page.getByText('looking for its opponent').waitFor();
  await lab.stop.click();
  await lab.expectState('done', MAX_STOP_MS);
  expect((await lab.records()).map(({ role }) => role)).toEqual(['baseline', 'codec']);
});

test('a browser without WebGPU measures and generates, and names what needs an adapter', async ({
  openBrowser,
}) => {
  const page = await openBrowser((args) => [...args]);
  await hideAdapter(page.context());
  const lab = new LabPage(page);
  await page.goto(`./?${small('rtn(bits=3)', 'model=stories260K')}`);
  await lab.expectState('ready');
  await expectNoAdapter(lab);
  const [, record] = await lab.runPlan();
  expect(record.environment.adapter).toBe('none');

  await lab.show('Generate');
  const texts = page.getByRole('region', { name: 'Same prompt, two models' });
  await texts.getByLabel(/^Tokens/).fill('12');
  await texts.getByLabel(/^Temperature/).fill('0');
  const [baseline, coarse] = await generated(texts);
  expect(baseline).not.toBe('');
  expect(coarse).not.toBe(baseline);
});
