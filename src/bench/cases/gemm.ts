import type { LinearCall } from '../../runtime/linear/linear';
import { wholeView } from '../../runtime/ops/context';
import { ternaryInput } from '../../runtime/reference/ternary';
import type { TernaryActivations } from '../../runtime/linear/ternary/ternaryActivations';
import { ternaryLinear } from '../../runtime/linear/ternary/ternaryLinear';
import { maskedMatrix, recordMasked } from '../../runtime/linear/ternary/ternaryMasks';
import type { BenchContext } from '../context';
import { peerCandidate } from '../peer/candidate';
import type { PeerRuntime } from '../peer/runtime';
import { recordedCandidate } from '../recorded';
import { checkProduct, type MatmulProblem } from '../reference';
import type { Candidate } from '../types';
import { denseProduct, matmulGraph } from './matmul';
import { nbitsGraph, tritCodes } from './gemmPeer';
import { GEMM_GROUP, seededTernary, type GemmProblem } from './gemmProblem';

/** An implementation of the product. */
export interface GemmSide {
  name: string;
  /** Bytes of W in the form that this side reads. */
  weightBytes: number;
  open(signal?: AbortSignal): Promise<Candidate>;
}

/** Returns all sides of a product: ours, which include the dense float32 product, then those of the peer if there is one. */
export function gemmSides(context: BenchContext, problem: GemmProblem): GemmSide[] {
  return [
    ...ternarySides(context, problem),
    denseSide(context, problem.product),
    ...peerSides(context, problem),
  ];
}

/** The names of our dense float32 product, and of the peer's products with float32 rows. */
export const DENSE_SIDE = 'our float32';
export const PEER_DENSE = 'ORT float32';
export const PEER_NBITS = 'ORT MatMulNBits';

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

/** Returns our dense float32 product as a side. */
export function denseSide(context: BenchContext, product: MatmulProblem): GemmSide {
  return { name: DENSE_SIDE, weightBytes: 4 * product.w.length, open: () => denseProduct(context, product) };
}

function peerSides(context: BenchContext, problem: GemmProblem): GemmSide[] {
  const { peer } = context;
  const { product, w } = problem;
  if (!peer) return [];
  const packed = (bits: 2 | 4): GemmSide => ({
    name: `${PEER_NBITS} ${bits} bit`,
    weightBytes: (product.w.length * bits) / 8 + 2 * w.scales.length,
    open: () => peerCandidate(peer, nbitsGraph(context, product, tritCodes(w, product.n, bits))),
  });
  return [peerDenseSide(context, peer, product), packed(4), packed(2)];
}

/** Returns the peer's float32 product as a side. */
export function peerDenseSide(context: BenchContext, peer: PeerRuntime, product: MatmulProblem): GemmSide {
  const open = () => peerCandidate(peer, matmulGraph(context, product));
  return { name: PEER_DENSE, weightBytes: 4 * product.w.length, open };
}

/** Returns our product with ternary weights. It is checked against the product of the rounded rows of x. */
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
    await weight.record(call).catch((error: unknown) => {
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

function roundedRows({ m, k, x }: MatmulProblem, activations: TernaryActivations): Float32Array {
  const rows = Float32Array.from(x);
  for (let r = 0; r < m; r++)
    rows.set(ternaryInput(x.subarray(r * k, (r + 1) * k), { activations, block: GEMM_GROUP }), r * k);
  return rows;
}

/** Returns our product of two ternary matrices, with another left side of the same size. */
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
