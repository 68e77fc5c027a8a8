import { Artefact } from '../../artefact/read';
import { decodedWeights } from '../../artefact/weights';
import { LabError } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { Exportable } from '../../models/load/export';
import type { Model } from '../../models/model';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import { readMatrix } from '../../runtime/linear/matrix';

/** Weights that are checked: on the GPU, where we run them, and on the host, where they are written for others. */
export interface CrossCheckSubject extends Exportable {
  id: string;
  weights: ModelWeights;
}

/** Weights in one ONNX file, and a copy for each program, must fit the memory of a 32-bit program. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Refuses what other programs cannot take; asked before anything is decoded or made again for them.
 * @throws LabError limit for models over 2 GiB in float32
 */
export function refuseLargeModel({ id, shape }: Pick<CrossCheckSubject, 'id' | 'shape'>): void {
  if (4 * shape.parameters <= MAX_BYTES) return;
  throw new LabError(
    'limit',
    `${id} has ${shape.parameters} weights: in float32 they are more than the 2 GiB that other programs take as one file.`,
    'Check a smaller model; what its codecs do does not depend on size.',
  );
}

/** The uncompressed model. Dispose of its `weights`. */
export async function modelSubject(gpu: Gpu, model: Model, signal?: AbortSignal): Promise<CrossCheckSubject> {
  return { ...model, weights: await denseWeights(gpu, model, signal) };
}

/**
 * What an artefact holds, decoded from its bytes. Dispose of its `weights`.
 * @throws LabError bad-file for a file that is no whole artefact; limit as checkSize; Cancelled. Nothing stays allocated then.
 */
export async function artefactSubject(
  gpu: Gpu,
  id: string,
  file: Uint8Array,
  signal?: AbortSignal,
): Promise<CrossCheckSubject> {
  const artefact = await Artefact.open(file);
  const { shape, assets, metadata } = artefact;
  refuseLargeModel({ id, shape });
  const weights = await decodedWeights(gpu, artefact, signal);
  return {
    ...{ id, config: metadata.config, shape, assets, weights },
    tensor: ({ name }) => readMatrix(gpu.stream, weights.table(name)),
  };
}
