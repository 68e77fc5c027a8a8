import { LabError } from '../../../../../base/errors';
import { bitstreamBytes } from '../../../../kit/bits';
import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartBytes, type PartSpec } from '../../../../contract/parts';
import { isFast, MAX_DENSE, type CodingBasis } from '../../../../kit/transforms/coding';
import { LOG_FLOOR, shareOf, type ModulusRange, type PolarScale } from '../../../../kit/transforms/polar';
import type meta from './meta';
import { predictorSize, type CoarseTables } from './predictor';

/** The size beyond which a container may exceed the longest string of JavaScript engines. */
const MAX_CONTAINER_BYTES = 400e6;

export type HybridOptions = OptionsOf<typeof meta>;

/** Sizes and settings of one tensor. */
export interface HybridLayout {
  shape: MatrixShape;
  weights: number;
  /** The number of weights that are transformed together. The last block may be shorter. */
  block: number;
  basis: CodingBasis;
  /** The modulus below which coefficients are dropped. */
  prune: number;
  quantised: boolean;
  /** The bits of the two codes, without those of a true residual. */
  amplitudeBits: number;
  phaseBits: number;
  /** The bits that a true residual adds to each code. */
  refine: number;
  predicted: boolean;
  /** The seed of the predictor. */
  seed: number;
  packed: boolean;
  /** The options as the JSON document stores them. */
  options: HybridOptions;
}

/** Makes the layout. @throws LabError bad-plan for a dense transform of long blocks; limit for a tensor whose JSON exceeds a string */
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
    `rft-hybrid: the ${basis} basis of ${block} weights is a dense matrix that takes too long to build.`,
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

/** Computes the bits of the two codes as stored, including those of a true residual. */
export function codeBits({ amplitudeBits, phaseBits, refine }: HybridLayout) {
  return { amplitude: amplitudeBits + refine, phase: phaseBits + refine };
}

/**
 * Describes the parts. With storage `json` there is one `container`. With `packed` there are `mask` U8, a bit per coefficient, absent if
 * all are kept; `amplitude` and `phase` U8, little-endian streams over the kept ones; `range` F32 [2], the smallest and the largest kept
 * modulus; and `predictor` F32, if residuals are predicted. Unquantised coefficients are in `coefficients` F32 (re, im) instead.
 */
export function hybridParts(layout: HybridLayout): HybridSpecs {
  return layout.packed ? packedParts(layout) : { container: documentPart(layout) };
}

/** The parts under any options. */
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
  const bits = codeBits(layout);
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

/** Makes the scale by which coefficients within a range of moduli are rounded. */
export function hybridScale(
  { prune, amplitudeBits, phaseBits }: HybridLayout,
  refine: number,
  range: ModulusRange,
): PolarScale {
  const low = Math.log(Math.max(range.min, LOG_FLOOR));
  const span = Math.max(0, Math.log(Math.max(range.max, LOG_FLOOR)) - low);
  return { prune, amplitudeBits, phaseBits, refine, log: { low, span } };
}

/** Computes the log amplitude and the phase of every code. */
export function coarseTables({ amplitudeBits, phaseBits, log }: PolarScale): CoarseTables {
  const shares = (bits: number) =>
    Float64Array.from({ length: 2 ** bits }, (_, code) => shareOf(code, bits, 0));
  return {
    logs: shares(amplitudeBits).map((share) => log!.low + share * log!.span),
    angles: shares(phaseBits).map((share) => 2 * Math.PI * share - Math.PI),
  };
}

/** Bounds a restored coefficient by a few times its size, and the sum over a block of n by √n. A whole tensor counts as 2^24 weights. */
export function hybridErrorBound({ chunk, prune }: HybridOptions): (largest: number) => number {
  const n = chunk === 'whole' ? 2 ** 24 : Number(chunk);
  return (largest) => Math.sqrt(n) * (60 * largest + prune) + 1e-9;
}
