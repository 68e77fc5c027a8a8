import type { ModelShape, TensorSpec } from './architecture';

/** How the files of a model store its weights. */
export interface StoredWeights {
  /** A description for people, such as "GPTQ, 4 bits, group 32". */
  scheme: string;
  /** What a runtime does with the file beyond its weights, such as quantising activations. */
  note?: string;
  /** The size of the files with weights in bytes. */
  fileBytes: number;
  /** Bytes of tokenizer and preprocessor that are inside those files. */
  assetBytes: number;
  /** Bytes of tensors by what they are for; those of tensors that are not quantised are `float`. */
  bytes: { codes: number; scales: number; codebooks: number; tables: number; float: number };
  /** Bytes of each quantised tensor, by its name in `ModelShape`. */
  tensorBytes: ReadonlyMap<string, number>;
}

/** A loaded model: its architecture, access to its weights, and the files kept with them. */
export interface Model {
  id: string;
  /** The origin of the model: `embedded`, a folder, or `hub`. */
  source: string;
  revision: string;
  /** SHA-256 of the weights file, hex; for shards, that of the list of their checksums. */
  sha256: string;
  config: Readonly<Record<string, unknown>>;
  shape: ModelShape;
  /** If a tool quantised its weights, which `tensor` restores: a description for people, such as "GPTQ, 4 bits, group 32". */
  quantised?: string;
  /** Describes how its files store its weights; absent if it has no files of its own. */
  stored?: () => Promise<StoredWeights>;
  /**
   * Reads the values of one tensor in canonical orientation [out, in], float32 row-major. Every call may read a file, so that a
   * large model need not be in memory.
   * @throws LabError bad-file if the checkpoint lacks the tensor; not-finite if it holds NaN or infinities
   */
  tensor(spec: TensorSpec): Promise<Float32Array>;
  /** tokenizer.json, tokenizer_config.json, preprocessor_config.json and generation_config.json, by file name. */
  assets: ReadonlyMap<string, Uint8Array>;
}
