import type { Page } from '@playwright/test';
import { collectEvents, seenEvents, type LabPage } from './support/lab';
import { MAX_LAYOUT_SHIFT, watchLayoutShift } from './support/layoutShift';
import { withSharedPage } from './support/sharedPage';
import { expect, note } from './support/test';

const CODECS = 8;
/** Maximum CPU time of a task on the main thread while a plan runs. */
const MAX_TASK_MS = 100;

/** Runs the quick plan once and returns the tasks of the main thread meanwhile. */
const test = withSharedPage(async (lab) => {
  const { page } = lab;
  await collectEvents(page);
  await watchLayoutShift(page);
  await lab.open();
  await page.getByRole('radio', { name: 'Quick' }).check();
  await expect(page.locator('.estimate')).toHaveText(/^About \d/);
  return mainThreadTasks(page, async () => {
    await lab.run.click();
    await expect(lab.progress).toBeVisible();
    await expect(page.locator('.progress .step')).toHaveText(/\S/);
    await expect(page.locator('.progress .times')).toHaveText(/(\d|<).* · .*(\d|<).* left/);
    await expectRowsToGrow(lab);
    await lab.finished();
    await expect(lab.chart).toBeVisible();
  });
});

// Playwright's own trace would run on the thread that is measured here.
test.use({ trace: 'off' });

test('the quick plan on stories260K adds points one by one and gives valid records', async ({ lab }) => {
  const { page } = lab;
  const records = await lab.records();
  expect(records.map((r) => r.role).sort()).toEqual(['baseline', ...Array(CODECS).fill('codec')]);
  await expect(lab.rows).toHaveCount(CODECS + 1);
  await expect(page.locator('.chart .scatterlayer .point')).not.toHaveCount(0);
  for (const { environment, validity } of records) {
    expect(environment.adapter).toMatch(/swiftshader/i);
    expect(environment.fallbackAdapter).toBe(true);
    expect(validity).toContain('cpu');
  }
  await checkEvents(lab);
  const shift = await page.evaluate(() => window.layoutShift);
  note('layout shift', shift.toFixed(4));
  expect(shift).toBeLessThan(MAX_LAYOUT_SHIFT);
});

test('the main thread stays responsive while a plan runs', ({ prepared: tasks }) => {
  const longest = longestBy(tasks, 'cpuMs');
  note('longest task', `${longest.cpuMs.toFixed(0)} ms of CPU time`);
  note('longest wait', `${longestBy(tasks, 'wallMs').wallMs.toFixed(0)} ms, other programs included`);
  expect(tasks.length).toBeGreaterThan(100);
  // CPU time, since a software adapter occupies every core and delays wall-clock time.
  expect(longest.cpuMs).toBeLessThan(MAX_TASK_MS);
});

/** Checks that the table has some but not all of its rows while the run continues. */
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
  // No two records arrive at the same time.
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

interface Task {
  cpuMs: number;
  wallMs: number;
}

/** One event of Chrome's trace format, times in microseconds: https://perfetto.dev/docs/getting-started/other-formats */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** Returns the tasks of the page's main thread during `work`. */
async function mainThreadTasks(page: Page, work: () => Promise<void>): Promise<Task[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const thread = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
  const named = trace.traceEvents.filter((e) => e.name === 'thread_name');
  const main = new Set(named.filter((e) => e.args.name === 'CrRendererMain').map(thread));
  return trace.traceEvents
    .filter((e) => e.ph === 'X' && e.name.endsWith('RunTask') && main.has(thread(e)))
    .map(({ dur = NaN, tdur = NaN }) => ({ cpuMs: tdur / 1000, wallMs: dur / 1000 }));
}

function longestBy(tasks: readonly Task[], key: keyof Task): Task {
  return tasks.reduce((max, task) => (task[key] > max[key] ? task : max), { cpuMs: 0, wallMs: 0 });
}
