import { LabError } from '../../../../../base/errors';
import { bitstreamBytes } from '../../../../kit/bits';
import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { isFast, MAX_DENSE, type CodingBasis } from '../../../../kit/transforms/coding';
import { LOG_FLOOR, shareOf, type PolarScale } from '../../../../kit/transforms/polar';
import { predictorSize, type CoarseTables } from './predictor';

const MAX_CONTAINER_BYTES = 400e6;

/** A tensor's sizes under given options. */
export interface HybridLayout {
  weights: number;
  /** Weights transformed together; the last block may be shorter. */
  block: number;
  basis: CodingBasis;
  quantised: boolean;
  /** Bits of the two codes, residual bits included. */
  amplitudeBits: number;
  phaseBits: number;
  refine: number;
  predicted: boolean;
  packed: boolean;
}

/** @throws LabError bad-plan for a dense transform of long blocks; limit for a tensor whose JSON would not fit a string */
export function hybridLayout([rows, columns]: MatrixShape, options: CodecOptions): HybridLayout {
  const weights = rows * columns;
  const basis = options.transform as CodingBasis;
  const block = options.chunk === 'whole' ? weights : Number(options.chunk);
  const length = Math.min(block, weights);
  if (!isFast(basis) && length > MAX_DENSE)
    throw new LabError(
      'bad-plan',
      `rft-hybrid: the ${basis} basis of ${length} is a dense matrix that takes too long to build.`,
      `Use chunk=${MAX_DENSE} or less, or transform=phase-fft.`,
    );
  const quantised = options.quantisation === true;
  const refine = quantised && options.residual === 'true' ? Number(options.residualBits) : 0;
  const packed = options.storage === 'packed';
  if (!packed && 11 * weights > MAX_CONTAINER_BYTES)
    throw new LabError(
      'limit',
      `A tensor of ${weights} weights is too large for one JSON document of the hybrid codec.`,
      'Use storage=packed, or a smaller model.',
    );
  return {
    weights,
    block: length,
    basis,
    quantised,
    amplitudeBits: Number(options.amplitude) + refine,
    phaseBits: Number(options.phase) + refine,
    refine,
    predicted: quantised && options.residual === 'predicted',
    packed,
  };
}

/**
 * `json`: one `container`. `packed`: `mask` U8, a bit per coefficient, absent when all are kept; `amplitude` and `phase` U8,
 * little-endian streams over the kept ones; `range` F32 [2], least and largest kept modulus; or, unquantised, `coefficients`
 * F32 (re, im). `predictor` F32 where there is one.
 */
export function hybridParts(shape: MatrixShape, options: CodecOptions): PartLayout[] {
  const layout = hybridLayout(shape, options);
  const { weights } = layout;
  const network = predictorSize(layout.block);
  if (!layout.packed) {
    const most = 4000 + 18 * weights + 8 * network;
    return [
      { suffix: 'container', kind: 'codes', dtype: 'U8', shape: [most], variable: true, unpadded: true },
    ];
  }
  const mask: PartLayout = {
    suffix: 'mask',
    kind: 'codes',
    dtype: 'U8',
    shape: [bitstreamBytes(weights, 1)],
    optional: true,
  };
  const floats = (suffix: string, count: number): PartLayout => ({
    suffix,
    kind: 'float',
    dtype: 'F32',
    shape: [count],
  });
  if (!layout.quantised) return [mask, { ...floats('coefficients', 2 * weights), variable: true }];
  const stream = (suffix: string, bits: number): PartLayout => ({
    suffix,
    kind: 'codes',
    dtype: 'U8',
    shape: [bitstreamBytes(weights, bits)],
    variable: true,
  });
  const codes = [stream('amplitude', layout.amplitudeBits), stream('phase', layout.phaseBits)];
  const range: PartLayout = { ...floats('range', 2), kind: 'scales' };
  const predictor: PartLayout = { ...floats('predictor', network), kind: 'tables' };
  return [mask, ...codes, range, ...(layout.predicted ? [predictor] : [])];
}

/** Codes between the moduli of a range. */
export function hybridScale(
  options: CodecOptions,
  refine: number,
  range: { least: number; most: number },
): PolarScale {
  const low = Math.log(Math.max(range.least, LOG_FLOOR));
  const span = Math.max(0, Math.log(Math.max(range.most, LOG_FLOOR)) - low);
  return {
    prune: Number(options.prune),
    amplitudeBits: Number(options.amplitude),
    phaseBits: Number(options.phase),
    refine,
    log: { low, span },
  };
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
export function hybridErrorBound(options: CodecOptions): (largest: number) => number {
  const n = options.chunk === 'whole' ? 2 ** 24 : Number(options.chunk);
  return (largest) => Math.sqrt(n) * (60 * largest + Number(options.prune)) + 1e-9;
}
