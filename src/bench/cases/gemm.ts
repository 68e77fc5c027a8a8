import { floatsToHalves, roundToHalf } from '../../base/float16';
import type { LinearCall } from '../../runtime/linear';
import { wholeView } from '../../runtime/ops/context';
import { ternaryInput } from '../../runtime/reference/ternary';
import type { TernaryActivations } from '../../runtime/ternaryActivations';
import { recordTernary, ternaryLinear } from '../../runtime/ternaryLinear';
import { maskedMatrix, recordMasked } from '../../runtime/ternaryMasks';
import { groupsPerRow, unitsOf, UNIT, type TernaryMatrix } from '../../runtime/ternaryMatrix';
import type { BenchContext } from '../context';
import { peerCandidate } from '../peer/candidate';
import { recordedCandidate } from '../recorded';
import { benchValues, checkProduct, type Product } from '../reference';
import type { Candidate } from '../types';
import { denseProduct, matmulGraph, type ProductShape } from './matmul';
import { nbitsGraph } from './gemmPeer';

/** Columns that share a scale; also the block of int8 activations and of the peer's weights. */
export const GEMM_GROUP = 128;

/** One way to compute the product. */
export interface GemmSide {
  name: string;
  /** Bytes of W as this side reads them. */
  weightBytes: number;
  open(signal?: AbortSignal): Promise<Candidate>;
}

/** y[M, N] = x[M, K] · W[N, K]ᵀ with ternary W, and its two sides as ternary matrices for the product of both. */
export interface GemmProblem {
  shape: ProductShape;
  /** W as floats: what every side must agree with. */
  product: Product;
  w: TernaryMatrix;
}

/** A seeded product; weights of all three kinds, a third each, with scales of 0.5 to 1.5. */
export function gemmProblem([m, k, n]: ProductShape): GemmProblem {
  const { matrix, values } = seededTernary(n, k, 2);
  return { shape: [m, k, n], product: { m, k, n, x: benchValues(m * k, 1), w: values }, w: matrix };
}

/** Random trits and scales, and the matrix they stand for. */
function seededTernary(rows: number, columns: number, stream: number) {
  const units = unitsOf(columns);
  const draws = benchValues(rows * columns, stream);
  const codes = new Uint8Array(4 * rows * units);
  const groups = groupsPerRow({ columns, group: GEMM_GROUP });
  const scales = benchValues(rows * groups, stream + 1).map((v) => roundToHalf(1 + v / UNIT));
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const code = draws[i] < -1 / 3 ? 0 : draws[i] > 1 / 3 ? 2 : 1;
    codes[4 * units * row + (column >> 2)] |= code << (2 * (column & 3));
    values[i] = (code - 1) * scales[row * groups + Math.floor(column / GEMM_GROUP)];
  }
  const bytes = new Uint8Array(floatsToHalves(scales).buffer);
  const matrix = { name: 'benchmark W', rows, columns, group: GEMM_GROUP, codes, scales: bytes };
  return { matrix, values };
}

/** Our sides first, the plain float32 product among them, then the peer's where there is one. */
export function gemmSides(context: BenchContext, problem: GemmProblem): GemmSide[] {
  return [...ternarySides(context, problem), denseSide(context, problem), ...peerSides(context, problem)];
}

/** Names the ratios of a row refer to. */
export const DENSE_SIDE = 'our float32';

function ternarySides(context: BenchContext, problem: GemmProblem): GemmSide[] {
  const { w } = problem;
  const weightBytes = w.codes.length + w.scales.length;
  const kinds: TernaryActivations[] = context.gpu.features.f16
    ? ['float32', 'float16', 'int8']
    : ['float32', 'int8'];
  return [
    ...kinds.map((kind) => ({
      name: `ternary × ${kind}`,
      weightBytes,
      open: () => ternaryCandidate(context, problem, kind),
    })),
    { name: 'ternary × ternary', weightBytes, open: () => maskedCandidate(context, problem) },
  ];
}

function denseSide(context: BenchContext, { product }: GemmProblem): GemmSide {
  return { name: DENSE_SIDE, weightBytes: 4 * product.w.length, open: () => denseProduct(context, product) };
}

function peerSides(context: BenchContext, problem: GemmProblem): GemmSide[] {
  const { peer } = context;
  const { product, w } = problem;
  if (!peer) return [];
  const packed = (bits: 2 | 4): GemmSide => ({
    name: `ORT MatMulNBits ${bits} bit`,
    weightBytes: (product.w.length * bits) / 8 + 2 * w.scales.length,
    open: () => peerCandidate(peer, nbitsGraph(context, problem, bits)),
  });
  const dense = {
    name: 'ORT float32',
    weightBytes: 4 * product.w.length,
    open: () => peerCandidate(peer, matmulGraph(context, product)),
  };
  return [dense, packed(4), packed(2)];
}

/** x as it is rounded is part of the form: the check is against what the rounded rows give. */
function ternaryCandidate(
  context: BenchContext,
  { product, w }: GemmProblem,
  activations: TernaryActivations,
): Promise<Candidate> {
  const { gpu } = context;
  const { m, k, n, x } = product;
  return recordedCandidate(context, async (recorder, scope) => {
    const weight = await ternaryLinear(gpu, w, { activations, block: GEMM_GROUP });
    const input = wholeView(scope.upload(x, 'benchmark x'), k);
    const output = wholeView(scope.allocate(4 * m * n, 'benchmark y'), n);
    const call: LinearCall = { gpu, recorder, x: input, y: output, rows: m };
    await recordTernary(call, weight).catch((error: unknown) => {
      weight.dispose();
      throw error;
    });
    const rounded = () => ({ ...product, x: roundedRows(product, activations) });
    return {
      verify: async () => checkProduct(rounded(), new Float32Array(await gpu.stream.read(output.buffer))),
      dispose: () => weight.dispose(),
    };
  });
}

function roundedRows({ m, k, x }: Product, activations: TernaryActivations): Float32Array {
  const rows = Float32Array.from(x);
  for (let r = 0; r < m; r++)
    rows.set(ternaryInput(x.subarray(r * k, (r + 1) * k), { activations, block: GEMM_GROUP }), r * k);
  return rows;
}

/** Both sides ternary: a problem of its own, of the same size. */
function maskedCandidate(context: BenchContext, { shape: [m, k, n], product, w }: GemmProblem) {
  const { gpu } = context;
  return recordedCandidate(context, async (recorder, scope) => {
    const left = seededTernary(m, k, 7);
    const sides = [await maskedMatrix(gpu, left.matrix), await maskedMatrix(gpu, w)];
    const dispose = () => sides.forEach((side) => side.dispose());
    const y = wholeView(scope.allocate(4 * m * n, 'benchmark y'), n);
    await recordMasked({ gpu, recorder, a: sides[0], w: sides[1], y }).catch((error: unknown) => {
      dispose();
      throw error;
    });
    const verify = async () =>
      checkProduct({ ...product, x: left.values }, new Float32Array(await gpu.stream.read(y.buffer)));
    return { verify, dispose };
  });
}
