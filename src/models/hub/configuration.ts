import { LabError } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { downloadModel } from './downloadModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import type { Hub, HubModel } from './types';

/** A configuration larger than this is none. */
const MAX_BYTES = 1 << 20;
const CONFIG = 'config.json';

/**
 * A model's config.json alone, kept nowhere: it says whether the rest is worth having.
 * @throws LabError bad-file, network, bad-input (not there, not allowed); Cancelled
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
      `${CONFIG} of ${model.id} has ${large.bytes} bytes, more than any.`,
      'Choose another model.',
    );
  const source = await downloadModel(
    { ...hub, store: new MemoryDownloadStore() },
    { ...model, files },
    { signal },
  );
  return parseJsonObject(CONFIG, await source.read(CONFIG, { signal }));
}
