import type { LookedUp } from '../../../workers/downloadCalls';
import { LabError, throwIfAborted } from '../../base/errors';
import { hubPlanModel } from '../../lab/plan/hub';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { pickModel, type PickedFile, type PickedModel } from '../../models/load/pickedFiles';
import { hubModels, type KnownModel } from '../../models/hub/catalogue';
import { splitHubId } from '../../models/hub/origin';
import type { DownloadProgress, HubModel, StoredModel } from '../../models/hub/types';
import { architectureFor } from '../../models/registry';
import type { ModelShape } from '../../models/architecture';
import { occupy, showError } from '../app/activity';
import type { Page } from '../app/page';
import { runDraft } from '../measure/commands';
import { keptOf, presenceOf, type PageModel } from '../store/models';
import { choosePlanModel } from '../store/plan';
import { createDownloadClient, type DownloadClient } from '../worker/downloadClient';
import { watchFeasibility } from './feasibility';

/** A download of this many bytes or more begins only after a yes. */
export const ASK_BYTES = 20e6;

interface Hub {
  client: DownloadClient;
  /** Stops the download, or the lookup before it. */
  download: AbortController | null;
  /** Stops the lookup that somebody waits for. */
  looking: AbortController | null;
  /** The chosen files of this device, by the names of their models. */
  picked: Map<string, PickedModel>;
}

const hubs = new WeakMap<Page, Hub>();

function hubOf(page: Page): Hub {
  let hub = hubs.get(page);
  if (!hub) {
    hub = { client: createDownloadClient(), download: null, looking: null, picked: new Map() };
    hubs.set(page, hub);
    watchFeasibility(page);
  }
  return hub;
}

/** Lists what the browser keeps. Where it cannot store anything, that is shown once and the list is empty. */
export async function refreshKept(page: Page): Promise<void> {
  try {
    page.models.setState({ kept: await hubOf(page).client.call('list', null) });
  } catch (error) {
    page.models.setState({ kept: [] });
    showError(page, error, 'Kept models');
  }
}

/**
 * Makes a model of the hub known under its name, so that a plan can use it. A model of the catalogue needs no answer of the hub.
 * @returns the name as plans spell it, in which a branch has become its commit
 * @throws LabError when there is no such model, its architecture is unknown, or the hub does not answer
 */
export async function resolveModel(page: Page, name: string): Promise<string> {
  if (EMBEDDED_MODELS.has(name) || page.models.getState().known.has(name)) return name;
  await refreshKept(page);
  const listed = hubModels.find(({ id }) => id === name);
  if (!listed) return lookUp(page, name);
  remember(page, fromCatalogue(listed));
  // Its size becomes exact once the hub has answered; a download asks again and reports what is wrong.
  void hubOf(page)
    .client.call('lookUp', { model: name, ...authorisation(page) })
    .then((found) => remembered(page, name, found))
    .catch(() => undefined);
  return name;
}

async function lookUp(page: Page, name: string): Promise<string> {
  const hub = hubOf(page);
  hub.looking?.abort();
  hub.looking = new AbortController();
  return remembered(page, name, await look(page, name, hub.looking.signal));
}

/**
 * Asks the worker what a model is, unless the browser is offline and does not keep the model: then it fails at once instead of
 * after several attempts.
 */
function look(page: Page, name: string, signal: AbortSignal): Promise<LookedUp> {
  const { id } = splitHubId(name);
  const isKept = keptOf(page.models.getState().kept ?? [], id).some(({ complete }) => complete);
  if (isKept || navigator.onLine)
    return hubOf(page).client.call('lookUp', { model: name, ...authorisation(page) }, { signal });
  throw new LabError(
    'network',
    `${name} is not kept here, and this browser is offline.`,
    'Connect, then try again. Models that ship with the page and those that are kept work offline.',
  );
}

/** Returns the visitor's token for a request to the hub; it is stored nowhere. */
function authorisation(page: Page): { token?: string } {
  const { token } = page.models.getState();
  return token ? { token } : {};
}

