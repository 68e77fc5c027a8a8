import { transposedMatrixValues } from '../../models/load/orientation';
import { DenseWeight } from '../../runtime/linear/dense/dense';
import type { LinearWeight } from '../../runtime/linear/linear';
import { uploadMatrix } from '../../runtime/linear/matrix';
import { wholeView } from '../../runtime/ops/context';
import type { BenchContext } from '../context';
import { OnnxGraph } from '../../onnx/graph';
import { peerCandidate, type PeerGraph } from '../peer/candidate';
import { recordedCandidate } from '../recorded';
import { benchValues, checkProduct, type MatmulProblem } from '../reference';
import type { BenchCase, Candidate } from '../types';

/** The sizes of a product y[M, N] = x[M, K] · W[N, K]ᵀ. */
export type ProductShape = readonly [m: number, k: number, n: number];

/** The shapes of some layers of the models, a square one, and one of a single row, as in decoding. */
export const MATMUL_SHAPES: readonly ProductShape[] = [
  [256, 288, 768],
  [512, 512, 512],
  [1024, 768, 3072],
  [1, 768, 3072],
];

export function productFlops([m, k, n]: ProductShape): number {
  return 2 * m * k * n;
}

export function seededProduct([m, k, n]: ProductShape): MatmulProblem {
  return { m, k, n, x: benchValues(m * k, 1), w: benchValues(n * k, 2) };
}

/** Returns a case of our dense float32 product against the peer's MatMul. */
export function matmulCase(context: BenchContext, shape: ProductShape): BenchCase {
  const product = seededProduct(shape);
  const { peer } = context;
  return {
    name: 'matmul float32',
    shape: shape.join('×'),
    unit: 'GFLOP/s',
    work: productFlops(shape),
    ours: () => denseProduct(context, product),
    ...(peer && { peer: () => peerCandidate(peer, matmulGraph(context, product)) }),
  };
}

/** Returns our dense float32 product. */
export function denseProduct(context: BenchContext, product: MatmulProblem): Promise<Candidate> {
  const { gpu, choose } = context;
  const { w, n, k } = product;
  const matrix = () => uploadMatrix(gpu, w, n, k, 'benchmark W');
  return productCandidate(context, product, async () => new DenseWeight(gpu, matrix(), choose));
}

/** Returns our side of a product with a weight in any form. The candidate takes ownership of the weight. */
export function productCandidate(
  context: BenchContext,
  product: MatmulProblem,
  weight: () => Promise<LinearWeight>,
): Promise<Candidate> {
  const { gpu } = context;
  const { m, k, n, x } = product;
  return recordedCandidate(context, async (recorder, scope) => {
    const input = wholeView(scope.upload(x, 'benchmark x'), k);
    const output = wholeView(scope.allocate(4 * m * n, 'benchmark y'), n);
    const stored = await weight();
    await stored.record({ gpu, recorder, x: input, y: output, rows: m }).catch((error: unknown) => {
      stored.dispose();
      throw error;
    });
    return {
      verify: async () => checkProduct(product, new Float32Array(await gpu.stream.read(output.buffer))),
      dispose: () => stored.dispose(),
    };
  });
}

/** FLOPs of one run of the peer: enough to hide the cost of a call, few enough that an abort is not delayed. */
const SOFTWARE_RUN_FLOPS = 1e7;
const HARDWARE_RUN_FLOPS = 5e9;
const MAX_COPIES = 16;

/** Returns the number of independent copies of an operation in one run of the peer, which share the cost of the call. */
export function peerCopies({ gpu }: BenchContext, flops: number): number {
  const budget = gpu.info.software ? SOFTWARE_RUN_FLOPS : HARDWARE_RUN_FLOPS;
  return Math.max(1, Math.min(MAX_COPIES, Math.floor(budget / flops)));
}

/** Returns a graph of the peer's float32 MatMul. */
export function matmulGraph(context: BenchContext, product: MatmulProblem): PeerGraph {
  const { m, k, n, w } = product;
  const graph = new OnnxGraph('matmul');
  const weight = graph.floats('w', [k, n], transposedMatrixValues(w, n, k));
  return productGraph(context, graph, product, productFlops([m, k, n]), (y, x) =>
    graph.nodeTo(y, 'MatMul', [x, weight]),
  );
}

/**
 * Returns a graph of as many copies of a product as its cost allows; `add` adds the node from an input to an output. Copies
 * read inputs of their own: equal nodes over equal inputs would be merged by the runtime.
 */
export function productGraph(
  context: BenchContext,
  graph: OnnxGraph,
  product: MatmulProblem,
  flops: number,
  add: (y: string, x: string) => void,
): PeerGraph {
  const { m, k, n, x } = product;
  const copies = peerCopies(context, flops);
  const inputs = Array.from({ length: copies }, (_, i) => {
    add(`y${i}`, graph.input(`x${i}`, 'float32', [m, k]));
    graph.output(`y${i}`, 'float32', [m, n]);
    return { name: `x${i}`, dims: [m, k], values: x };
  });
  const output = { name: `y${copies - 1}`, dims: [m, n] };
  const verify = (y: Float32Array) => checkProduct(product, y);
  return { bytes: graph.encode(), inputs, output, operations: copies, verify };
}
