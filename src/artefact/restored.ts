import type { Gpu } from '../gpu/gpu';
import type { Exportable } from '../models/load/export';
import { readMatrix, releaseMatrix } from '../runtime/linear/matrix';
import type { Artefact } from './read';

/** What an artefact restores to, ready to be exported: one tensor at a time decoded on the GPU from its stored bytes. */
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
