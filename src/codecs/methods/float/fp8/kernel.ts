import type { Fp8Layout } from './layout';

/** The parameters that the kernels share. */
export function kernelSizes({ columns, rowBytes, block, blocks }: Fp8Layout, firstRow: number) {
  return {
    columns,
    wordsPerRow: rowBytes / 4,
    firstRow,
    height: block[0],
    width: block[1],
    across: blocks[1],
  };
}
