import type { ByteSource } from '../../formats/byteSource';
import { RangeTensor, type FileTensor } from '../../formats/fileTensor';
import { openSafetensors } from '../../formats/safetensors';

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

export const safetensorsWeights: WeightsFormat = {
  single: 'model.safetensors',
  index: 'model.safetensors.index.json',
  part: /^[\w.-]+\.safetensors$/,
  open: async (source) => {
    const { tensors } = await openSafetensors(source);
    return new Map([...tensors].map(([name, place]) => [name, new RangeTensor(source, place)]));
  },
};
