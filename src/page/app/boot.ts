import { describeError, LabError } from '../../base/errors';
import { EMBEDDED_MODELS } from '../../lab/presets';
import { planFromQuery } from '../../lab/planText';
import type { PageRequest } from '../../lab/planText';
import { openRecordStore } from '../../lab/store/indexedDb';
import { blockedBy, surroundings } from '../browser/support';
import { createLabClient } from '../labClient';
import type { Port } from '../labClient';
import { presetPlan } from '../plan/draft';
import { createBenchStore } from '../store/benchStore';
import { createGenerationStore } from '../store/generationStore';
import { addError, createLabStore } from '../store/labStore';
import { createPlanStore } from '../store/planStore';
import { createRecordsStore } from '../store/recordsStore';
import { createTrainStore } from '../store/trainStore';
import { createViewStore } from '../store/viewStore';
import type { Page } from './page';
import { loadExamples, loadKept } from './recordCommands';

/** Starts the worker; a bundler finds the file through this very expression. */
function startWorker(): Port {
  return new Worker(new URL('../../../workers/lab.worker.ts', import.meta.url), {
    type: 'module',
    name: 'lab',
  });
}

/** What the address asks for, or the error that says what is wrong with it. */
export function readAddress(search: string): { request: PageRequest } | { error: LabError } {
  try {
    return { request: planFromQuery(new URLSearchParams(search)) };
  } catch (error) {
    if (error instanceof LabError) return { error };
    throw error;
  }
}

/** The stores and the client, wired; nothing is running yet. */
export function createPage(request: PageRequest | undefined): Page {
  const lab = createLabStore();
  const fallback = [...EMBEDDED_MODELS.keys()][0];
  const plan = request?.plan ?? presetPlan(fallback, 'default');
  const kept = openRecordStore();
  // Reported where it is used; a page without storage still measures.
  kept.catch(() => undefined);
  return {
    client: createLabClient(startWorker, (error) => lab.setState((s) => addError(s, error))),
    lab,
    plans: createPlanStore(plan, request?.preset ?? 'default'),
    records: createRecordsStore(),
    view: createViewStore(),
    generation: createGenerationStore(),
    bench: createBenchStore(),
    train: createTrainStore(),
    kept,
  };
}

/**
 * Opens the device and loads earlier records and examples.
 * @throws LabError when nothing can be run here; records and examples are shown all the same
 */
export async function boot(page: Page): Promise<void> {
  const loading = Promise.all([loadKept(page), loadExamples(page)]);
  try {
    const blocked = blockedBy(surroundings());
    if (blocked) throw blocked;
    page.lab.setState({ device: await page.client.open() });
  } catch (error) {
    page.lab.setState({ blocked: describeError(error) });
    throw error;
  } finally {
    await loading;
  }
}

/** Asks the worker how long the plan in the editor will take, whenever that plan changes. */
export function watchEstimate(page: Page): void {
  let asked: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (): Promise<void> => {
    const { plan, problem } = page.plans.getState();
    const { device, phase } = page.lab.getState();
    if (problem || !device || phase === 'running' || plan === asked || page.train.getState().running) return;
    asked = plan;
    const estimateMs = await page.client.estimate(plan).catch(() => null);
    // An estimate gives way to a run; the end of the run asks again.
    if (estimateMs === null) asked = undefined;
    if (page.plans.getState().plan === plan) page.plans.setState({ estimateMs });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), 100);
  };
  page.plans.subscribe(soon);
  page.lab.subscribe((now, before) => {
    if (now.device !== before.device || now.phase !== before.phase) soon();
  });
  page.train.subscribe((now, before) => {
    if (before.running && !now.running) soon();
  });
}

/** Tells the worker when the tab is hidden: throttled times must not count. */
export function watchVisibility(page: Page): void {
  document.addEventListener('visibilitychange', () => page.client.setHidden(document.hidden));
  if (document.hidden) page.client.setHidden(true);
}
