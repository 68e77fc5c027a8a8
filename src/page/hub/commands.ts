import type { LookedUp } from '../../../workers/downloadProtocol';
import { Cancelled, LabError } from '../../base/errors';
import { hubPlanModel } from '../../lab/plan/hub';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { pickModel, type PickedFile, type PickedModel } from '../../models/load/fileList';
import { hubModels, type KnownModel } from '../../models/hub/catalogue';
import { splitHubId } from '../../models/hub/origin';
import type { HubModel, StoredModel } from '../../models/hub/types';
import { architectureFor } from '../../models/registry';
import type { ModelShape } from '../../models/architecture';
import type { Page } from '../app/page';
import { isBusy, runDraft, showError } from '../app/runCommands';
import type { Job } from '../labClient';
import { keptOf, presenceOf, type PageModel } from '../store/modelsStore';
import { chooseModel } from '../store/planStore';
import { createDownloadClient, startDownloadWorker, type DownloadClient } from './downloadClient';
import { watchFitness } from './fitness';

/** Downloads of so many bytes begin only after a yes. */
export const ASK_BYTES = 20e6;

interface Hub {
  client: DownloadClient;
  /** What Stop ends: asking for a model to be downloaded, or the download. */
  job: Job<unknown> | null;
  /** Somebody waits for a model to be looked up. */
  looking: Job<unknown> | null;
  /** Files of this device that are in use, by the names of their models. */
  picked: Map<string, PickedModel>;
}

const hubs = new WeakMap<Page, Hub>();

function hubOf(page: Page): Hub {
  let hub = hubs.get(page);
  if (!hub) {
    const token = (): string => page.models.getState().token;
    const client = createDownloadClient(startDownloadWorker, token);
    hubs.set(page, (hub = { client, job: null, looking: null, picked: new Map() }));
    watchFitness(page);
  }
  return hub;
}

/** Looks at what the browser keeps. Where it keeps nothing at all, that is said once and nothing is here. */
export async function refreshKept(page: Page): Promise<void> {
  try {
    page.models.setState({ kept: await hubOf(page).client.list() });
  } catch (error) {
    page.models.setState({ kept: [] });
    showError(page, error, 'Kept models');
  }
}

/**
 * Makes a model of the hub known under its name, so that a plan can use it. What the catalogue lists needs no answer of the hub.
 * @returns the name as plans spell it: a branch becomes its commit
 * @throws LabError when there is no such model, its architecture is not known, or nobody answers
 */
export async function resolveModel(page: Page, name: string): Promise<string> {
  if (EMBEDDED_MODELS.has(name) || page.models.getState().known.has(name)) return name;
  await refreshKept(page);
  const listed = hubModels.find(({ id }) => id === name);
  if (!listed) return lookUp(page, name);
  remember(page, fromCatalogue(listed));
  // Its size and needs become exact once the hub has answered; a download asks again and reports what is wrong.
  void hubOf(page)
    .client.look(name)
    .done.then((found) => remembered(page, name, found))
    .catch(() => undefined);
  return name;
}

async function lookUp(page: Page, name: string): Promise<string> {
  const hub = hubOf(page);
  hub.looking?.stop();
  const looking = look(page, name);
  hub.looking = looking;
  return remembered(page, name, await looking.done);
}

/**
 * Where the browser knows that it is offline, nobody has to wait for the attempts that would show it. Which branches a kept commit was
 * asked by, only the worker knows.
 */
function look(page: Page, name: string): Job<LookedUp> {
  const { id } = splitHubId(name);
  const isKept = keptOf(page.models.getState().kept ?? [], id).some(({ complete }) => complete);
  if (isKept || navigator.onLine) return hubOf(page).client.look(name);
  throw new LabError(
    'network',
    `${name} is not kept here, and this browser is offline.`,
    'Connect, then try again; models that ship and those that are kept work without.',
  );
}

/** Ends the question for a model that somebody waits for. */
export function stopLooking(page: Page): void {
  hubOf(page).looking?.stop();
}

function remembered(page: Page, name: string, { config, revision, hub }: LookedUp): string {
  const shape = architectureFor(config).configure(config);
  const { id, revision: asked } = splitHubId(name);
  const listed = hubModels.find((known) => known.id === id);
  const spelled = asked === undefined ? id : `${id}@${revision}`;
  const { kept } = page.models.getState();
  remember(page, {
    ...(listed && fromCatalogue(listed)),
    ...hubPlanModel(spelled, shape),
    ...{ from: 'hub', architecture: shape.architecture, parameters: shape.parameters, shape, resident: 0 },
    ...(hub && { hub }),
    bytes:
      hub?.files.reduce((sum, file) => sum + file.bytes, 0) ?? keptOf(kept ?? [], spelled)[0]?.total ?? 0,
  });
  return spelled;
}

