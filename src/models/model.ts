import type { ModelShape, TensorSpec } from './architecture';

/** A loaded model: architecture, weights on the host, and the files that travel with it. */
export interface Model {
  id: string;
  /** Where it came from: `embedded`, a folder, a hub id. */
  source: string;
  revision: string;
  /** SHA-256 of the weights file, hex; of several shards, that of the list of theirs. */
  sha256: string;
  config: Readonly<Record<string, unknown>>;
  shape: ModelShape;
  /**
   * Values of one tensor in canonical orientation [out, in], float32 row-major. Tied tensors are one tensor. They may be read from
   * a file each time: keep nothing of a large model.
   * @throws LabError bad-file when the checkpoint lacks it
   */
  tensor(spec: TensorSpec): Promise<Float32Array>;
  /** tokenizer.json, tokenizer_config.json, preprocessor_config.json, generation_config.json as bytes, by file name. */
  assets: ReadonlyMap<string, Uint8Array>;
}
