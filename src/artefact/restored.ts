import type { Gpu } from '../gpu/gpu';
import type { Exportable } from '../models/load/export';
import { readMatrix, releaseMatrix } from '../runtime/linear/matrix';
import type { Artefact } from './read';

/** Presents an artefact as a model to export. Each tensor is decoded on the GPU when it is read. */
export function restoredModel(gpu: Gpu, artefact: Artefact, signal?: AbortSignal): Exportable {
  const { metadata, shape, assets } = artefact;
  return {
    config: metadata.config,
    shape,
    assets,
    async tensor(spec) {
      const matrix = await artefact.decode(gpu, spec, signal);
      try {
        return await readMatrix(gpu.stream, matrix);
      } finally {
        releaseMatrix(gpu.buffers, matrix);
      }
    },
  };
}
