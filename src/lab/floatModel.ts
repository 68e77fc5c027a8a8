import { storedInMemory, type ArtefactSink, type StoredArtefact } from '../artefact/sink';
import { describeError } from '../base/errors';
import type { Model } from '../models/model';
import { streamedModel, type StreamedWeights } from '../runtime/forward/streamedWeights';
import type { OwnedWeights } from '../runtime/forward/weights';
import type { Lab } from './lab';

interface FloatOptions {
  /** Whether the model needs more memory than there is. */
  inParts: boolean;
  /** Whether somebody limited the memory, so that a failed allocation is an error. */
  limited: boolean;
  signal?: AbortSignal;
}

/**
 * Opens a float32 model: all of it in memory, on the GPU if there is one, or streamed if it does not fit.
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function openFloat(
  { gpu, processor }: Lab,
  model: Model,
  { inParts, limited, signal }: FloatOptions,
): Promise<OwnedWeights | StreamedWeights> {
  if (inParts) return streamedModel(gpu, model);
  try {
    return await processor.load(model, signal);
  } catch (error) {
    // WebGPU does not expose the size of GPU memory, so that only a failed allocation shows it.
    if (describeError(error).code !== 'out-of-memory' || limited) throw error;
    return streamedModel(gpu, model);
  }
}

/** Makes what keeps an artefact while it is measured: on disk, if possible, where the model does not fit memory. */
export function artefactSink({ spool }: Lab, inParts: boolean): ArtefactSink<StoredArtefact> {
  return (inParts ? spool?.() : undefined) ?? storedInMemory();
}
