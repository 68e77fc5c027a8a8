import { tritAt } from '../../runtime/reference/ternary';
import { halvesToFloats } from '../../base/float16';
import type { TernaryMatrix } from '../../runtime/linear/ternary/ternaryMatrix';
import type { BenchContext } from '../context';
import { OnnxGraph } from '../../onnx/graph';
import type { PeerGraph } from '../peer/candidate';
import type { MatmulProblem } from '../reference';
import { productFlops, productGraph } from './matmul';

/** W[n, k] = (code − 2^(bits − 1)) · scale, with a scale for each `group` columns of a row. */
export interface GroupedCodes {
  bits: 2 | 4;
  group: number;
  codeAt: (row: number, column: number) => number;
  /** float16 bits [rows, groups per row]. */
  scales: Uint8Array;
}

/** Returns a ternary matrix as codes of `bits` bits. */
export function tritCodes(w: TernaryMatrix, bits: 2 | 4): GroupedCodes {
  const zero = 2 ** (bits - 1);
  return { bits, group: w.group, codeAt: (row, column) => zero + tritAt(w, row, column), scales: w.scales };
}

/** Returns a graph of ONNX Runtime's product of grouped integers with float32 activations (com.microsoft.MatMulNBits). */
export function nbitsGraph(context: BenchContext, product: MatmulProblem, codes: GroupedCodes): PeerGraph {
  const { m, k, n } = product;
  const graph = new OnnxGraph('matmul');
  const multiply = nbitsProduct(graph, 'w', [n, k], codes);
  return productGraph(context, graph, product, productFlops([m, k, n]), (y, x) => multiply(x, y));
}

/**
 * Writes a matrix [N, K] as constants of a graph.
 * @returns what adds the product of x with it, as y if that is given, and returns its name
 */
export function nbitsProduct(
  graph: OnnxGraph,
  name: string,
  [n, k]: readonly [number, number],
  codes: GroupedCodes,
): (x: string, y?: string) => string {
  const { bits, group } = codes;
  const blocks = Math.ceil(k / group);
  const weight = graph.bytesConstant(name, [n, blocks, (group * bits) / 8], blockBytes(codes, n, k));
  const halves = new Uint16Array(codes.scales.slice().buffer);
  const scale = graph.floats(`${name} scales`, [n * blocks], halvesToFloats(halves));
  const attributes = { K: k, N: n, bits, block_size: group };
  const options = { attributes, domain: 'com.microsoft' };
  return (x, y) => {
    const inputs = [x, weight, scale];
    if (y === undefined) return graph.node('MatMulNBits', inputs, options);
    graph.nodeTo(y, 'MatMulNBits', inputs, options);
    return y;
  };
}

/** Returns the codes with the first in the lowest bits; blocks are padded with the operator's zero point. */
function blockBytes({ bits, group, codeAt }: GroupedCodes, rows: number, columns: number): Uint8Array {
  const perRow = Math.ceil(columns / group) * group;
  const perByte = 8 / bits;
  const bytes = new Uint8Array((rows * perRow) / perByte);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < perRow; column++) {
      const code = column < columns ? codeAt(row, column) : 2 ** (bits - 1);
      bytes[Math.floor((row * perRow + column) / perByte)] |= code << (bits * (column % perByte));
    }
  return bytes;
}
