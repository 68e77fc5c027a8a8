import { Cancelled, describeError } from '../src/base/errors';
import { fetchConfiguration } from '../src/models/hub/configuration';
import { bytesToFetch, downloadModel } from '../src/models/hub/downloadModel';
import { findModel } from '../src/models/hub/findModel';
import { hubOrigin, splitHubId } from '../src/models/hub/origin';
import { deleteStored, openStored, storedModels } from '../src/models/hub/stored';
import type { DownloadProgress, Hub } from '../src/models/hub/types';
import { parseJsonObject } from '../src/models/load/loadJson';
import type { DownloadRequest, DownloadResponse, LookedUp } from './downloadProtocol';
import { openOpfsStore } from '../src/platform/browser/downloadStore';

/** Looks models up and downloads them into the browser's private file system, which lets only workers write by parts. */
const pending = new Map<number, AbortController>();

self.onmessage = ({ data }: MessageEvent<DownloadRequest>) => {
  if (data.type === 'stop') pending.get(data.request)?.abort();
  else void perform(data);
};

function post(message: DownloadResponse): void {
  self.postMessage(message);
}

type Work = Exclude<DownloadRequest, { type: 'stop' }>;

async function perform(request: Work): Promise<void> {
  const { id } = request;
  const controller = new AbortController();
  pending.set(id, controller);
  try {
    post(await answer(request, controller.signal));
  } catch (error) {
    if (error instanceof Cancelled) post({ type: 'stopped', id });
    else post({ type: 'error', id, ...describeError(error) });
  } finally {
    pending.delete(id);
  }
}

async function answer(request: Work, signal: AbortSignal): Promise<DownloadResponse> {
  const { id, token } = request;
  const hub: Hub = { origin: hubOrigin(), store: await openOpfsStore(), token: () => token };
  switch (request.type) {
    case 'look':
      return { type: 'looked', id, found: await look(hub, request.model, signal) };
    case 'download': {
      const onProgress = (progress: DownloadProgress) => post({ type: 'progress', id, progress });
      await downloadModel(hub, request.model, { signal, onProgress });
      return { type: 'done', id };
    }
    case 'list':
      return { type: 'listed', id, models: await storedModels(hub.store) };
    case 'delete':
      await deleteStored(hub.store, request.model, request.revision);
      return { type: 'done', id };
  }
}

/** What is kept whole answers without the hub. */
async function look(hub: Hub, name: string, signal: AbortSignal): Promise<LookedUp> {
  const { id, revision } = splitHubId(name);
  const kept = await openStored(hub.store, id, revision);
  if (kept) {
    const config = parseJsonObject('config.json', await kept.read('config.json', { signal }));
    return { config, revision: kept.revision, missing: 0 };
  }
  const found = await findModel(hub, id, { revision, signal });
  const config = await fetchConfiguration(hub, found, signal);
  return { config, revision: found.revision, hub: found, missing: await bytesToFetch(hub, found) };
}
