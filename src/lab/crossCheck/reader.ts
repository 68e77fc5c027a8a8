/** A tensor where a reader of safetensors files finds it. */
export interface FoundTensor {
  dtype: string;
  shape: readonly number[];
  /** Byte range [begin, end) in the file. */
  begin: number;
  end: number;
}

/** Another reader of safetensors files. */
export interface OtherReader {
  /** The package, for the record. */
  name: string;
  /** Reads the header of a file. @throws whatever the reader throws for a file it refuses */
  read(file: Uint8Array): Promise<ReadonlyMap<string, FoundTensor>>;
}