/** Stops looking a model up. */
export function stopLooking(page: Page): void {
  hubOf(page).looking?.abort();
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

/** Chooses a model among files of this device for the plan. Its files are read in place, as long as the page is open. */
export async function addFiles(
  page: Page,
  files: readonly PickedFile[] | Promise<PickedFile[]>,
): Promise<void> {
  try {
    await occupy(page, 'inspect', async ({ signal }) => {
      const picked = pickModel(await files);
      const shape = await openPicked(page, picked, signal);
      const bytes = [...picked.files.values()].reduce((sum, file) => sum + file.size, 0);
      const { task, maxContext, architecture, parameters } = shape;
      remember(page, {
        ...{ id: picked.id, task, maxContext, from: 'local', architecture, parameters, shape, bytes },
        resident: picked.kind === 'gguf' ? bytes : 0,
        ...(task === 'language-model' && { data: 'wikitext-2' }),
      });
      show(page, picked.id);
    });
  } catch (error) {
    showError(page, error, 'Files of this device');
  }
}

/** Opens a chosen model. If that fails, a model chosen before under the same name stays. */
async function openPicked(page: Page, model: PickedModel, signal: AbortSignal): Promise<ModelShape> {
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

/** Downloads a model, or resumes its download. A large one is asked about first, unless the visitor has agreed. */
export async function startDownload(page: Page, name: string, agreed = false): Promise<void> {
  const { models } = page;
  if (models.getState().download) return;
  const hub = hubOf(page);
  const { signal } = (hub.download = new AbortController());
  models.setState({ asking: null, download: { model: name, progress: null, stopping: false } });
  try {
    const { missing, hub: model } = await whatIsMissing(page, name, signal);
    if (missing >= ASK_BYTES && !agreed) models.setState({ asking: name });
    // Even where nothing is missing, a crash may have come before the checksums were compared.
    else if (model) await transfer(page, model, signal);
  } catch (error) {
    showError(page, error, name);
  } finally {
    hub.download = null;
    models.setState({ download: null });
    await refreshKept(page);
  }
  runIfWaiting(page, name);
}

/** Asks the hub what the model consists of now, and how much of it is missing here. */
async function whatIsMissing(page: Page, name: string, signal: AbortSignal): Promise<LookedUp> {
  const found = await look(page, name, signal);
  // Stop may have been pressed after the answer was sent.
  throwIfAborted(signal);
  remembered(page, name, found);
  return found;
}

async function transfer(page: Page, model: HubModel, signal: AbortSignal): Promise<void> {
  const { models } = page;
  // Asks the browser not to clear the files when space gets short. Not awaited: it may refuse, or ask the visitor first.
  void navigator.storage?.persist?.().catch(() => false);
  const onProgress = (progress: DownloadProgress): void =>
    models.setState(({ download }) => ({ download: download && { ...download, progress } }));
  await hubOf(page).client.call('download', { model, ...authorisation(page) }, { signal, onProgress });
}

/** Stops the download; what has arrived is kept. */
export function stopDownload(page: Page): void {
  page.models.setState(({ download }) => ({
    download: download && { ...download, stopping: true },
    autostart: null,
  }));
  hubOf(page).download?.abort();
}

/** Runs the plan of an address with autostart as soon as its model is here. */
function runIfWaiting(page: Page, name: string): void {
  const state = page.models.getState();
  if (state.autostart !== name || presenceOf(state, name).state !== 'here') return;
  page.models.setState({ autostart: null });
  if (page.plans.getState().plan.model === name) runDraft(page);
}

/** Deletes the kept files of a model. */
export async function removeKept(page: Page, { id, revision }: StoredModel): Promise<void> {
  const { client } = hubOf(page);
  try {
    for (const name of [id, `${id}@${revision}`]) page.client.forget(name);
    await client.call('delete', { model: id, revision });
  } catch (error) {
    showError(page, error, id);
  } finally {
    await refreshKept(page);
  }
}
