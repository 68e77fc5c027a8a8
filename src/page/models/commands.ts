import type { LookedUp } from '../../../workers/downloadCalls';
import { LabError, throwIfAborted } from '../../base/errors';
import { hubPlanModel } from '../../lab/plan/hub';
import { EMBEDDED_MODELS, measuredTask } from '../../lab/plan/presets';
import { pickModel, type PickedFile, type PickedModel } from '../../models/load/pickedFiles';
import { hubModels, type KnownModel } from '../../models/hub/catalogue';
import { splitHubId } from '../../models/hub/origin';
import type { DownloadProgress, HubModel, StoredModel } from '../../models/hub/types';
import { architectureFor } from '../../models/registry';
import type { ModelShape } from '../../models/architecture';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { runDraft } from '../measure/commands';
import { storedCopies, availabilityOf, type PageModel } from '../store/models';
import { choosePlanModel } from '../store/plan';
import { sentenceCase } from '../widgets/sentenceCase';
import { createDownloadClient, type DownloadClient } from '../worker/downloadClient';
import { watchFeasibility } from './feasibility';

/** Downloads of this many bytes or more need a confirmation. */
export const CONFIRM_BYTES = 20e6;

interface Hub {
  client: DownloadClient;
  /** Aborts the download, or the lookup before it. */
  download: AbortController | null;
  /** Aborts the lookup for which the user is waiting. */
  lookup: AbortController | null;
  /** The files chosen on this device, by the names of their models. */
  picked: Map<string, PickedModel>;
}

const hubs = new WeakMap<Page, Hub>();

/** Returns what the page knows of the hub. */
export function hubOf(page: Page): Hub {
  let hub = hubs.get(page);
  if (!hub) {
    hub = { client: createDownloadClient(), download: null, lookup: null, picked: new Map() };
    hubs.set(page, hub);
    watchFeasibility(page);
  }
  return hub;
}

/** Lists the models stored in the browser. If it cannot store anything, a notice says so and the list is empty. */
export async function refreshStoredModels(page: Page): Promise<void> {
  try {
    page.models.setState({ stored: await hubOf(page).client.call('list', null) });
  } catch (error) {
    page.models.setState({ stored: [] });
    showError(page, error, 'Stored models');
  }
}

/**
 * Looks up a model of the hub, so that a plan can use its name. A model of the catalogue is known without asking the hub.
 * @returns the name as plans spell it, with a branch resolved to its commit
 * @throws LabError if there is no such model, its architecture is unknown, or the hub does not answer
 */
export async function resolveModel(page: Page, name: string): Promise<string> {
  if (EMBEDDED_MODELS.has(name) || page.models.getState().known.has(name)) return name;
  await refreshStoredModels(page);
  const listed = hubModels.find(({ id }) => id === name);
  if (!listed) return lookUp(page, name);
  addKnown(page, fromCatalogue(listed));
  // The answer of the hub makes the size exact. A failure is ignored: the download asks again and reports it.
  void hubOf(page)
    .client.call('lookUp', { model: name, ...tokenOf(page) })
    .then((found) => addLookedUp(page, name, found))
    .catch(() => undefined);
  return name;
}

async function lookUp(page: Page, name: string): Promise<string> {
  const hub = hubOf(page);
  hub.lookup?.abort();
  hub.lookup = new AbortController();
  return addLookedUp(page, name, await describeModel(page, name, hub.lookup.signal));
}

/**
 * Asks the worker to describe a model. If the browser is offline and the model is not stored, it fails at once instead of after
 * several attempts.
 */
function describeModel(page: Page, name: string, signal: AbortSignal): Promise<LookedUp> {
  const { id } = splitHubId(name);
  const isStored = storedCopies(page.models.getState().stored ?? [], id).some(({ complete }) => complete);
  if (isStored || navigator.onLine)
    return hubOf(page).client.call('lookUp', { model: name, ...tokenOf(page) }, { signal });
  throw new LabError(
    'network',
    `${name} is not stored here, and this browser is offline.`,
    'Connect to the network and try again. Embedded and stored models work offline.',
  );
}

/** Returns the user's token for a request to the hub; it is never stored. */
export function tokenOf(page: Page): { token?: string } {
  const { token } = page.models.getState();
  return token ? { token } : {};
}

/** Cancels the lookup of a model. */
export function cancelLookup(page: Page): void {
  hubOf(page).lookup?.abort();
}

function addLookedUp(page: Page, name: string, { config, revision, hub }: LookedUp): string {
  const shape = architectureFor(config).configure(config);
  const { id, revision: asked } = splitHubId(name);
  const listed = hubModels.find((known) => known.id === id);
  const spelled = asked === undefined ? id : `${id}@${revision}`;
  const { stored } = page.models.getState();
  addKnown(page, {
    ...(listed && fromCatalogue(listed)),
    ...hubPlanModel(spelled, shape),
    ...{ from: 'hub', architecture: shape.architecture, parameters: shape.parameters, shape, resident: 0 },
    ...(hub && { hub }),
    bytes:
      hub?.files.reduce((sum, file) => sum + file.bytes, 0) ??
      storedCopies(stored ?? [], spelled)[0]?.total ??
      0,
  });
  return spelled;
}

