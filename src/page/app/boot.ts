import { describeError, LabError } from '../../base/errors';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { isHubId } from '../../models/hub/origin';
import { DEFAULT_MODEL } from '../../lab/plan/build';
import { planFromQuery } from '../../lab/plan/text';
import type { PageRequest } from '../../lab/plan/text';
import { openRecordStore } from '../../platform/browser/recordStore';
import { blockedBy, surroundings } from '../browser/support';
import { presetPlan } from '../plan/draft';
import { pageNames } from '../plan/names';
import { createBenchStore } from '../store/bench';
import { createGenerationStore } from '../store/generation';
import { addError, createLabStore, isBusy } from '../store/lab';
import { createModelsStore, presenceOf } from '../store/models';
import { createPlanStore, setPlan } from '../store/plan';
import { createRecordsStore } from '../store/records';
import { createTrainStore } from '../store/train';
import { createViewStore } from '../store/view';
import { createLabClient, type LabPort } from '../worker/labClient';
import { occupy } from './activity';
import type { Page } from './page';
import { loadExamples, loadKept } from '../history/commands';
import { measurePlan } from '../measure/commands';

/** Starts the worker; a bundler finds the file through this very expression. */
function startWorker(): LabPort {
  return new Worker(new URL('../../../workers/lab.worker.ts', import.meta.url), {
    type: 'module',
    name: 'lab',
  });
}

/** What the address asks for: a plan, a query whose model has to be looked up first, or the error that says what is wrong with it. */
export type Address = { request: PageRequest } | { query: URLSearchParams } | { error: LabError };

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const [model = '', ...more] = query.getAll('model');
  if (more.length === 0 && !EMBEDDED_MODELS.has(model) && isHubId(model)) return { query };
  try {
    return { request: planFromQuery(query, pageNames(createModelsStore())) };
  } catch (error) {
    if (error instanceof LabError) return { error };
    throw error;
  }
}

/** Creates the stores and the client; nothing is running yet. */
export function createPage(request: PageRequest | undefined): Page {
  const lab = createLabStore();
  const models = createModelsStore();
  const names = pageNames(models);
  const plan = request?.plan ?? presetPlan(DEFAULT_MODEL, 'default', names);
  const kept = openRecordStore();
  // A failure is reported where the store is used; a page without storage still measures.
  kept.catch(() => undefined);
  return {
    client: createLabClient(startWorker, (error) => lab.setState((s) => addError(s, error))),
    lab,
    plans: createPlanStore(plan, request?.preset ?? 'default', names),
    models,
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
 * @throws LabError when nothing can be run here; records and examples are shown nevertheless
 */
export async function boot(page: Page): Promise<void> {
  const loading = Promise.all([loadKept(page), loadExamples(page)]);
  try {
    const blocked = blockedBy(surroundings());
    if (blocked) throw blocked;
    page.lab.setState({ device: await page.client.call('open', null) });
  } catch (error) {
    page.lab.setState({ blocked: describeError(error) });
    throw error;
  } finally {
    await loading;
  }
}

/**
 * Looks up the model of a query and makes its plan the page's.
 * @throws LabError when there is no such model, the hub does not answer, or the rest of the query is wrong
 */
export async function openQuery(page: Page, query: URLSearchParams): Promise<PageRequest> {
  const { resolveModel } = await import('../models/commands');
  const name = await resolveModel(page, query.get('model')!);
  // A second model stays, to be refused as anything given twice.
  const named = new URLSearchParams([...query].map(([key, value]) => [key, key === 'model' ? name : value]));
  const request = planFromQuery(named, page.plans.names);
  page.models.setState({ last: request.plan.model });
  setPlan(page.plans, request.plan, request.preset);
  return request;
}

/** Runs the page's plan. A missing model is downloaded first, after a question if it is large. */
export async function startPlan(page: Page): Promise<void> {
  const { plan } = page.plans.getState();
  if (presenceOf(page.models.getState(), plan.model).state === 'here')
    return void (await measurePlan(page, plan));
  page.models.setState({ autostart: plan.model });
  const { startDownload: download } = await import('../models/commands');
  await download(page, plan.model);
}

/** A larger model is not loaded just to estimate its plan. */
const TIMED_PARAMETERS = 16e6;

/** Whether the worker may load the model in order to time a batch. */
function mayTime({ models }: Page, name: string): boolean {
  const state = models.getState();
  if (presenceOf(state, name).state !== 'here') return false;
  return (state.known.get(name)?.parameters ?? 0) <= TIMED_PARAMETERS;
}

/** Asks the worker how long the plan in the editor will take, whenever that plan changes. */
export function watchEstimate(page: Page): void {
  let asked: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (): Promise<void> => {
    const { plan, problem } = page.plans.getState();
    const state = page.lab.getState();
    if (problem || !state.device || isBusy(state) || plan === asked) return;
    if (!mayTime(page, plan.model)) return;
    asked = plan;
    const estimateMs = await occupy(page, 'estimate', ({ signal }) =>
      page.client.call('estimate', plan, { signal }),
    ).catch(() => null);
    // An estimate gives way to a run; the end of the run asks again.
    if (estimateMs === null) asked = undefined;
    else if (page.plans.getState().plan === plan) page.plans.setState({ estimateMs });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), 100);
  };
  page.plans.subscribe(soon);
  page.models.subscribe((now, before) => {
    if (now.known !== before.known || now.kept !== before.kept) soon();
  });
  page.lab.subscribe((now, before) => {
    if (now.device !== before.device || now.rest !== before.rest || isBusy(now) !== isBusy(before)) soon();
  });
}

/** Tells the worker when the tab is hidden, since browsers throttle hidden tabs. */
export function watchVisibility(page: Page): void {
  document.addEventListener('visibilitychange', () => page.client.setHidden(document.hidden));
  if (document.hidden) page.client.setHidden(true);
}
