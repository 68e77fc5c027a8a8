import { resolve } from 'node:path';
import { Cancelled, LabError } from '../../../base/errors';
import type { PlanModel } from '../../../lab/plan/build';
import { bytes } from '../../../base/format';
import { hubPlanModel } from '../../../lab/plan/hub';
import type { FileSource } from '../../../models/load/files';
import { fetchConfiguration } from '../../../models/hub/configuration';
import { bytesToFetch, downloadModel } from '../../../models/hub/downloadModel';
import { findModel } from '../../../models/hub/findModel';
import {
  findHubFile,
  splitHubFile,
  withStoredFiles,
  type HubFileName,
} from '../../../models/hub/quantisedFiles';
import { splitHubId } from '../../../models/hub/origin';
import { openStored, storedModels } from '../../../models/hub/stored';
import type { Hub, HubModel } from '../../../models/hub/types';
import { parseJsonObject } from '../../../models/load/json';
import { withoutQuantisation } from '../../../models/load/quantisation';
import { architectureFor } from '../../../models/registry';
import { hubNames } from './names';
import { commandHub, hubFolder } from './options';
import { DownloadBar } from './progress';

/** The option that allows only stored models of the hub. */
export const OFFLINE = '--offline';

interface LookedUp {
  plan: PlanModel;
  /** Opens the files of the model; the first call downloads what is missing. */
  open(signal?: AbortSignal): Promise<FileSource>;
}

/** The models that this process has looked up, by requested name. Plans need them before their weights are downloaded. */
const known = new Map<string, LookedUp>();

/**
 * Looks up the commit and configuration, but not the weights, of the hub models that a command's arguments name.
 * @throws LabError network; bad-plan (no such model, or --offline and it is not stored); unsupported architecture; Cancelled
 */
export async function lookUpHubModels(args: readonly string[], signal?: AbortSignal): Promise<void> {
  for (const name of hubNames(args)) await lookUpHubModel(name, args.includes(OFFLINE), signal);
}

/** Looks up one model by its name on the hub. @throws LabError as `lookUpHubModels`; Cancelled */
export async function lookUpHubModel(name: string, offline: boolean, signal?: AbortSignal): Promise<void> {
  const hub = commandHub();
  try {
    const file = splitHubFile(name);
    if (file)
      known.set(name, await (offline ? storedFile(hub, name, file) : remoteFile(hub, name, file, signal)));
    else known.set(name, await (offline ? storedModel(hub, name) : remoteModel(hub, name, signal)));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const offlineHint = error.code === 'network' ? `Use ${OFFLINE} to use a stored copy. ` : '';
    const hint = `${offlineHint}There is no folder ${resolve(name)} either.`;
    // The name of a missing model is wrong use, as with any other name.
    const code = error.code === 'bad-input' ? 'bad-plan' : error.code;
    throw new LabError(code, error.message, `${error.remedy} ${hint}`, error);
  }
}

/** Returns the properties that a plan needs of a model that was looked up; undefined for other names. */
export function hubModel(name: string): PlanModel | undefined {
  return known.get(name)?.plan;
}

/** Returns the files of a model that was looked up, and downloads them if necessary; undefined for other names. */
export async function hubFiles(name: string, signal?: AbortSignal): Promise<FileSource | undefined> {
  return known.get(name)?.open(signal);
}

async function storedModel({ store }: Hub, name: string): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  const files = await openStored(store, id, revision);
  if (files) return { plan: planModel(name, await configurationOf(files)), open: async () => files };
  const stored = (await storedModels(store)).filter(({ complete }) => complete);
  throw new LabError(
    'bad-plan',
    `${name} is not stored completely in ${hubFolder()}, and ${OFFLINE} forbids a download.`,
    `${stored.length > 0 ? `Stored models are ${stored.map((model) => `${model.id}@${model.revision}`).join(', ')}. ` : ''}Omit ${OFFLINE} to download it.`,
  );
}

async function remoteModel(hub: Hub, name: string, signal?: AbortSignal): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  // The message comes first, because a response can take a while and requests are repeated.
  process.stderr.write(`Looking up ${name} on ${hub.origin}\n`);
  const model = await findModel(hub, id, { revision, signal });
  const stored = await openStored(hub.store, id, model.revision);
  let files = stored;
  return {
    plan: planModel(name, await (stored ? configurationOf(stored) : fetchConfiguration(hub, model, signal))),
    open: async (signal) => (files ??= await download(hub, model, signal)),
  };
}

/** Looks up a GGUF file of a repository, which is a language model. */
async function remoteFile(
  hub: Hub,
  name: string,
  file: HubFileName,
  signal?: AbortSignal,
): Promise<LookedUp> {
  process.stderr.write(`Looking up ${name} on ${hub.origin}\n`);
  const model = await findHubFile(hub, file, { signal });
  return {
    plan: { id: name, task: 'language-model' },
    open: async (signal) => download(hub, await withStoredFiles(hub, model), signal),
  };
}

async function storedFile(hub: Hub, name: string, { id, revision, file }: HubFileName): Promise<LookedUp> {
  const files = await openStored(hub.store, id, revision);
  if (files && (await files.has(file)))
    return { plan: { id: name, task: 'language-model' }, open: async () => files };
  throw new LabError(
    'bad-plan',
    `${name} is not stored in ${hubFolder()}, and ${OFFLINE} forbids a download.`,
    `Omit ${OFFLINE} to download it.`,
  );
}

async function configurationOf(files: FileSource): Promise<Record<string, unknown>> {
  return parseJsonObject('config.json', await files.read('config.json'));
}

function planModel(name: string, config: Record<string, unknown>): PlanModel {
  // A quantised checkpoint is looked up too: it may be a file to measure. As a model to compress it is refused when it is opened.
  const hyperparameters = withoutQuantisation(config);
  return hubPlanModel(name, architectureFor(hyperparameters).configure(hyperparameters));
}

/** Reports the remaining size, then downloads with a progress bar. If it is cancelled, what has arrived is kept. */
async function download(hub: Hub, model: HubModel, signal?: AbortSignal): Promise<FileSource> {
  const left = bytes(await bytesToFetch(hub, model));
  const title = `${model.id}@${model.revision.slice(0, 7)}`;
  process.stderr.write(`Downloading ${title}: ${left} from ${hub.origin} into ${hubFolder()}\n`);
  const bar = new DownloadBar(model.id);
  let soFar = 0;
  try {
    const onProgress = (progress: Parameters<DownloadBar['update']>[0]) => {
      soFar = progress.loaded;
      bar.update(progress);
    };
    return await downloadModel(hub, model, { signal, onProgress });
  } catch (error) {
    bar.clear();
    if (error instanceof Cancelled)
      process.stderr.write(
        `Stopped. ${bytes(soFar)} of ${model.id} are stored; the next download resumes from there.\n`,
      );
    throw error;
  } finally {
    bar.clear();
  }
}
