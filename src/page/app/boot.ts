import { describeError } from '../../base/errors';
import type { ComputeChoice } from '../../lab/compute';
import { DEFAULT_MODEL } from '../../lab/plan/build';
import type { Plan } from '../../lab/plan/plan';
import { planFromQuery } from '../../lab/plan/text';
import type { PageRequest } from '../../lab/plan/text';
import type { PersistentStore } from '../../platform/browser/recordStore';
import { missingCapability, browserCapabilities } from '../browser/support';
import { presetPlan } from '../plan/draft';
import { pageNames } from '../plan/names';
import { createBenchStore } from '../store/bench';
import { createDeltaStore } from '../store/delta';
import { createGenerationStore } from '../store/generation';
import { createInspectionStore } from '../store/inspection';
import { addError, createLabStore, isBusy } from '../store/lab';
import { createModelsStore, availabilityOf } from '../store/models';
import { createPlanStore, setPlan } from '../store/plan';
import { createRecordsStore } from '../store/records';
import { createRoutingStore } from '../store/routing';
import { createTrainStore } from '../store/train';
import { createValuesStore, mapGroups } from '../store/values';
import { createViewStore } from '../store/view';
import { createLabClient, type LabPort } from '../worker/labClient';
import { runActivity } from './activity';
import type { Address } from './address';
import type { Page } from './page';
import { measurePlan } from '../measure/commands';

/** Starts the worker. The bundler recognises exactly this form of expression. */
function startWorker(): LabPort {
  return new Worker(new URL('../../../workers/lab.worker.ts', import.meta.url), {
    type: 'module',
    name: 'lab',
  });
}

/** Creates the stores and the client for an address. Nothing runs yet. */
export function createPage(address: Address): Page {
  const request = 'request' in address ? address.request : undefined;
  const lab = createLabStore();
  const models = createModelsStore();
  const names = pageNames(models);
  const plan = request?.plan ?? presetPlan(DEFAULT_MODEL, 'default', names);
  const recordStore = openRecords();
  // A failure is reported where the store is used; the page can measure without storage.
  recordStore.catch(() => undefined);
  return {
    client: createLabClient(startWorker, (error) => lab.setState((s) => addError(s, error))),
    lab,
    plans: createPlanStore(plan, request?.preset ?? 'default', names),
    models,
    records: createRecordsStore(),
    view: createViewStore(address.shown),
    values: mapGroups((group) => createValuesStore(address.values[group])),
    generation: createGenerationStore(),
    bench: createBenchStore(),
    delta: createDeltaStore(),
    inspection: createInspectionStore(),
    routing: createRoutingStore(),
    train: createTrainStore(),
    recordStore,
  };
}

async function openRecords(): Promise<PersistentStore> {
  const { openRecordStore } = await import('../../platform/browser/recordStore');
  return openRecordStore();
}

/**
 * Opens the device and loads earlier records and examples.
 * @throws LabError if nothing can be run on this device; records and examples are shown nevertheless
 */
export async function boot(page: Page): Promise<void> {
  const loading = loadRecords(page);
  try {
    const blocked = missingCapability(browserCapabilities());
    if (blocked) throw blocked;
    page.lab.setState({ device: (await page.client.call('open', null)) ?? 'none' });
    void checkAdapter(page);
  } catch (error) {
    page.lab.setState({ blocked: describeError(error) });
    throw error;
  } finally {
    await loading;
  }
}

async function loadRecords(page: Page): Promise<void> {
  const { loadStoredRecords, loadExamples } = await import('../history/commands');
  await Promise.all([loadStoredRecords(page), loadExamples(page)]);
}

/** Has the adapter checked and shows the outcome. A check that fails otherwise is repeated, and reported, by the first run. */
async function checkAdapter(page: Page): Promise<void> {
  const selfCheck = await page.client.call('selfCheck', null).catch(() => null);
  page.lab.setState({ selfCheck });
}

/**
 * Looks up the model of a query and sets its plan.
 * @throws LabError if there is no such model, the hub does not answer, or the query is invalid otherwise
 */
export async function openQuery(page: Page, query: URLSearchParams): Promise<PageRequest> {
  const { resolveModel } = await import('../models/commands');
  const name = await resolveModel(page, query.get('model')!);
  // A second model is kept, so that the parser refuses it.
  const named = new URLSearchParams([...query].map(([key, value]) => [key, key === 'model' ? name : value]));
  const request = planFromQuery(named, page.plans.names);
  page.models.setState({ last: request.plan.model });
  setPlan(page.plans, request.plan, request.preset);
  return request;
}

/** Runs the page's plan. A missing model is downloaded first, with a confirmation if it is large. */
export async function startPlan(page: Page): Promise<void> {
  const { plan } = page.plans.getState();
  if (availabilityOf(page.models.getState(), plan.model).state === 'available')
    return void (await measurePlan(page, plan));
  page.models.setState({ autostart: plan.model });
  const { startDownload } = await import('../models/commands');
  await startDownload(page, plan.model);
}

/** Larger models are not loaded just to estimate the duration of a plan. */
const MAX_TIMED_PARAMETERS = 16e6;

/** Whether the worker may load the model in order to time a batch. */
function canTime({ models }: Page, name: string): boolean {
  const state = models.getState();
  if (availabilityOf(state, name).state !== 'available') return false;
  return (state.known.get(name)?.parameters ?? 0) <= MAX_TIMED_PARAMETERS;
}

/** Asks the worker for the duration of the plan in the editor whenever that plan, or what runs it, changes. */
export function watchEstimate(page: Page): void {
  let asked: { plan: Plan; compute: ComputeChoice } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isPresent = (question: typeof asked) =>
    question?.plan === page.plans.getState().plan && question.compute === page.lab.getState().compute;
  const ask = async (): Promise<void> => {
    const { plan, problem } = page.plans.getState();
    const state = page.lab.getState();
    if (problem || !state.device || isBusy(state) || isPresent(asked)) return;
    if (!canTime(page, plan.model)) return;
    const question = { plan, compute: state.compute };
    asked = question;
    const estimateMs = await runActivity(page, 'estimate', ({ signal }) =>
      page.client.call('estimate', plan, { signal }),
    ).catch(() => null);
    // A run stops the estimate, and the end of the run asks again.
    if (estimateMs === null) asked = undefined;
    else if (isPresent(question)) page.plans.setState({ estimateMs });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), 100);
  };
  page.plans.subscribe(soon);
  page.models.subscribe((now, before) => {
    if (now.known !== before.known || now.stored !== before.stored) soon();
  });
  page.lab.subscribe((now, before) => {
    const changed = (['device', 'idlePhase', 'compute'] as const).some((key) => now[key] !== before[key]);
    if (changed || isBusy(now) !== isBusy(before)) soon();
  });
}

/** Tells the worker when the tab is hidden, since browsers throttle hidden tabs. */
export function watchVisibility(page: Page): void {
  document.addEventListener('visibilitychange', () => page.client.setHidden(document.hidden));
  if (document.hidden) page.client.setHidden(true);
}
