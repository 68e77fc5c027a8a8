import type { EncodeWork, MatrixShape } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';

/** Operations per weight: of an update of the zero points; of codes and packing. */
const UPDATE = 64;
const CODES = 24;

export function hqqWork([rows, columns]: MatrixShape, { iterations }: CodecOptions): EncodeWork {
  return {
    gpu: rows * columns * (UPDATE * (Number(iterations) + 1) + CODES),
    dispatches: 4,
    waits: 3,
  };
}
