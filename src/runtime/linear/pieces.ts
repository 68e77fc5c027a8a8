import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { Gpu } from '../../gpu/gpu';
import type { BindingValue } from '../../gpu/recorder';
import type { ActivationView, LinearCall } from './linear';
import type { RowRange } from './matrix';

/** The rows and outputs that one workgroup of a matmul kernel computes. */
export interface Tile {
  tileRows: number;
  tileOutputs: number;
}

/** The part of y = x · Wᵀ that one dispatch computes. */
interface ProductPiece<Part extends RowRange> {
  /** A range of rows of W in its own buffer. */
  part: Part;
  /** Outputs [first, last), counted from the part's first row. */
  first: number;
  last: number;
  /** Column of y that holds output 0 of the part; negative if y has only later outputs. */
  column: number;
  /** Rows [firstRow, lastRow) of x. */
  firstRow: number;
  lastRow: number;
}

/** Splits the outputs of a call by parts of W, then by outputs and rows so that no dispatch exceeds the cost limit. */
function linearPieces<Part extends RowRange>(
  call: LinearCall,
  weight: { rows: number; columns: number; parts: readonly Part[] },
  tile: Tile,
): ProductPiece<Part>[] {
  const limit = maxDispatchCost(call.gpu) / (2 * weight.columns);
  const outputs = wholeTiles(limit / call.rows, tile.tileOutputs);
  const rows = wholeTiles(limit / outputs, tile.tileRows);
  const found: ProductPiece<Part>[] = [];
  for (const range of rangesOf(call, weight))
    for (let first = range.first; first < range.last; first += outputs)
      for (let firstRow = 0; firstRow < call.rows; firstRow += rows)
        found.push({
          part: range.part,
          first,
          last: Math.min(range.last, first + outputs),
          column: range.column,
          firstRow,
          lastRow: Math.min(call.rows, firstRow + rows),
        });
  return found;
}

/** A kernel that multiplies, with everything it reads except the bias. */
export interface ProductKernel<Part extends RowRange> {
  /** shaders/<module>.wgsl */
  module: string;
  conditions: Record<string, boolean>;
  tile: Tile;
  /** Distance between rows of x and start of the first one, in the units the kernel reads (scalars or vectors). */
  x: { stride: number; column: number };
  params: Record<string, number>;
  bindings: (part: Part) => Record<string, BindingValue>;
}

/** Records y = x · Wᵀ (+ b) piece by piece with a kernel that imports shaders/linear/tile.wgsl. */
export async function recordPieces<Part extends RowRange>(
  call: LinearCall,
  weight: { rows: number; columns: number; parts: readonly Part[] },
  { module, conditions, tile, x, params, bindings }: ProductKernel<Part>,
): Promise<void> {
  const { recorder, y, bias } = call;
  const shared = { bias: bias !== undefined, shuffles: shufflesFast(call.gpu) };
  const kernel = { module, conditions: { ...conditions, ...shared } };
  for (const piece of linearPieces(call, weight, tile))
    await recorder.dispatch(kernel, {
      params: { ...params, ...pieceParams(piece, x, y) },
      bindings: {
        ...bindings(piece.part),
        y: y.buffer,
        ...(bias && { bias: bias.parts[0].buffer }),
      },
      ...pieceGrid(piece, weight.columns, tile),
    });
}

/**
 * Returns whether lanes of a subgroup are shared faster by shuffles than by broadcasts: on lavapipe, not on SwiftShader, whose
 * subgroups have 4 lanes, nor on hardware.
 */
function shufflesFast({ info, features }: Gpu): boolean {
  return info.software && features.subgroups && info.subgroupMinSize >= 8;
}

/** Returns the fields of `struct Piece` in shaders/linear/tile.wgsl. */
function pieceParams(
  piece: ProductPiece<RowRange>,
  x: { stride: number; column: number },
  y: ActivationView,
): Record<string, number> {
  return {
    firstRow: piece.firstRow,
    lastRow: piece.lastRow,
    firstOutput: piece.first,
    lastOutput: piece.last,
    xStride: x.stride,
    xColumn: x.column,
    yStride: y.stride,
    yColumn: y.column + piece.column,
    // The bias is indexed by rows of the whole W, whichever part or range is multiplied.
    biasColumn: piece.part.firstRow,
  };
}

/** Returns the number of workgroups and the cost of a piece. */
function pieceGrid(
  { first, last, firstRow, lastRow }: ProductPiece<RowRange>,
  columns: number,
  { tileRows, tileOutputs }: Tile,
): { workgroups: number; cost: number } {
  const rows = lastRow - firstRow;
  const outputs = last - first;
  return {
    workgroups: Math.ceil(rows / tileRows) * Math.ceil(outputs / tileOutputs),
    cost: 2 * rows * outputs * columns,
  };
}

/** Returns the largest multiple of `tile` up to `count`, at least one tile. */
function wholeTiles(count: number, tile: number): number {
  return Math.max(tile, Math.floor(count / tile) * tile);
}

/** Returns the outputs of a call, part by part. */
function rangesOf<Part extends RowRange>(
  { range }: LinearCall,
  weight: { rows: number; parts: readonly Part[] },
): { part: Part; first: number; last: number; column: number }[] {
  const from = range?.firstRow ?? 0;
  const to = from + (range?.rows ?? weight.rows);
  return weight.parts
    .map((part) => {
      const first = Math.max(from, part.firstRow) - part.firstRow;
      const last = Math.min(to, part.firstRow + part.rows) - part.firstRow;
      return { part, first, last, column: part.firstRow - from };
    })
    .filter(({ first, last }) => first < last);
}
