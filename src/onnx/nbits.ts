import { groupsOf, type GroupedIntegers } from '../formats/quantised/integers';
import type { OnnxGraph } from './graph';

/** A matrix that ONNX Runtime can multiply by. */
export type NbitsMatrix = Omit<GroupedIntegers, 'kind' | 'order'>;

/** Widths of codes that ONNX Runtime multiplies. */
export const NBITS_WIDTHS: readonly number[] = [2, 4, 8];
/** The smallest block of the operator; blocks are powers of two. */
const MIN_BLOCK = 16;

/**
 * Returns the block in which ONNX Runtime stores the groups of a matrix: the group where it is a power of two, or for whole rows the
 * next power of two; undefined where there is none.
 */
export function nbitsBlock({ inputs, group }: Pick<NbitsMatrix, 'inputs' | 'group'>): number | undefined {
  const block = 2 ** Math.ceil(Math.log2(group));
  if (group >= inputs) return Math.max(block, MIN_BLOCK);
  return block === group && group >= MIN_BLOCK ? group : undefined;
}

/**
 * Writes a matrix [N, K] as constants of a graph, for ONNX Runtime's product of grouped integers with float32 activations
 * (com.microsoft.MatMulNBits). The first code is in the lowest bits; blocks are padded with the zero point.
 * @param name of the tensor; the constants are named as ONNX Runtime's quantiser names them, `_Q4` whatever the width
 * @param matrix of 2, 4 or 8 bits with a block (`nbitsBlock`)
 * @returns what adds the product x · Wᵀ, as y if that is given, and returns its name
 */
export function nbitsProduct(
  graph: OnnxGraph,
  name: string,
  matrix: NbitsMatrix,
): (x: string, y?: string) => string {
  const { outputs: n, inputs: k, bits, scales, zeros } = matrix;
  const block = nbitsBlock(matrix)!;
  const groups = groupsOf(matrix);
  const inputs = [
    graph.bytesConstant(`${name}_Q4`, [n, groups, (block * bits) / 8], blockBytes(matrix, block)),
    graph.floats(`${name}_scales`, [n * groups], scales),
  ];
  if (zeros) {
    const bytes = packedRows(zeros, n, groups, bits);
    inputs.push(graph.bytesConstant(`${name}_zp`, [bytes.length], bytes));
  }
  const options = { attributes: { K: k, N: n, bits, block_size: block }, domain: 'com.microsoft' };
  return (x, y) => {
    if (y === undefined) return graph.node('MatMulNBits', [x, ...inputs], options);
    graph.nodeTo(y, 'MatMulNBits', [x, ...inputs], options);
    return y;
  };
}

function blockBytes({ outputs, inputs, bits, codes, group }: NbitsMatrix, block: number): Uint8Array {
  const perRow = Math.ceil(inputs / group) * block;
  const padded = new Uint8Array(outputs * perRow).fill(2 ** (bits - 1));
  for (let row = 0; row < outputs; row++)
    padded.set(codes.subarray(row * inputs, (row + 1) * inputs), row * perRow);
  return packedRows(padded, outputs, perRow, bits);
}

/** Packs rows of codes, each from a whole byte on. */
function packedRows(codes: ArrayLike<number>, rows: number, columns: number, bits: number): Uint8Array {
  const perByte = 8 / bits;
  const rowBytes = Math.ceil(columns / perByte);
  const bytes = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      bytes[row * rowBytes + Math.floor(column / perByte)] |=
        codes[row * columns + column] << (bits * (column % perByte));
  return bytes;
}
