import type { Page } from '@playwright/test';
import { collectEvents, seenEvents, type LabPage } from './support/lab';
import { withSharedPage } from './support/sharedPage';
import { expect, note } from './support/test';

const CODECS = 8;
/** The main thread never blocks longer than this while a plan runs. */
const BOUND_MS = 100;

/** Runs the quick plan once. @returns what the main thread did meanwhile */
const test = withSharedPage(async (lab) => {
  const { page } = lab;
  await collectEvents(page);
  await lab.open();
  await page.getByRole('radio', { name: 'Quick' }).check();
  await expect(page.locator('.estimate')).toHaveText(/^about \d/, { timeout: 30_000 });
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

// Playwright's own trace works on the very thread that is measured here.
test.use({ trace: 'off' });

test('the quick plan on stories260K: one click, points one by one, records that validate', async ({
  lab,
}) => {
  const { page } = lab;
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

test('the main thread stays free while a plan runs', ({ prepared: tasks }) => {
  const longest = longestBy(tasks, 'cpuMs');
  note('longest task', `${longest.cpuMs.toFixed(0)} ms of processor time`);
  note('longest wait', `${longestBy(tasks, 'wallMs').wallMs.toFixed(0)} ms, other programs included`);
  expect(tasks.length).toBeGreaterThan(100);
  // Processor time: a software adapter keeps every core busy, and wall time would tell how busy they are.
  expect(longest.cpuMs).toBeLessThan(BOUND_MS);
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

/** What the page's main thread did, task by task, while `work` went on. */
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
  return tasks.reduce((most, task) => (task[key] > most[key] ? task : most), { cpuMs: 0, wallMs: 0 });
}
