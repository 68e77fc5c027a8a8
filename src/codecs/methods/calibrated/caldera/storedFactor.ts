import { allocateMatrix, readMatrix, releaseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, MatrixShape } from '../../../contract/codec';
import { requireFinite } from '../../../contract/coding';
import type { PartsOf } from '../../../contract/parts';
import { float16 } from '../../../kit/float16';
import { decodeUniformGrid } from '../../../kit/uniformGrid/decode';
import { encodeUniformGrid } from '../../../kit/uniformGrid/encode';
import {
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridParts,
} from '../../../kit/uniformGrid/layout';
import { uniformGridReference } from '../../../kit/uniformGrid/reference';
import type { Operand } from './product';

/** How a factor is stored: as integers with one scale per row, or as float16 without a grid. */
export interface FactorLayout {
  shape: MatrixShape;
  grid?: UniformGridLayout;
}

export function factorLayout(shape: MatrixShape, bits: number): FactorLayout {
  if (bits === 16) return { shape };
  return {
    shape,
    grid: uniformGridLayout(shape, { bits, group: 'row', scheme: 'symmetric', clip: bits < 8 }),
  };
}

/** Defines `codes` and `scales` of a symmetric uniform grid with one group per row, or `values` F16 [rank, out or in]. */
export function factorParts({ shape, grid }: FactorLayout) {
  const integers = grid && uniformGridParts(grid);
  const floats = grid ? undefined : float16.parts({ shape });
  return { codes: integers?.codes, scales: integers?.scales, values: floats?.values };
}

export type FactorParts = PartsOf<typeof factorParts>;

/** Returns the parts of a factor that has a grid. */
const integersOf = ({ codes, scales }: FactorParts): UniformGridParts => ({ codes: codes!, scales: scales! });
/** Returns the parts of a factor that has none. */
const floatsOf = ({ values }: FactorParts) => ({ values: values! });

/**
 * Stores a factor of the tensor `name`.
 * @throws LabError naming the tensor when a value is not finite or a scale overflows; Cancelled
 */
export function encodeFactor(
  name: string,
  values: Float32Array,
  { shape, grid }: FactorLayout,
  context: CodecContext,
): Promise<FactorParts> {
  const source = { name, shape, values };
  requireFinite(source);
  return grid ? encodeUniformGrid({ ...source, layout: grid }, context) : float16.encode(source, context);
}

/**
 * Decodes a stored factor of the tensor `name` to float32 [rank, out or in].
 * @throws LabError bad-file for numbers that are not finite; Cancelled
 */
export async function decodeFactor(
  name: string,
  parts: FactorParts,
  { shape, grid }: FactorLayout,
  context: CodecContext,
): Promise<Operand> {
  const { gpu } = context;
  const [rows, columns] = shape;
  const matrix = allocateMatrix(gpu, rows, columns, `factor of ${name}`);
  try {
    await (grid
      ? decodeUniformGrid({ name, shape, layout: grid, parts: integersOf(parts) }, matrix, context)
      : float16.decode({ name, parts: floatsOf(parts) }, matrix, context));
    return { values: await readMatrix(gpu.stream, matrix), rows, columns };
  } finally {
    releaseMatrix(gpu.buffers, matrix);
  }
}

/** Stores and restores factors as the reference does. */
export const factorReference = {
  encode: (values: Float32Array, { grid }: FactorLayout): FactorParts =>
    grid ? uniformGridReference.encode(values, grid) : float16.reference.encode(values),

  decode: (parts: FactorParts, { grid }: FactorLayout): Float32Array =>
    grid ? uniformGridReference.decode(integersOf(parts), grid) : float16.reference.decode(floatsOf(parts)),
};
