import type { Dtype } from '../dtypes';
import type { FileTensor } from '../fileTensor';

/** The bytes that a tensor has in its file, by what they are for. The names are those of a record's sizes. */
interface StoredBytes {
  codes: number;
  scales: number;
  codebooks: number;
  tables: number;
}

/** A checkpoint as a tool for quantisation wrote it. */
export interface QuantisedInput {
  /** The `quantization_config` of config.json, or `quantization` where MLX wrote it. */
  settings: Readonly<Record<string, unknown>>;
  tensors: ReadonlyMap<string, FileTensor>;
  /**
   * Returns whether the float checkpoint stores a weight as [in, out], as GPT-2's Conv1D does, and not as the [out, in] of a
   * Linear. The restored tensor has the orientation of the float checkpoint.
   */
  isConv1d: (name: string) => boolean;
}

/** A quantised checkpoint whose weights are restored when they are read. */
export interface QuantisedCheckpoint {
  /** A description for people, such as "GPTQ, 4 bits, group 32". */
  scheme: string;
  /** What a runtime does with the file beyond its weights, such as quantising activations. It is not part of the weights. */
  note?: string;
  /** All tensors under the names of the float checkpoint: restored ones as F32, all others as they are stored. */
  tensors: ReadonlyMap<string, FileTensor>;
}

/** A reader of one format. */
export interface QuantisedFormat {
  /** The name of the format for people, which begins its error messages. */
  name: string;
  /**
   * Opens a checkpoint: settings, types and shapes are checked, values are restored when they are read.
   * @throws LabError unsupported for versions, widths and layouts that are not implemented; bad-file for tensors that do not fit
   *   each other or the settings
   */
  open(input: QuantisedInput): Promise<QuantisedCheckpoint>;
}

/** A quantised tensor, whose values are restored to float32 when they are read. */
export class RestoredTensor implements FileTensor {
  readonly dtype: Dtype = 'F32';
  readonly owned = true;
  readonly byteLength: number;

  /** @param restore returns the values in row-major order; every call reads the file */
  constructor(
    readonly shape: readonly number[],
    readonly stored: StoredBytes,
    private readonly restore: () => Promise<Float32Array>,
  ) {
    this.byteLength = 4 * shape.reduce((product, n) => product * n, 1);
  }

  /** The size of all its parts in the file, in bytes. */
  get storedBytes(): number {
    const { codes, scales, codebooks, tables } = this.stored;
    return codes + scales + codebooks + tables;
  }

  async read(begin = 0, end = this.byteLength): Promise<Uint8Array> {
    const { buffer } = await this.restore();
    return new Uint8Array(buffer, begin, end - begin);
  }
}
