import { LabError } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { downloadModel } from './downloadModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import type { Hub, HubModel } from './types';

/** Maximum size of a config.json, far above real ones. */
const MAX_BYTES = 1 << 20;
const CONFIG = 'config.json';

/**
 * Fetches only the config.json of a model and does not store it, to check whether the model is supported before a download.
 * @throws LabError bad-file, network, bad-input (missing or not accessible); Cancelled
 */
export async function fetchConfiguration(
  hub: Hub,
  model: HubModel,
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const files = model.files.filter(({ name }) => name === CONFIG);
  const large = files.find((file) => file.bytes > MAX_BYTES);
  if (large)
    throw new LabError(
      'bad-file',
      `${CONFIG} of ${model.id} has ${large.bytes} bytes; at most ${MAX_BYTES} can be read.`,
      'Choose another model.',
    );
  const source = await downloadModel(
    { ...hub, store: new MemoryDownloadStore() },
    { ...model, files },
    { signal },
  );
  return parseJsonObject(CONFIG, await source.read(CONFIG, { signal }));
}
