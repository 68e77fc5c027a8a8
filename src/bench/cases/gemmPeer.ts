import { tritAt } from '../../runtime/reference/ternary';
import { halfBitsToFloat } from '../../base/float16';
import type { BenchContext } from '../context';
import { OnnxGraph } from '../../onnx/graph';
import type { PeerGraph } from '../peer/candidate';
import { GEMM_GROUP, type GemmProblem } from './gemmProblem';
import { productFlops, productGraph } from './matmul';

/** Returns a graph of ONNX Runtime's product of grouped integers with float32 activations (com.microsoft.MatMulNBits). */
export function nbitsGraph(
  context: BenchContext,
  { shape, product, w }: GemmProblem,
  bits: 2 | 4,
): PeerGraph {
  const { k, n } = product;
  const graph = new OnnxGraph('matmul');
  const blocks = Math.ceil(k / GEMM_GROUP);
  const weight = graph.bytesConstant(
    'w',
    [n, blocks, (GEMM_GROUP * bits) / 8],
    shiftedCodes(w, bits, 2 ** (bits - 1)),
  );
  const scales = Float32Array.from({ length: n * blocks }, (_, i) =>
    halfBitsToFloat(w.scales[2 * i] | (w.scales[2 * i + 1] << 8)),
  );
  const scale = graph.floats('scales', [n * blocks], scales);
  const attributes = { K: k, N: n, bits, block_size: GEMM_GROUP };
  return productGraph(context, graph, product, productFlops(shape), (y, x) =>
    graph.nodeTo(y, 'MatMulNBits', [x, weight, scale], { attributes, domain: 'com.microsoft' }),
  );
}

/**
 * Returns the trits plus the operator's zero point, packed with the first in the lowest bits; blocks are padded with the zero
 * point.
 */
function shiftedCodes(w: GemmProblem['w'], bits: number, zero: number): Uint8Array {
  const perRow = Math.ceil(w.columns / GEMM_GROUP) * GEMM_GROUP;
  const perByte = 8 / bits;
  const bytes = new Uint8Array((w.rows * perRow) / perByte);
  for (let i = 0; i < w.rows * perRow; i++) {
    const [row, column] = [Math.floor(i / perRow), i % perRow];
    const code = zero + (column < w.columns ? tritAt(w, row, column) : 0);
    bytes[Math.floor(i / perByte)] |= code << (bits * (i % perByte));
  }
  return bytes;
}