function fromCatalogue(known: KnownModel): PageModel {
  const { architecture, parameters, bytes, licence, labels = [], notes } = known;
  const note = [...labels.map((label) => `${label}.`), ...(notes ? [notes] : [])].join(' ');
  return {
    ...hubPlanModel(known.id, known),
    ...{ from: 'hub', architecture, parameters, bytes, licence, resident: 0 },
    ...(note && { note: note.charAt(0).toUpperCase() + note.slice(1) }),
  };
}

function remember(page: Page, model: PageModel): void {
  page.models.setState(({ known }) => ({ known: new Map(known).set(model.id, model) }));
}

/** Makes a model of the hub that of the plan; nothing is downloaded yet. */
export async function chooseHubModel(page: Page, name: string): Promise<void> {
  try {
    show(page, await resolveModel(page, name));
  } catch (error) {
    showError(page, error, name);
  }
}

function show(page: Page, name: string): void {
  chooseModel(page.plans, name);
  page.models.setState({ last: name, dialogOpen: false });
  page.records.setState({ cohort: null, selected: null, model: null });
}

/** Makes a model among files of this device that of the plan. It is read where it lies, for as long as the page is open. */
export async function addFiles(
  page: Page,
  files: readonly PickedFile[] | Promise<PickedFile[]>,
): Promise<void> {
  page.models.setState({ reading: true });
  try {
    if (isBusy(page)) throw new LabError('bad-input', 'The lab is busy.', 'Stop it, or wait for its end.');
    const picked = pickModel(await files);
    const shape = await openPicked(page, hubOf(page), picked);
    const bytes = [...picked.files.values()].reduce((sum, file) => sum + file.size, 0);
    const { task, maxContext, architecture, parameters } = shape;
    remember(page, {
      ...{ id: picked.id, task, maxContext, from: 'local', architecture, parameters, shape, bytes },
      resident: picked.kind === 'gguf' ? bytes : 0,
      ...(task === 'language-model' && { data: 'wikitext-2' }),
    });
    show(page, picked.id);
  } catch (error) {
    showError(page, error, 'Files of this device');
  } finally {
    page.models.setState({ reading: false });
  }
}

/** What cannot be used does not take the place of a model of the same name. */
async function openPicked({ client }: Page, hub: Hub, model: PickedModel): Promise<ModelShape> {
  client.pick(model);
  try {
    const shape = await client.inspect(model.id);
    hub.picked.set(model.id, model);
    return shape;
  } catch (error) {
    const before = hub.picked.get(model.id);
    if (before) client.pick(before);
    throw error;
  }
}

/**
 * Downloads a model, or goes on with it. Large ones are asked about first, unless that was agreed to.
 */
export async function download(page: Page, name: string, agreed = false): Promise<void> {
  const { models } = page;
  if (models.getState().download) return;
  models.setState({ asking: null, download: { model: name, progress: null, stopping: false } });
  try {
    const { missing, hub } = await whatIsMissing(page, name);
    if (missing >= ASK_BYTES && !agreed) models.setState({ asking: name });
    // Where nothing is missing, what was kept may still have to be held to its checksum: a crash came between.
    else if (hub) await transfer(page, hub);
  } catch (error) {
    if (!(error instanceof Cancelled)) showError(page, error, name);
  } finally {
    hubOf(page).job = null;
    models.setState({ download: null });
    await refreshKept(page);
  }
  runIfWaiting(page, name);
}

/** Asks the hub what the model consists of now, and looks at what of it is here. */
async function whatIsMissing(page: Page, name: string): Promise<LookedUp> {
  const hub = hubOf(page);
  const looking = look(page, name);
  hub.job = looking;
  const found = await looking.done;
  // Stop may have come when the answer was on its way already.
  if (page.models.getState().download?.stopping) throw new Cancelled();
  remembered(page, name, found);
  return found;
}

async function transfer(page: Page, model: HubModel): Promise<void> {
  const { models } = page;
  const hub = hubOf(page);
  // Asked for, so that the browser does not clear it when room gets short. Nobody waits: it may say no, or ask the visitor first.
  void navigator.storage?.persist?.().catch(() => false);
  hub.job = hub.client.download(model, (progress) =>
    models.setState(({ download }) => ({ download: download && { ...download, progress } })),
  );
  await hub.job.done;
}

/** Ends the download; what arrived is kept. */
export function stopDownload(page: Page): void {
  page.models.setState(({ download }) => ({
    download: download && { ...download, stopping: true },
    autostart: null,
  }));
  hubOf(page).job?.stop();
}

/** An address with autostart runs its plan as soon as the model is here. */
function runIfWaiting(page: Page, name: string): void {
  const state = page.models.getState();
  if (state.autostart !== name || presenceOf(state, name).state !== 'here') return;
  page.models.setState({ autostart: null });
  if (page.plans.getState().plan.model === name) runDraft(page);
}

/** Deletes what is kept of a model. */
export async function removeKept(page: Page, { id, revision }: StoredModel): Promise<void> {
  const { client } = hubOf(page);
  try {
    for (const name of [id, `${id}@${revision}`]) page.client.forget(name);
    await client.delete(id, revision);
  } catch (error) {
    showError(page, error, id);
  } finally {
    await refreshKept(page);
  }
}
