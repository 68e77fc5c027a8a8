import { collectEvents, seenEvents, type LabPage } from './support/lab';
import { expect, note, test } from './support/test';

const CODECS = 8;

test('the quick plan on stories260K: one click, points one by one, records that validate', async ({
  lab,
  page,
}) => {
  await collectEvents(page);
  await lab.open();
  await page.getByRole('radio', { name: 'Quick' }).check();
  await expect(page.locator('.estimate')).toHaveText(/^about \d/);
  await lab.run.click();

  await expect(lab.progress).toBeVisible();
  await expect(page.locator('.progress .step')).toHaveText(/\S/);
  await expect(page.locator('.progress .times')).toHaveText(/(\d|<).* · .*(\d|<).* left/);
  await expectRowsToGrow(lab);
  await lab.finished();

  const records = await lab.records();
  expect(records.map((r) => r.role).sort()).toEqual(['baseline', ...Array(CODECS).fill('codec')]);
  await expect(lab.rows).toHaveCount(CODECS + 1);
  await expect(page.locator('.chart .scatterlayer .point')).not.toHaveCount(0);
  for (const { environment, validity } of records) {
    expect(environment.adapter).toMatch(/swiftshader/i);
    expect(environment.fallbackAdapter).toBe(true);
    expect(validity).toContain('software-adapter');
  }
  await checkEvents(lab);
});

/** The table must have been seen with some but not all of its rows while the run went on. */
async function expectRowsToGrow(lab: LabPage): Promise<void> {
  await lab.measured('float16');
  await expect(lab.chart).toBeVisible();
  const count = await lab.rows.count();
  await lab.expectState('running');
  expect(count).toBeLessThan(CODECS + 1);
}

async function checkEvents({ page }: LabPage): Promise<void> {
  const seen = await seenEvents(page);
  const times = seen.filter(({ event }) => event.type === 'record').map(({ at }) => at);
  expect(times).toHaveLength(CODECS + 1);
  // One by one: no two codecs arrive together.
  expect(new Set(times).size).toBe(times.length);
  const fractions = seen.flatMap(({ event }) => (event.type === 'progress' ? [event.progress.fraction] : []));
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  const started = seen.find(({ event }) => event.type === 'started')!;
  const estimateMs = started.event.type === 'started' ? started.event.estimateMs : 0;
  const tookMs = seen.at(-1)!.at - started.at;
  note('first point', `${Math.round(times[1])} ms after navigation`);
  note('estimate', `${Math.round(estimateMs)} ms, took ${Math.round(tookMs)} ms`);
  expect(estimateMs).toBeGreaterThan(0);
  expect(Number.isFinite(estimateMs)).toBe(true);
}
