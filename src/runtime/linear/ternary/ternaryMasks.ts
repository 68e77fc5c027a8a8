import type { Gpu } from '../../../gpu/gpu';
import type { Recorder } from '../../../gpu/recorder';
import type { ActivationView } from '../linear';
import type { RowRange } from '../matrix';
import { uploaded, type WeightPart } from '../parts';
import { recordPieces, type Tile } from '../pieces';
import { checkColumns, factorChoice, segmentWords, type ProductFactors } from './ternaryFactors';
import {
  checkTernary,
  groupInWords,
  groupsPerRow,
  MASK_UNIT,
  ternaryMasks,
  type TernaryMatrix,
} from './ternaryMatrix';
import { uploadTernary } from './ternaryUpload';

/** A ternary matrix on the GPU as masks of its +1 and −1, for products of two ternary matrices. */
export interface MaskedMatrix {
  name: string;
  rows: number;
  columns: number;
  /** Bytes of GPU memory: two bits per weight, and the scales. */
  bytes: number;
  parts: readonly WeightPart[];
  /** Number of words of 32 columns in a row, and in a group with one scale. */
  words: number;
  groupWords: number;
  groupsPerRow: number;
  dispose(): void;
}

/**
 * Uploads a ternary matrix as masks, split by rows where it exceeds a binding. The caller keeps the bytes and disposes of the
 * result.
 * @throws LabError bad-file for bytes that do not fit the shape, bad-input for groups that are not a multiple of 32 columns,
 * limit, out-of-memory
 */
export async function maskedMatrix(gpu: Gpu, matrix: TernaryMatrix): Promise<MaskedMatrix> {
  checkTernary(matrix);
  const { name, rows, columns } = matrix;
  const words = Math.ceil(columns / MASK_UNIT);
  const counts = { words, groupWords: groupInWords(matrix, MASK_UNIT), groupsPerRow: groupsPerRow(matrix) };
  const masks = { bytesPerRow: 8 * words, of: (range: RowRange) => ternaryMasks(matrix, range) };
  return uploaded(gpu, (scope) => {
    const parts = uploadTernary(gpu, scope, matrix, masks);
    return { name, rows, columns, parts, ...counts };
  });
}

/** The kernels of a product of two masked matrices. */
export type MaskVariant = 'matrix' | 'row';
const KERNELS: Readonly<Record<MaskVariant, Tile & { module: string }>> = {
  /** A tile of 4 × 4 in registers. */
  matrix: { module: 'linear/ternary/masks/matrix', tileRows: 32, tileOutputs: 32 },
  /** One row at a time. */
  row: { module: 'linear/ternary/masks/row', tileRows: 1, tileOutputs: 256 },
};

/** Number of rows up to which the kernel for one row at a time is used: a tile of 32 rows would be mostly empty. */
const MAX_SINGLE_ROWS = 4;

/** A product y[M, N] ← α · A[M, K] · W[N, K]ᵀ + β · y. */
export interface MaskedProduct extends ProductFactors {
  gpu: Gpu;
  recorder: Recorder;
  a: MaskedMatrix;
  w: MaskedMatrix;
  y: ActivationView;
  /** Default: by the number of rows. Tests and timing give one. */
  variant?: MaskVariant;
}

/**
 * Records the product of two ternary matrices. Within a segment, in which both sides have one scale each, the sums are exact
 * integers.
 * @throws LabError bad-input for different K, or an invalid α or β
 */
export async function recordMasked(product: MaskedProduct): Promise<void> {
  const { gpu, recorder, a, w, y } = product;
  const { conditions, params } = factorChoice(product);
  checkColumns(a.columns, w);
  const { module, ...tile } = KERNELS[product.variant ?? (a.rows <= MAX_SINGLE_ROWS ? 'row' : 'matrix')];
  for (const part of a.parts) {
    const into = { ...y, column: y.column + part.firstRow * y.stride };
    await recordPieces({ gpu, recorder, x: y, y: into, rows: part.rows }, w, {
      module,
      conditions,
      tile,
      x: { stride: w.words, column: 0 },
      params: { ...sideParams(a, w), ...params },
      bindings: ({ buffers }) => ({
        a: part.buffers.codes,
        aScales: part.buffers.scales,
        w: buffers.codes,
        wScales: buffers.scales,
      }),
    });
  }
}

function sideParams(a: MaskedMatrix, w: MaskedMatrix): Record<string, number> {
  const words = segmentWords(w.words, a.groupWords, w.groupWords);
  return {
    words: w.words,
    segmentWords: words,
    segments: Math.ceil(w.words / words),
    aGroups: a.groupsPerRow,
    aGroupWords: a.groupWords,
    wGroups: w.groupsPerRow,
    wGroupWords: w.groupWords,
  };
}
