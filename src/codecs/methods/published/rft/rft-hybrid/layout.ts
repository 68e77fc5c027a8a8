import { LabError } from '../../../../../base/errors';
import { bitstreamBytes } from '../../../../kit/bits';
import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartBytes, type PartSpec } from '../../../../contract/parts';
import { isFast, MAX_DENSE, type CodingBasis } from '../../../../kit/transforms/coding';
import { LOG_FLOOR, shareOf, type PolarScale } from '../../../../kit/transforms/polar';
import type meta from './meta';
import { predictorSize, type CoarseTables } from './predictor';

const MAX_CONTAINER_BYTES = 400e6;

export type HybridOptions = OptionsOf<typeof meta>;

/** Sizes and settings of one tensor. */
export interface HybridLayout {
  shape: MatrixShape;
  weights: number;
  /** Weights transformed together; the last block may be shorter. */
  block: number;
  basis: CodingBasis;
  /** Coefficients of a smaller modulus are dropped. */
  prune: number;
  quantised: boolean;
  /** Bits of the two codes, without those of a true residual. */
  amplitudeBits: number;
  phaseBits: number;
  /** Bits that a true residual adds to either code. */
  refine: number;
  predicted: boolean;
  /** Seed of the predictor. */
  seed: number;
  packed: boolean;
  /** The options as the JSON document names them. */
  options: HybridOptions;
}

/** @throws LabError bad-plan for a dense transform of long blocks; limit for a tensor whose JSON would not fit a string */
export function hybridLayout(shape: MatrixShape, options: HybridOptions): HybridLayout {
  const { transform: basis, chunk, quantisation: quantised, residual, residualBits, storage } = options;
  const { amplitude: amplitudeBits, phase: phaseBits, prune, seed } = options;
  const weights = shape[0] * shape[1];
  const block = chunk === 'whole' ? weights : Math.min(Number(chunk), weights);
  const packed = storage === 'packed';
  requireFast(basis, block);
  if (!packed) requireDocument(weights);
  return {
    ...{ shape, weights, block, basis, prune, quantised, amplitudeBits, phaseBits, seed, packed, options },
    refine: quantised && residual === 'true' ? residualBits : 0,
    predicted: quantised && residual === 'predicted',
  };
}

function requireFast(basis: CodingBasis, block: number): void {
  if (isFast(basis) || block <= MAX_DENSE) return;
  throw new LabError(
    'bad-plan',
    `rft-hybrid: the ${basis} basis of ${block} is a dense matrix that takes too long to build.`,
    `Use chunk=${MAX_DENSE} or less, or transform=phase-fft.`,
  );
}

function requireDocument(weights: number): void {
  if (11 * weights <= MAX_CONTAINER_BYTES) return;
  throw new LabError(
    'limit',
    `A tensor of ${weights} weights is too large for one JSON document of the hybrid codec.`,
    'Use storage=packed, or a smaller model.',
  );
}

/** Bits of the two codes as stored, those of a true residual included. */
export function storedBits({ amplitudeBits, phaseBits, refine }: HybridLayout) {
  return { amplitude: amplitudeBits + refine, phase: phaseBits + refine };
}

/**
 * `json`: one `container`. `packed`: `mask` U8, a bit per coefficient, absent when all are kept; `amplitude` and `phase` U8,
 * little-endian streams over the kept ones; `range` F32 [2], least and largest kept modulus; or, unquantised, `coefficients`
 * F32 (re, im). `predictor` F32 where there is one.
 */
export function hybridParts(layout: HybridLayout): HybridSpecs {
  return layout.packed ? packedParts(layout) : { container: documentPart(layout) };
}

/** The parts any options have. */
export type HybridSpecs = Partial<
  Record<'container' | 'mask' | 'coefficients' | 'amplitude' | 'phase' | 'range' | 'predictor', PartSpec>
>;
export type HybridParts = PartBytes<HybridSpecs>;

function documentPart({ weights, block }: HybridLayout): PartSpec {
  const max = 4000 + 18 * weights + 8 * predictorSize(block);
  return part('codes', 'U8', [max], { variable: true, unpadded: true });
}

function packedParts(layout: HybridLayout): HybridSpecs {
  const { weights, block, quantised, predicted } = layout;
  const bits = storedBits(layout);
  const stream = (width: number) => part('codes', 'U8', [bitstreamBytes(weights, width)], { variable: true });
  const mask = part('codes', 'U8', [bitstreamBytes(weights, 1)], { optional: true });
  if (!quantised) return { mask, coefficients: part('float', 'F32', [2 * weights], { variable: true }) };
  return {
    mask,
    amplitude: stream(bits.amplitude),
    phase: stream(bits.phase),
    range: part('scales', 'F32', [2]),
    predictor: predicted ? part('tables', 'F32', [predictorSize(block)]) : undefined,
  };
}

/** The least and the largest modulus that is kept. */
export interface ModulusRange {
  least: number;
  most: number;
}

/** How coefficients are rounded between the moduli of a range. */
export function hybridScale(
  { prune, amplitudeBits, phaseBits }: HybridLayout,
  refine: number,
  range: ModulusRange,
): PolarScale {
  const low = Math.log(Math.max(range.least, LOG_FLOOR));
  const span = Math.max(0, Math.log(Math.max(range.most, LOG_FLOOR)) - low);
  return { prune, amplitudeBits, phaseBits, refine, log: { low, span } };
}

export function coarseTables({ amplitudeBits, phaseBits, log }: PolarScale): CoarseTables {
  const shares = (bits: number) =>
    Float64Array.from({ length: 2 ** bits }, (_, code) => shareOf(code, bits, 0));
  return {
    logs: shares(amplitudeBits).map((share) => log!.low + share * log!.span),
    angles: shares(phaseBits).map((share) => 2 * Math.PI * share - Math.PI),
  };
}

/** Coefficients stay within a few times their size; of a block of n, √n of them add up. Whole tensors: of up to 2^24 weights. */
export function hybridErrorBound({ chunk, prune }: HybridOptions): (largest: number) => number {
  const n = chunk === 'whole' ? 2 ** 24 : Number(chunk);
  return (largest) => Math.sqrt(n) * (60 * largest + prune) + 1e-9;
}
