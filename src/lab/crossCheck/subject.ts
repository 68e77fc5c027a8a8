import type { Processor } from '../../artefact/processor';
import { Artefact } from '../../artefact/read';
import { decodedWeights } from '../../artefact/weights';
import { LabError } from '../../base/errors';
import type { Exportable } from '../../models/load/export';
import type { Model } from '../../models/model';
import type { OwnedWeights } from '../../runtime/forward/weights';

/** Weights to check: where the lab runs them, and tensor by tensor, to write them for other programs. */
export interface CrossCheckSubject extends Exportable {
  id: string;
  weights: OwnedWeights;
}

/** Limit on the bytes of weights: one ONNX file, and a copy for each program, must fit the memory of a 32-bit program. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Refuses a model that other programs cannot read, before anything is decoded or made again for them.
 * @throws LabError limit for models over 2 GiB in float32
 */
export function refuseLargeModel({ id, shape }: Pick<CrossCheckSubject, 'id' | 'shape'>): void {
  if (4 * shape.parameters <= MAX_BYTES) return;
  throw new LabError(
    'limit',
    `${id} has ${shape.parameters} weights: in float32 they are more than the 2 GiB that other programs take as one file.`,
    'Check a smaller model: codecs work in the same way at every size.',
  );
}

/** Opens the uncompressed model. The caller disposes of its `weights`. */
export async function modelSubject(
  processor: Processor,
  model: Model,
  signal?: AbortSignal,
): Promise<CrossCheckSubject> {
  return { ...model, weights: await processor.load(model, signal) };
}

/**
 * Opens the weights that an artefact decodes to. The caller disposes of its `weights`.
 * @throws LabError as `Artefact.open`; limit as `refuseLargeModel`; Cancelled. Nothing stays allocated then.
 */
export async function artefactSubject(
  processor: Processor,
  id: string,
  { file, base }: { file: Uint8Array; base?: Model },
  signal?: AbortSignal,
): Promise<CrossCheckSubject> {
  const artefact = await Artefact.open(file, base);
  const { shape, assets, metadata } = artefact;
  refuseLargeModel({ id, shape });
  const weights = await decodedWeights(processor, artefact, signal);
  return {
    ...{ id, config: metadata.config, shape, assets, weights },
    tensor: ({ name }) => weights.values(name),
  };
}
