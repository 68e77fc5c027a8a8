import { LabError } from '../../../../../base/errors';
import type { MatrixShape, SourceTensor } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { realBasis, transposed, type RealBasisName } from '../../../../kit/transforms/realBasis';
import {
  uniformGridErrorBound,
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridOptions,
} from '../../../../kit/uniformGrid/layout';
import type meta from './meta';

/** Longest block of the random basis: its QR takes seconds beyond. */
const MAX_RANDOM = 512;
/** Weights above this could overflow float32 on their way through the transform. */
const LARGEST = 2 ** 100;

export type TransformOptions = OptionsOf<typeof meta>;

/** The grid that coefficients are rounded to, and the transform that gives them. */
export interface TransformLayout {
  grid: UniformGridLayout;
  basis: RealBasisName;
  /** Weights transformed together; the last block of a row may be shorter. */
  block: number;
  /** Seed of the random basis. */
  seed: number;
}

/** @throws LabError bad-plan for a random basis that is too long */
export function transformLayout(shape: MatrixShape, options: TransformOptions): TransformLayout {
  const { basis, block, seed } = options;
  if (basis === 'random' && block > MAX_RANDOM)
    throw new LabError(
      'bad-plan',
      `A random basis of ${block} takes too long to build.`,
      `Use a block of at most ${MAX_RANDOM}, or another basis.`,
    );
  return { grid: uniformGridLayout(shape, coefficientOptions(options)), basis, block, seed };
}

function coefficientOptions({ bits, block, group }: TransformOptions): UniformGridOptions {
  return { bits, group: group === 'block' ? String(block) : group, scheme: 'symmetric', clip: false };
}

/**
 * `codes` and `scales` of a uniform grid over the coefficients [out, in]: coefficient o of a block stands where its o-th weight
 * stood.
 */
export const transformParts = ({ grid }: TransformLayout) => uniformGridParts(grid);

/**
 * Coefficients are coded divided by this power of two from √block on: then none is larger than the largest weight, and scales fit
 * float16 where those of the weights would.
 */
function coefficientUnit({ block }: { block: number }): number {
  return 2 ** Math.ceil(Math.log2(block) / 2);
}

/** The matrix [length, length] from the weights of a block to its coded coefficients, or back. */
export function blockMatrix(layout: TransformLayout, length: number, inverse: boolean): Float64Array {
  const rows = realBasis(layout.basis, length, layout.seed);
  const unit = coefficientUnit(layout);
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
export function blockRuns({ block, grid: { columns } }: TransformLayout): BlockRun[] {
  const length = Math.min(block, columns);
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
export function transformErrorBound(options: TransformOptions): (largest: number) => number {
  const coefficient = uniformGridErrorBound(coefficientOptions(options));
  const growth = Math.sqrt(options.block) * coefficientUnit(options);
  return (largest) => growth * coefficient(largest) + 1e-5 * growth * largest;
}
