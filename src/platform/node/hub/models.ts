import { resolve } from 'node:path';
import { Cancelled, LabError } from '../../../base/errors';
import type { PlanModel } from '../../../lab/plan/build';
import { bytes } from '../../../base/format';
import { hubPlanModel } from '../../../lab/plan/hub';
import type { FileSource } from '../../../models/load/files';
import { fetchConfiguration } from '../../../models/hub/configuration';
import { bytesToFetch, downloadModel } from '../../../models/hub/downloadModel';
import { findModel } from '../../../models/hub/findModel';
import { splitHubId } from '../../../models/hub/origin';
import { openStored, storedModels } from '../../../models/hub/stored';
import type { Hub, HubModel } from '../../../models/hub/types';
import { parseJsonObject } from '../../../models/load/json';
import { architectureFor } from '../../../models/registry';
import { hubNames } from './names';
import { commandHub, hubFolder } from './options';
import { DownloadBar } from './progress';

/** The option to use models of the hub only where they are kept here. */
export const OFFLINE = '--offline';

interface LookedUp {
  plan: PlanModel;
  /** Downloads what is missing, the first time it is asked. */
  open(signal?: AbortSignal): Promise<FileSource>;
}

/** Models looked up by this process, by the name they were asked for: plans name models before any of their weights is here. */
const known = new Map<string, LookedUp>();

/**
 * Looks up the hub models that a command's arguments name: commit and configuration, no weights yet.
 * @throws LabError network, bad-plan (no such model, or --offline and it is not kept), unsupported architecture; Cancelled
 */
export async function lookUpHubModels(args: readonly string[], signal?: AbortSignal): Promise<void> {
  for (const name of hubNames(args)) await lookUpHubModel(name, args.includes(OFFLINE), signal);
}

/** The same for one model, by its name on the hub. */
export async function lookUpHubModel(name: string, offline: boolean, signal?: AbortSignal): Promise<void> {
  const hub = commandHub();
  try {
    known.set(name, await (offline ? keptModel(hub, name) : foundModel(hub, name, signal)));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const kept = error.code === 'network' ? `${OFFLINE} uses a copy that is kept here. ` : '';
    const here = `${kept}There is no folder ${resolve(name)} either.`;
    // To name a model that is not there is wrong use, as with any other name.
    const code = error.code === 'bad-input' ? 'bad-plan' : error.code;
    throw new LabError(code, error.message, `${error.remedy} ${here}`, error);
  }
}

/** What a plan needs to know of a model that was looked up; undefined for other names. */
export function hubModel(name: string): PlanModel | undefined {
  return known.get(name)?.plan;
}

/** The files of a model that was looked up, downloaded if need be; undefined for other names. */
export async function hubFiles(name: string, signal?: AbortSignal): Promise<FileSource | undefined> {
  return known.get(name)?.open(signal);
}

async function keptModel({ store }: Hub, name: string): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  const files = await openStored(store, id, revision);
  if (files) return { plan: planModel(name, await configurationOf(files)), open: async () => files };
  const kept = (await storedModels(store)).filter(({ complete }) => complete);
  throw new LabError(
    'bad-plan',
    `${name} is not kept whole in ${hubFolder()}, and ${OFFLINE} asks nobody else.`,
    `${kept.length > 0 ? `Kept: ${kept.map((model) => `${model.id}@${model.revision}`).join(', ')}. ` : ''}Leave out ${OFFLINE} to download it.`,
  );
}

async function foundModel(hub: Hub, name: string, signal?: AbortSignal): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  // An answer can take a while: a hub that does not answer is asked again.
  process.stderr.write(`Looking up ${name} on ${hub.origin}\n`);
  const model = await findModel(hub, id, { revision, signal });
  const kept = await openStored(hub.store, id, model.revision);
  let files = kept;
  return {
    plan: planModel(name, await (kept ? configurationOf(kept) : fetchConfiguration(hub, model, signal))),
    open: async (signal) => (files ??= await download(hub, model, signal)),
  };
}

async function configurationOf(files: FileSource): Promise<Record<string, unknown>> {
  return parseJsonObject('config.json', await files.read('config.json'));
}

function planModel(name: string, config: Record<string, unknown>): PlanModel {
  return hubPlanModel(name, architectureFor(config).configure(config));
}

/** Says how much is to come, then downloads it under a bar. What arrived before a stop is kept. */
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
        `Stopped with ${bytes(soFar)} of ${model.id} here; the next download goes on from them.\n`,
      );
    throw error;
  } finally {
    bar.clear();
  }
}
