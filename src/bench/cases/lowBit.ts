import { floatsToHalves, roundToHalf } from '../../base/float16';
import { int8Linear } from '../../runtime/linear/int8/int8Linear';
import type { LinearWeight } from '../../runtime/linear/linear';
import { packedIntegerLinear } from '../../runtime/linear/packed/packedLinear';
import { ternaryLinear } from '../../runtime/linear/ternary/ternaryLinear';
import type { BenchContext } from '../context';
import { peerCandidate } from '../peer/candidate';
import type { PeerRuntime } from '../peer/runtime';
import { benchValues, type MatmulProblem } from '../reference';
import { PEER_NBITS, type GemmSide } from './gemm';
import { halfScales, nbitsGraph } from './gemmPeer';
import { gemmProblem } from './gemmProblem';
import { productCandidate, type ProductShape } from './matmul';

/** Number of columns that share a scale in products of grouped integers. */
export const INTEGER_GROUP = 32;

/** The names of our products with integer weights and float32 rows. */
export const INT4_SIDE = `int4, groups of ${INTEGER_GROUP}`;
const INT8_SIDE = `int8, groups of ${INTEGER_GROUP}`;
const INT8_ROW_SIDE = 'int8, a step per row';
const TERNARY_SIDE = 'ternary, groups of 128';
export const LOW_BIT_SIDES: readonly string[] = [INT4_SIDE, INT8_SIDE, INT8_ROW_SIDE, TERNARY_SIDE];

/** Returns our product with 4-bit weights, and the peer's with the same weights if there is one. */
export function int4Sides(context: BenchContext, shape: ProductShape): GemmSide[] {
  const problem = groupedProblem(shape, 4);
  const { peer } = context;
  return [groupedSide(context, problem, INT4_SIDE), ...(peer ? [peerInt4Side(context, peer, problem)] : [])];
}

/** Returns our products with 4-bit, 8-bit and ternary weights. Their rows x are those of `seededProduct`. */
export function lowBitSides(context: BenchContext, shape: ProductShape): GemmSide[] {
  return [
    groupedSide(context, groupedProblem(shape, 4), INT4_SIDE),
    groupedSide(context, groupedProblem(shape, 8), INT8_SIDE),
    int8RowSide(context, shape),
    ternarySide(context, shape),
  ];
}

/** A product whose weights are grouped integers with a fixed offset. */
interface GroupedProblem {
  product: MatmulProblem;
  bits: 4 | 8;
  /** Codes [N, K], a byte each. */
  codes: Uint8Array;
  /** float16 bits [N, groups per row]. */
  scales: Uint8Array;
}

/** Returns a seeded product of random codes, with scales around 1 ÷ the largest code. */
function groupedProblem([m, k, n]: ProductShape, bits: 4 | 8): GroupedProblem {
  const levels = 2 ** bits;
  const codes = Uint8Array.from(benchValues(n * k, 2), (draw) =>
    Math.min(levels - 1, Math.max(0, Math.floor((levels / 2) * (draw + 1)))),
  );
  const groups = Math.ceil(k / INTEGER_GROUP);
  const scales = benchValues(n * groups, 3).map((v) => roundToHalf((2 + v / 8) / levels));
  const w = new Float32Array(n * k);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < k; column++) {
      const scale = scales[row * groups + Math.floor(column / INTEGER_GROUP)];
      w[row * k + column] = (codes[row * k + column] - levels / 2) * scale;
    }
  const product = { m, k, n, x: benchValues(m * k, 1), w };
  return { product, bits, codes, scales: new Uint8Array(floatsToHalves(scales).buffer) };
}

function groupedSide(context: BenchContext, problem: GroupedProblem, name: string): GemmSide {
  const { product, bits, codes, scales } = problem;
  const { n, k } = product;
  const packed = packedRows(codes, n, k, bits);
  const matrix = { name: 'benchmark W', rows: n, columns: k, bits, group: INTEGER_GROUP };
  const stored = { ...matrix, offset: 2 ** (bits - 1), codes: packed, scales };
  return side(context, product, name, packed.length + scales.length, () =>
    packedIntegerLinear(context.gpu, stored, context.choosePacked),
  );
}

function side(
  context: BenchContext,
  product: MatmulProblem,
  name: string,
  weightBytes: number,
  weight: () => Promise<LinearWeight>,
): GemmSide {
  return { name, weightBytes, open: () => productCandidate(context, product, weight) };
}

/** Returns the codes as rows of a bitstream, each padded to 4 bytes. */
export function packedRows(codes: Uint8Array, rows: number, columns: number, bits: number): Uint8Array {
  const rowBytes = 4 * Math.ceil((columns * bits) / 32);
  const bytes = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const bit = column * bits;
      bytes[row * rowBytes + (bit >> 3)] |= codes[row * columns + column] << (bit & 7);
    }
  return bytes;
}

function peerInt4Side(
  context: BenchContext,
  peer: PeerRuntime,
  { product, codes, scales }: GroupedProblem,
): GemmSide {
  const { n, k } = product;
  const matrix = { outputs: n, inputs: k, bits: 4, group: INTEGER_GROUP, codes, scales: halfScales(scales) };
  return {
    name: `${PEER_NBITS} 4 bit`,
    weightBytes: (n * k) / 2 + 2 * scales.length,
    open: () => peerCandidate(peer, nbitsGraph(context, product, matrix)),
  };
}

/** Returns our product with int8 weights and one step per row, whose codes are those of 8 bits less 128. */
function int8RowSide(context: BenchContext, [m, k, n]: ProductShape): GemmSide {
  const { product, codes } = groupedProblem([m, k, n], 8);
  const steps = benchValues(n, 4).map((v) => (2 + v / 8) / 256);
  const padded = 4 * Math.ceil(k / 4);
  const bytes = new Uint8Array(n * padded);
  const w = Float32Array.from(product.w, (_, i) => (codes[i] - 128) * steps[Math.floor(i / k)]);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < k; column++) bytes[row * padded + column] = codes[row * k + column] - 128;
  const matrix = { name: 'benchmark W', rows: n, columns: k, codes: bytes, steps };
  return side(context, { ...product, w }, INT8_ROW_SIDE, bytes.length + steps.byteLength, () =>
    int8Linear(context.gpu, { ...matrix, activations: 'float' }),
  );
}

function ternarySide(context: BenchContext, shape: ProductShape): GemmSide {
  const { product, w } = gemmProblem(shape);
  return side(context, product, TERNARY_SIDE, w.codes.length + w.scales.length, () =>
    ternaryLinear(context.gpu, w),
  );
}
