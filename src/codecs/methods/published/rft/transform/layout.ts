import { LabError } from '../../../../../base/errors';
import type { MatrixShape, SourceTensor } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { rtnErrorBound, rtnLayout, rtnParts } from '../../../../kit/uniformGrid/erased';
import { realBasis, transposed, type RealBasisName } from '../../../../kit/transforms/realBasis';

/** Longest block of the random basis: its QR takes seconds beyond. */
const MAX_RANDOM = 512;
/** Weights above this could overflow float32 on their way through the transform. */
const LARGEST = 2 ** 100;

/** The coefficients are coded as `rtn` codes weights: same parts, same kernels. */
export function coefficientOptions({ bits, block, group }: CodecOptions): CodecOptions {
  return { bits, group: group === 'block' ? block : Number(group), scheme: 'symmetric', clip: false };
}

/**
 * `codes` and `scales` of rtn over the coefficients [out, in]: coefficient o of a block stands where its o-th weight stood.
 * @throws LabError bad-plan for a random basis that is too long
 */
export function transformParts(shape: MatrixShape, options: CodecOptions): PartLayout[] {
  if (options.basis === 'random' && Number(options.block) > MAX_RANDOM)
    throw new LabError(
      'bad-plan',
      `A random basis of ${options.block} takes too long to build.`,
      `Use a block of at most ${MAX_RANDOM}, or another basis.`,
    );
  return rtnParts(rtnLayout(shape, coefficientOptions(options)));
}

/**
 * Coefficients are coded divided by this power of two from √block on: then none is larger than the largest weight, and scales fit
 * float16 where rtn's would.
 */
function coefficientUnit({ block }: CodecOptions): number {
  return 2 ** Math.ceil(Math.log2(Number(block)) / 2);
}

/** Weights to coded coefficients of a block of `length`, or back: [length, length]. */
export function blockMatrix(options: CodecOptions, length: number, inverse: boolean): Float64Array {
  const rows = realBasis(options.basis as RealBasisName, length, Number(options.seed));
  const unit = coefficientUnit(options);
  if (inverse) return transposed(rows, length).map((value) => value * unit);
  return rows.map((value) => value / unit);
}

/** Blocks of equal length along the rows of a matrix: `count` of them from `column` on. */
export interface BlockRun {
  column: number;
  length: number;
  count: number;
}

/** The whole blocks of a row, and the shorter last one. */
export function blockRuns(columns: number, options: CodecOptions): BlockRun[] {
  const length = Math.min(Number(options.block), columns);
  const count = Math.floor(columns / length);
  const rest = columns % length;
  const runs = [{ column: 0, length, count }];
  return rest ? [...runs, { column: count * length, length: rest, count: 1 }] : runs;
}

/** @throws LabError bad-input naming the tensor and its first weight beyond float32's safe range */
export function checkRange({ name, values }: Pick<SourceTensor, 'name' | 'values'>): void {
  const index = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (index < 0) return;
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}; weights beyond 2^100 leave float32 when they are transformed.`,
    'Keep this tensor in float32: its weights are far outside the usual range.',
  );
}

/** An error of ε in each coefficient of a block of n is at most ε·√n in a weight. */
export function transformErrorBound(options: CodecOptions): (largest: number) => number {
  const coefficient = rtnErrorBound(coefficientOptions(options));
  const growth = Math.sqrt(Number(options.block)) * coefficientUnit(options);
  return (largest) => growth * coefficient(largest) + 1e-5 * growth * largest;
}
