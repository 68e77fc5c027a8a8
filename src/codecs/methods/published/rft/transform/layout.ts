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

/** The maximum block length of the random basis, beyond which its QR takes seconds. */
const MAX_RANDOM = 512;
/** The magnitude beyond which weights may overflow float32 in the transform. */
const MAX_MAGNITUDE = 2 ** 100;

export type TransformOptions = OptionsOf<typeof meta>;

/** The transform, and the grid to which coefficients are rounded. */
export interface TransformLayout {
  grid: UniformGridLayout;
  basis: RealBasisName;
  /** The number of weights that are transformed together. The last block of a row may be shorter. */
  block: number;
  /** The seed of the random basis. */
  seed: number;
}

/** Makes the layout. @throws LabError bad-plan for a random basis that is too long */
export function transformLayout(shape: MatrixShape, options: TransformOptions): TransformLayout {
  const { basis, block, seed } = options;
  if (basis === 'random' && block > MAX_RANDOM)
    throw new LabError(
      'bad-plan',
      `A random basis of ${block} weights takes too long to build.`,
      `Use a block of at most ${MAX_RANDOM}, or another basis.`,
    );
  return { grid: uniformGridLayout(shape, coefficientOptions(options)), basis, block, seed };
}

function coefficientOptions({ bits, block, group }: TransformOptions): UniformGridOptions {
  return { bits, group: group === 'block' ? String(block) : group, scheme: 'symmetric', clip: false };
}

/** Describes `codes` and `scales` of a uniform grid over the coefficients [out, in]. Coefficient o of a block is in place of weight o. */
export const transformParts = ({ grid }: TransformLayout) => uniformGridParts(grid);

/**
 * Computes the smallest power of two from √block on, by which coefficients are divided. None is then larger than the largest weight, and
 * scales fit float16 if those of the weights would.
 */
function coefficientUnit({ block }: { block: number }): number {
  return 2 ** Math.ceil(Math.log2(block) / 2);
}

/** Makes the matrix [length, length] from the weights of a block to its scaled coefficients, or its inverse. */
export function blockMatrix(layout: TransformLayout, length: number, inverse: boolean): Float64Array {
  const rows = realBasis(layout.basis, length, layout.seed);
  const unit = coefficientUnit(layout);
  if (inverse) return transposed(rows, length).map((value) => value * unit);
  return rows.map((value) => value / unit);
}

/** Consecutive blocks of equal length along the rows of a matrix: `count` blocks from `column` on. */
export interface BlockRun {
  column: number;
  length: number;
  count: number;
}

/** Lists the whole blocks of a row, and the shorter last one. */
export function blockRuns({ block, grid: { columns } }: TransformLayout): BlockRun[] {
  const length = Math.min(block, columns);
  const count = Math.floor(columns / length);
  const rest = columns % length;
  const runs = [{ column: 0, length, count }];
  return rest ? [...runs, { column: count * length, length: rest, count: 1 }] : runs;
}

/** Checks that no weight can overflow float32. @throws LabError bad-input naming the tensor and the first weight that can */
export function checkRange({ name, values }: Pick<SourceTensor, 'name' | 'values'>): void {
  const index = values.findIndex((value) => Math.abs(value) > MAX_MAGNITUDE);
  if (index < 0) return;
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}; weights beyond 2^100 may overflow float32 when they are transformed.`,
    'Keep this tensor in float32: its weights are far outside the usual range.',
  );
}

/** Bounds the error of a weight by ε·√n, for an error ε in each coefficient of a block of n. */
export function transformErrorBound(options: TransformOptions): (largest: number) => number {
  const coefficient = uniformGridErrorBound(coefficientOptions(options));
  const growth = Math.sqrt(options.block) * coefficientUnit(options);
  return (largest) => growth * coefficient(largest) + 1e-5 * growth * largest;
}
