import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import type { FileTensor } from '../../formats/fileTensor';
import { openSafetensors } from '../../formats/safetensors/read';
import { parseJsonObject } from './json';

/** A format of checkpoints on Hugging Face's hub: a single file, or shards with an index that maps tensors to files. */
export interface WeightsFormat {
  /** Name of the single file. */
  single: string;
  /** Name of the index. */
  index: string;
  /** Names that the index may contain. */
  part: RegExp;
  /**
   * Reads and checks the descriptions of the tensors, but not their values.
   * @param verified whether the checksum of the file was already verified
   * @throws LabError bad-file, unsupported or limit; Cancelled
   */
  open(
    source: ByteSource,
    options: { verified: boolean; signal?: AbortSignal },
  ): Promise<ReadonlyMap<string, FileTensor>>;
}

const safetensors: WeightsFormat = {
  single: 'model.safetensors',
  index: 'model.safetensors.index.json',
  part: /^[\w.-]+\.safetensors$/,
  open: openSafetensors,
};

/** The format of transformers before safetensors. Its reader is loaded when a model needs it. */
const torch: WeightsFormat = {
  single: 'pytorch_model.bin',
  index: 'pytorch_model.bin.index.json',
  part: /^[\w.-]+\.bin$/,
  open: async (source, options) => {
    const { torchTensors } = await import('../../formats/torch/tensors');
    return torchTensors(source, options);
  },
};

/** The names of diffusers for the same formats. */
const diffusersNames = ({ single, index }: WeightsFormat) => {
  const renamed = (name: string) => `diffusion_pytorch_${name.replace(/^pytorch_/, '')}`;
  return { single: renamed(single), index: renamed(index) };
};

/** All formats in order of preference; safetensors comes first because it cannot contain code. */
export const WEIGHTS_FORMATS: readonly WeightsFormat[] = [
  safetensors,
  torch,
  { ...safetensors, ...diffusersNames(safetensors) },
  { ...torch, ...diffusersNames(torch) },
];

/**
 * Parses the `weight_map` of an index, which maps tensors to files of the same folder. The index is untrusted.
 * @throws LabError bad-file if it contains another kind of name
 */
export function parseWeightMap({ index, part }: WeightsFormat, bytes: Uint8Array): Map<string, string> {
  const map = parseJsonObject(index, bytes).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex(index, 'it has no weight_map object');
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || !part.test(shard))
      throw badIndex(
        index,
        `weight_map maps ${JSON.stringify(tensor)} to something that is not a file of this folder`,
      );
  return new Map(entries as [string, string][]);
}

/** Returns the error about an invalid index; `why` is a clause. */
export function badIndex(index: string, why: string): LabError {
  return new LabError('bad-file', `${index} is not valid: ${why}.`, 'Download or export the model again.');
}
