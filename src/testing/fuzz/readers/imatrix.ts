import * as fc from 'fast-check';
import { writeGgufImatrix } from '../../../formats/imatrix/ggufForm';
import { readImatrix, writeImatrix } from '../../../formats/imatrix/imatrix';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const ENTRIES = new Map(
  ['blk.0.ffn_up.weight', 'blk.0.ffn_down.weight'].map((name, i) => [
    name,
    { meanSquares: Float32Array.from({ length: 8 * (i + 1) }, (_, k) => k / 8), calls: 3 },
  ]),
);
const SEEDS = [
  writeImatrix({ entries: ENTRIES, chunks: 3, dataset: 'text' }),
  writeImatrix({ entries: ENTRIES }),
  writeGgufImatrix({ entries: ENTRIES, chunks: 3, chunkSize: 16, dataset: 'text' }),
];

function read(bytes: Uint8Array): void {
  for (const [name, { meanSquares }] of readImatrix(bytes).entries)
    if (meanSquares.some((value) => !(value >= 0 && value < Infinity)))
      throw new Error(`${name} has a value that is negative or not finite`);
}

/** The reader of importance matrices. */
const imatrix: FuzzReader = {
  name: 'imatrix',
  reads: 'importance matrices of llama-imatrix',
  cases: 3000,
  memory: { factor: 2 },
  prepare: async () => ({
    seeds: SEEDS,
    read,
    broken: (below) => breakOneOf(SEEDS, below),
    made: fc.uint8Array({ maxLength: 64 }),
  }),
};
export default imatrix;
