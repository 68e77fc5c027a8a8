import { LabError } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import { maxDispatchCost } from '../../gpu/dispatchCost';
import { isVectorized, type RecordContext } from '../../runtime/ops/context';

/** A row-major matrix whose element (i, j) is at i · stride + column + j. */
interface MatrixView {
  buffer: GPUBuffer;
  stride: number;
  column: number;
}

/** A product C[rows, columns] += A · B with a B [steps, columns]. */
export interface GradientProduct {
  /** A [rows, steps], or [steps, rows] if `transposed`. */
  a: MatrixView;
  transposed: boolean;
  b: MatrixView;
  c: MatrixView;
  rows: number;
  columns: number;
  steps: number;
}

const VARIANTS = {
  /** A tile of 4 × 4 in registers, portable. */
  register: { module: 'train/product/register', tileRows: 32, tileColumns: 32 },
  /**
   * A tile of 8 × 4 with A shared by subgroup broadcasts: the fastest on software adapters. If B cannot be read as vec4, and
   * for the last one to three terms of an A [rows, steps], `register` is used.
   */
  subgroup: { module: 'train/product/subgroup', tileRows: 8, tileColumns: 64 },
  /** A tile of 64 × 64 through workgroup memory, for hardware adapters. */
  tiled: { module: 'train/product/tiled', tileRows: 64, tileColumns: 64 },
} as const;
export type ProductVariant = keyof typeof VARIANTS;
export const PRODUCT_VARIANTS = Object.keys(VARIANTS) as ProductVariant[];

/** Returns the variant for an adapter. */
export function productVariant({ info, features }: Gpu): ProductVariant {
  if (!info.software) return 'tiled';
  return features.subgroups && info.subgroupMinSize >= 4 ? 'subgroup' : 'register';
}

/**
 * Records C += A · B. One thread sums each element of C in the order of the terms, so that the result is deterministic. A, B
 * and C must be different buffers.
 */
export async function recordGradientProduct(
  context: RecordContext,
  product: GradientProduct,
  variant = productVariant(context.gpu),
): Promise<void> {
  if (variant !== 'subgroup') return record(context, product, variant);
  const [head, tail] = subgroupParts(product);
  if (head) await record(context, head, 'subgroup');
  if (tail) await record(context, tail, 'register');
}

/** Splits a product into the terms for the subgroup kernel and those for the portable one. */
function subgroupParts(product: GradientProduct): [GradientProduct | undefined, GradientProduct | undefined] {
  const { a, b, steps, transposed } = product;
  if (!isVectorized(b.stride, b.column)) return [undefined, product];
  const whole = transposed ? steps : steps - (steps % 4);
  const rest = {
    ...product,
    a: { ...a, column: a.column + whole },
    b: { ...b, column: b.column + whole * b.stride },
    steps: steps - whole,
  };
  return [whole > 0 ? { ...product, steps: whole } : undefined, whole < steps ? rest : undefined];
}

async function record(
  { gpu, recorder }: RecordContext,
  { a, transposed, b, c, ...sizes }: GradientProduct,
  variant: ProductVariant,
): Promise<void> {
  const { module, tileRows, tileColumns } = VARIANTS[variant];
  const vec4 = isVectorized(b.stride, b.column);
  const kernel = { module, conditions: { transposed, vec4, beta: true } };
  const { columns } = sizes;
  for (const piece of productPieces(sizes, tileRows, maxDispatchCost(gpu)))
    await recorder.dispatch(kernel, {
      params: {
        ...piece,
        ...{ firstOutput: 0, lastOutput: columns, biasColumn: 0, beta: 1 },
        ...{ xStride: a.stride, xColumn: a.column },
        ...{ bStride: b.stride, bColumn: b.column },
        ...{ yStride: c.stride, yColumn: c.column },
      },
      bindings: { a: a.buffer, b: b.buffer, y: c.buffer },
      workgroups: Math.ceil((piece.lastRow - piece.firstRow) / tileRows) * Math.ceil(columns / tileColumns),
      cost: 2 * (piece.lastRow - piece.firstRow) * (piece.lastStep - piece.firstStep) * columns,
    });
}

interface TermsPiece {
  firstRow: number;
  lastRow: number;
  firstStep: number;
  lastStep: number;
}

/** Splits a product by rows of C and, if one row of tiles is too much, by terms, so that no dispatch exceeds the limit. */
function productPieces(
  { rows, columns, steps }: Pick<GradientProduct, 'rows' | 'columns' | 'steps'>,
  tileRows: number,
  limit: number,
): TermsPiece[] {
  const rowsOfTiles = Math.max(1, Math.floor(limit / (2 * columns * steps * tileRows)));
  const perPiece = rowsOfTiles * tileRows;
  const stepsOfPiece = Math.max(16, Math.floor(limit / (2 * columns * Math.min(rows, perPiece) * 16)) * 16);
  const found: TermsPiece[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += perPiece)
    for (let firstStep = 0; firstStep < steps; firstStep += stepsOfPiece)
      found.push({
        firstRow,
        lastRow: Math.min(rows, firstRow + perPiece),
        firstStep,
        lastStep: Math.min(steps, firstStep + stepsOfPiece),
      });
  return found;
}

/** @throws LabError limit when a gradient exceeds one binding */
export function checkGradient(gpu: Gpu, { label, size }: GPUBuffer): void {
  if (size <= gpu.maxBindingBytes) return;
  throw new LabError(
    'limit',
    `The gradient ${label} takes ${size} bytes; this device binds at most ${gpu.maxBindingBytes} at once.`,
    'Train a smaller model, or use a device with a larger storage binding limit.',
  );
}
