import { LabError } from '../../base/errors';

/** What an importance matrix says about the inputs of one matrix. */
export interface ImatrixEntry {
  /** Mean square of each column of the input. */
  meanSquares: Float32Array;
  /** Number of batches that were averaged. */
  calls: number;
}

/** An importance matrix, as llama.cpp's `llama-imatrix` writes it and `llama-quantize` reads it. */
export interface Imatrix {
  /** By the name of the tensor in a GGUF file, such as `blk.0.ffn_up.weight`. */
  entries: Map<string, ImatrixEntry>;
  /** Number of text chunks, and the name of the text. Old files lack both. */
  chunks?: number;
  /** Tokens per chunk, which only the GGUF form states. */
  chunkSize?: number;
  dataset?: string;
}

/** Makes the error for a file that llama-imatrix cannot have written; `why` is a clause. */
export function damagedImatrix(why: string): LabError {
  return new LabError(
    'bad-file',
    `The importance matrix cannot be read: ${why}.`,
    'Use a file that llama-imatrix wrote and download it again if it is damaged.',
  );
}
