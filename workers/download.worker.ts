import { fetchConfiguration } from '../src/models/hub/configuration';
import { bytesToFetch, downloadModel } from '../src/models/hub/downloadModel';
import { findModel } from '../src/models/hub/findModel';
import { hubOrigin, splitHubId } from '../src/models/hub/origin';
import { listQuantisedFiles, withStoredFiles } from '../src/models/hub/quantisedFiles';
import { deleteStored, openStored, storedModels } from '../src/models/hub/stored';
import type { DownloadStore, Hub } from '../src/models/hub/types';
import { parseJsonObject } from '../src/models/load/json';
import { openOpfsStore } from '../src/platform/browser/downloadStore';
import type { DownloadCalls, LookedUp } from './downloadCalls';
import { serve, type Handlers } from './serve';

/** Looks up models and downloads them to the origin private file system, in which only workers can write parts of a file. */
const handlers: Handlers<DownloadCalls, { store: DownloadStore }> = {
  lookUp: ({ model, token }, { store, signal }) => lookUp(hubWith(store, token), model, signal),
  download: async ({ model, token }, { store, signal, report }) => {
    const hub = hubWith(store, token);
    await downloadModel(hub, await withStoredFiles(hub, model), { signal, onProgress: report });
  },
  listFiles: ({ model, token }, { store, signal }) =>
    listQuantisedFiles(hubWith(store, token), model, { signal }),
  list: (_, { store }) => storedModels(store),
  delete: ({ model, revision }, { store }) => deleteStored(store, model, revision),
};

serve(self, handlers, {
  order: 'parallel',
  context: async () => ({ store: await openOpfsStore() }),
  notes: {},
});

function hubWith(store: DownloadStore, token: string | undefined): Hub {
  return { origin: hubOrigin(), store, token: () => token };
}

/** Describes a model, without asking the hub if a complete copy is stored. */
async function lookUp(hub: Hub, name: string, signal: AbortSignal): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  const stored = await openStored(hub.store, id, revision);
  if (stored) {
    const config = parseJsonObject('config.json', await stored.read('config.json', { signal }));
    return { config, revision: stored.revision, missing: 0 };
  }
  const found = await findModel(hub, id, { revision, signal });
  const config = await fetchConfiguration(hub, found, signal);
  return { config, revision: found.revision, hub: found, missing: await bytesToFetch(hub, found) };
}
