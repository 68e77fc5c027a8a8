import type { Exportable } from '../models/load/export';
import type { Processor } from './processor';
import type { Artefact } from './read';

/** Presents an artefact as a model to export. Each tensor is decoded when it is read. */
export function restoredModel(processor: Processor, artefact: Artefact, signal?: AbortSignal): Exportable {
  const { metadata, shape, assets } = artefact;
  return {
    config: metadata.config,
    shape,
    assets,
    async tensor(spec) {
      const matrix = await artefact.decode(processor, spec, signal);
      try {
        return await processor.read(matrix);
      } finally {
        processor.release(matrix);
      }
    },
  };
}
