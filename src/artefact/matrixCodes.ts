import { float8Values } from '../base/float8';
import type { Codec, CodedTensor } from '../codecs/contract/codec';
import { blocksOf } from '../formats/quantised/float8';
import { groupsOf, zeroPoints } from '../formats/quantised/integers';
import { NESTED_BLOCK } from '../formats/quantised/lookup';
import type { PackableMatrix } from '../formats/quantised/write';
import type { TensorSpec } from '../models/architecture';
import { isTransposed } from './assignment';
import type { Artefact } from './read';

/** The codes of a matrix: weight [row, column] is scale · level of its code, rounded once to float32. */
export interface MatrixCodes {
  columns: number;
  /** Bits of a code. */
  bits: number;
  /** [out, in], each firstCode … 2^bits − 1. */
  codes: Uint8Array;
  /** 1 for symmetric integers, of which no encoder of the lab writes −2^(bits−1), and otherwise 0. */
  firstCode: number;
  scaleOf: (row: number, column: number) => number;
  levelOf: (code: number, row: number, column: number) => number;
}

/**
 * Reads the codes of a matrix from the bytes of the artefact, below lossless wrappers.
 * @returns undefined where no single code with a scale stands for a weight, as after a rotation
 * @throws LabError bad-file for stored values that no encoder writes
 */
export async function matrixCodes(artefact: Artefact, tensor: TensorSpec): Promise<MatrixCodes | undefined> {
  const assigned = artefact.codecOf(tensor);
  if (!assigned || assigned.base || isTransposed(assigned.codec, tensor)) return undefined;
  const packable = packableOf(assigned.codec, await artefact.stored(tensor, assigned));
  return typeof packable === 'object' ? codesOf(packable.read()) : undefined;
}

function packableOf(
  codec: Codec,
  stored: CodedTensor,
): ReturnType<NonNullable<Codec['packable']>> | undefined {
  const inner = codec.unwrap?.(stored);
  return inner ? packableOf(inner.codec, inner.stored) : codec.packable?.(stored);
}

/** Presents each form of packed matrix as codes with scales. */
export function codesOf(matrix: PackableMatrix): MatrixCodes {
  const { inputs: columns } = matrix;
  switch (matrix.kind) {
    case 'integers': {
      const { bits, codes, scales, order, group } = matrix;
      const zeros = zeroPoints(matrix);
      const at = (row: number, column: number) =>
        row * groupsOf(matrix) + (order?.[column] ?? Math.floor(column / group));
      return {
        ...{ columns, bits, codes, firstCode: matrix.zeros ? 0 : 1 },
        scaleOf: (row, column) => scales[at(row, column)],
        levelOf: (code, row, column) => code - zeros[at(row, column)],
      };
    }
    case 'float8': {
      const { codes, scales, block, format } = matrix;
      const [, perRow] = blocksOf(matrix);
      const values = float8Values(format);
      return {
        ...{ columns, bits: 8, codes, firstCode: 0 },
        scaleOf: (row, column) => scales[Math.floor(row / block[0]) * perRow + Math.floor(column / block[1])],
        levelOf: (code) => values[code],
      };
    }
    case 'lookup': {
      const { levels, maxima, block } = matrix;
      const nibble = (i: number) => (i % 2 === 0 ? matrix.codes[i >> 1] >> 4 : matrix.codes[i >> 1] & 15);
      return {
        ...{ columns, bits: 4, firstCode: 0 },
        codes: Uint8Array.from({ length: matrix.outputs * columns }, (_, i) => nibble(i)),
        scaleOf: (row, column) => maximumOf(maxima, Math.floor((row * columns + column) / block)),
        levelOf: (code) => levels[code],
      };
    }
  }
}

type Maxima = Extract<PackableMatrix, { kind: 'lookup' }>['maxima'];

function maximumOf(maxima: Maxima, block: number): number {
  if (maxima instanceof Float32Array) return maxima[block];
  const { codes, map, scales, offset } = maxima;
  return map[codes[block]] * scales[Math.floor(block / NESTED_BLOCK)] + offset;
}
