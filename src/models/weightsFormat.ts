import { parseSafetensors, type StoredTensor } from '../formats/safetensors';

/** A way Hugging Face's hub keeps a checkpoint: one file, or several and an index that says which tensor lies where. */
export interface WeightsFormat {
  single: string;
  index: string;
  /** What the index may name. */
  part: RegExp;
  /** @throws LabError bad-file, unsupported or limit; Cancelled */
  parse(bytes: Uint8Array, signal?: AbortSignal): Promise<ReadonlyMap<string, StoredTensor>>;
}

export const safetensorsWeights: WeightsFormat = {
  single: 'model.safetensors',
  index: 'model.safetensors.index.json',
  part: /^[\w.-]+\.safetensors$/,
  parse: async (bytes) => parseSafetensors(bytes).tensors,
};
