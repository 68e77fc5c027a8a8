import { LabError } from '../base/errors';
import { formatCodec } from '../codecs/contract/spec';
import type { TensorSpec } from '../models/architecture';
import type { Exportable, GgufBlocks } from '../models/load/export';
import type { Processor } from './processor';
import type { Artefact } from './read';

/** Presents an artefact as a model to export. Each tensor is decoded when it is read. */
export function restoredModel(processor: Processor, artefact: Artefact, signal?: AbortSignal): Exportable {
  const { metadata, shape, assets } = artefact;
  return {
    config: metadata.config,
    shape,
    assets,
    ggufBlocks: (spec) => storedBlocks(artefact, spec),
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

async function storedBlocks(artefact: Artefact, tensor: TensorSpec): Promise<GgufBlocks | undefined> {
  const assigned = artefact.codecOf(tensor);
  if (!assigned || assigned.codec.meta.family === 'float') return undefined;
  const { codec, spec } = assigned;
  if (codec.ggufBlocks) return codec.ggufBlocks(await artefact.stored(tensor, assigned));
  throw new LabError(
    'unsupported',
    `${tensor.name} is stored by ${formatCodec(spec)}, which are no blocks of a GGUF file.`,
    'Choose a type in which the decoded weights are rounded again, such as Q8_0 or F32.',
  );
}
