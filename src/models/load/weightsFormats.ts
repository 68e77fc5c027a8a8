import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import { RangeTensor, type FileTensor } from '../../formats/fileTensor';
import { openSafetensors } from '../../formats/safetensors/read';
import { parseJsonObject } from './json';

/** A way Hugging Face's hub keeps a checkpoint: one file, or several and an index that says which tensor lies where. */
export interface WeightsFormat {
  single: string;
  index: string;
  /** What the index may name. */
  part: RegExp;
  /**
   * Reads what the file says of its tensors, and checks what it can; not their values.
   * @param verified the file was compared with a checksum before
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
  open: async (source) => {
    const { tensors } = await openSafetensors(source);
    return new Map([...tensors].map(([name, place]) => [name, new RangeTensor(source, place)]));
  },
};

/** What transformers wrote before safetensors. The reader is loaded when a model needs it. */
const torch: WeightsFormat = {
  single: 'pytorch_model.bin',
  index: 'pytorch_model.bin.index.json',
  part: /^[\w.-]+\.bin$/,
  open: async (source, options) => {
    const { torchTensors } = await import('../../formats/torch/tensors');
    return torchTensors(source, options);
  },
};

/** In the order they are looked for: where a folder holds both, safetensors is the one that cannot hold code. */
export const WEIGHTS_FORMATS: readonly WeightsFormat[] = [safetensors, torch];

/**
 * `weight_map` of a checkpoint's index: tensor → file, both from a hostile file.
 * @throws LabError bad-file where it names anything but files beside it
 */
export function parseWeightMap({ index, part }: WeightsFormat, bytes: Uint8Array): Map<string, string> {
  const map = parseJsonObject(index, bytes).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex(index, 'it has no weight_map object');
  const entries = Object.entries(map as Record<string, unknown>);
  for (const [tensor, shard] of entries)
    if (typeof shard !== 'string' || !part.test(shard))
      throw badIndex(index, `weight_map sends ${JSON.stringify(tensor)} to no file of this folder`);
  return new Map(entries as [string, string][]);
}

/** @param why completes "… is not valid:" */
export function badIndex(index: string, why: string): LabError {
  return new LabError('bad-file', `${index} is not valid: ${why}.`, 'Download or export the model again.');
}
