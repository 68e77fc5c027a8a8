/** A tensor where a reader of safetensors files finds it. */
export interface FoundTensor {
  dtype: string;
  shape: readonly number[];
  /** Byte range [begin, end) in the file. */
  begin: number;
  end: number;
}

/** A reader of safetensors files that is not ours. */
export interface OtherReader {
  /** The package, for the record. */
  name: string;
  /** @throws whatever the reader throws for a file it does not take */
  read(file: Uint8Array): Promise<ReadonlyMap<string, FoundTensor>>;
}
