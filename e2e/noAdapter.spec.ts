import type { Page } from '@playwright/test';
import { test } from './support/browsers';
import { collectEvents, LabPage, seenEvents } from './support/lab';
import { small } from './support/plans';
import { expect, note } from './support/test';

/** Without an adapter the CPU compresses and measures. */

const CODECS = 8;
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

test('the quick plan of stories260K, from the address', async ({ openBrowser }) => {
  const page = await openBrowser(withoutAdapter);
  const lab = new LabPage(page);
  await collectEvents(page);
  await page.goto('./?model=stories260K&preset=quick&autostart=1');
  await lab.finished();
  await expectNoAdapter(lab);
  const records = await lab.records();
  expect(records.map((r) => r.role).sort()).toEqual(['baseline', ...Array(CODECS).fill('codec')]);
  for (const { environment, validity } of records) {
    expect(environment).toMatchObject({ adapter: 'none', features: [], compute: 'cpu' });
    expect(validity).toContain('cpu');
  }
  await expect(lab.rows).toHaveCount(CODECS + 1);
  const events = await seenEvents(page);
  const points = events.flatMap(({ event, at }) =>
    event.type === 'record' && event.record.role === 'codec' ? [at] : [],
  );
  note(
    'first point',
    `${(points[0] / 1000).toFixed(1)} s after navigation, the last after ${(points.at(-1)! / 1000).toFixed(1)} s`,
  );
});

test('a browser without WebGPU measures, and names what needs an adapter', async ({ page }) => {
  await page.addInitScript(() => {
    // A browser without WebGPU has no such property, not even on the prototype.
    delete (Navigator.prototype as { gpu?: unknown }).gpu;
  });
  await removeFromWorkers(page);
  const lab = new LabPage(page);
  await page.goto(`./?${small('rtn(bits=3)', 'model=stories260K')}`);
  await lab.expectState('ready');
  await expectNoAdapter(lab);
  const [, record] = await lab.runPlan();
  expect(record.environment.adapter).toBe('none');
});

/** Hides WebGPU from the workers, whose scripts the page's own script cannot change. */
async function removeFromWorkers(page: Page): Promise<void> {
  await page.route(/lab\.worker-.*\.js$/, async (route) => {
    const answer = await route.fetch();
    const script = `delete WorkerNavigator.prototype.gpu;\n${await answer.text()}`;
    await route.fulfill({ response: answer, body: script });
  });
}