function fromCatalogue(known: KnownModel): PageModel {
  const { architecture, parameters, bytes, licence, labels = [], notes } = known;
  const note = [...labels.map((label) => `${label}.`), ...(notes ? [notes] : [])].join(' ');
  return {
    ...hubPlanModel(known.id, known),
    ...{ from: 'hub', architecture, parameters, bytes, licence, resident: 0 },
    ...(note && { note: sentenceCase(note) }),
  };
}

function addKnown(page: Page, model: PageModel): void {
  page.models.setState(({ known }) => ({ known: new Map(known).set(model.id, model) }));
}

/** Chooses a model of the hub for the plan; nothing is downloaded yet. */
export async function chooseHubModel(page: Page, name: string): Promise<void> {
  try {
    show(page, await resolveModel(page, name));
  } catch (error) {
    showError(page, error, name);
  }
}

function show(page: Page, name: string): void {
  choosePlanModel(page.plans, name);
  page.models.setState({ last: name, dialogOpen: false });
  page.records.setState({ cohort: null, selected: null, model: null });
}

/** Chooses a model among files of this device for the plan. The files are read in place while the page is open. */
export async function addFiles(
  page: Page,
  files: readonly PickedFile[] | Promise<PickedFile[]>,
): Promise<void> {
  try {
    await runActivity(page, 'inspect', async ({ signal }) => {
      const picked = pickModel(await files);
      const shape = await openPicked(page, picked, signal);
      const bytes = [...picked.files.values()].reduce((sum, file) => sum + file.size, 0);
      const { maxContext, architecture, parameters } = shape;
      const task = measuredTask(picked.id, shape.task);
      addKnown(page, {
        ...{ id: picked.id, task, maxContext, from: 'local', architecture, parameters, shape, bytes },
        resident: residentBytes(picked),
        ...(task === 'language-model' && { data: 'wikitext-2' }),
      });
      show(page, picked.id);
    });
  } catch (error) {
    showError(page, error, 'Files of this device');
  }
}

/** Returns the size of the file that stays in memory: an ONNX graph; all others are read by range. */
function residentBytes({ weights, files }: PickedModel): number {
  return weights !== undefined && /\.onnx$/i.test(weights) ? files.get(weights)!.size : 0;
}

/** Opens a chosen model. If that fails, an earlier model of the same name stays available. */
export async function openPicked(page: Page, model: PickedModel, signal: AbortSignal): Promise<ModelShape> {
  const { client } = page;
  const { picked } = hubOf(page);
  client.pick(model);
  try {
    const shape = await client.call('inspect', model.id, { signal });
    picked.set(model.id, model);
    return shape;
  } catch (error) {
    const before = picked.get(model.id);
    if (before) client.pick(before);
    throw error;
  }
}

/** Downloads a model, or resumes its download. A large download needs a confirmation. */
export async function startDownload(page: Page, name: string, confirmed = false): Promise<void> {
  const { models } = page;
  if (models.getState().download) return;
  const hub = hubOf(page);
  const { signal } = (hub.download = new AbortController());
  models.setState({ confirming: null, download: { model: name, progress: null, stopping: false } });
  try {
    const { missing, hub: model } = await findMissing(page, name, signal);
    if (missing >= CONFIRM_BYTES && !confirmed) models.setState({ confirming: name });
    // Even if nothing is missing, the page may have closed before the checksums were compared.
    else if (model) await transfer(page, model, signal);
  } catch (error) {
    showError(page, error, name);
  } finally {
    hub.download = null;
    models.setState({ download: null });
    await refreshStoredModels(page);
  }
  runIfWaiting(page, name);
}

/** Asks the hub which files the model has now, and how many bytes are missing here. */
async function findMissing(page: Page, name: string, signal: AbortSignal): Promise<LookedUp> {
  const found = await describeModel(page, name, signal);
  // Stop may have been pressed after the answer was sent.
  throwIfAborted(signal);
  addLookedUp(page, name, found);
  return found;
}

/** Downloads the files of a model, with its progress in the store. */
export async function transfer(page: Page, model: HubModel, signal: AbortSignal): Promise<void> {
  const { models } = page;
  // Asks the browser not to evict the files when space is short. Not awaited, since it may refuse or ask the user first.
  void navigator.storage?.persist?.().catch(() => false);
  const onProgress = (progress: DownloadProgress): void =>
    models.setState(({ download }) => ({ download: download && { ...download, progress } }));
  await hubOf(page).client.call('download', { model, ...tokenOf(page) }, { signal, onProgress });
}

/** Stops the download; the bytes received are kept. */
export function stopDownload(page: Page): void {
  page.models.setState(({ download }) => ({
    download: download && { ...download, stopping: true },
    autostart: null,
  }));
  hubOf(page).download?.abort();
}

/** Runs the plan of an address with autostart once its model is available. */
function runIfWaiting(page: Page, name: string): void {
  const state = page.models.getState();
  if (state.autostart !== name || availabilityOf(state, name).state !== 'available') return;
  page.models.setState({ autostart: null });
  if (page.plans.getState().plan.model === name) runDraft(page);
}

/** Deletes the stored files of a model. */
export async function deleteStoredModel(page: Page, { id, revision }: StoredModel): Promise<void> {
  const { client } = hubOf(page);
  try {
    for (const name of [id, `${id}@${revision}`]) page.client.forget(name);
    await client.call('delete', { model: id, revision });
  } catch (error) {
    showError(page, error, id);
  } finally {
    await refreshStoredModels(page);
  }
}
