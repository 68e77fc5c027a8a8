import { maxDispatchCost } from '../forward/cost';
import type { LinearCall } from './linear';
import type { RowRange } from './matrix';

/** Rows and outputs of one workgroup of a matmul kernel. */
export interface Tile {
  tileRows: number;
  tileOutputs: number;
}

/** What one dispatch of y = x · Wᵀ covers. */
export interface Piece<Part extends RowRange> {
  /** The row range of W, in a buffer of its own. */
  part: Part;
  /** Outputs [first, last), counted from the part's first row. */
  first: number;
  last: number;
  /** Column of y where they go. */
  column: number;
  /** Rows [firstRow, lastRow) of x. */
  firstRow: number;
  lastRow: number;
}

/** Cuts the wanted outputs by parts of W, then by outputs and rows so that no dispatch exceeds the cost limit. */
export function linearPieces<Part extends RowRange>(
  call: LinearCall,
  weight: { rows: number; columns: number; parts: readonly Part[] },
  tile: Tile,
): Piece<Part>[] {
  const limit = maxDispatchCost(call.gpu) / (2 * weight.columns);
  const outputs = wholeTiles(limit / call.rows, tile.tileOutputs);
  const rows = wholeTiles(limit / outputs, tile.tileRows);
  const found: Piece<Part>[] = [];
  for (const range of rangesOf(call, weight))
    for (let first = range.first; first < range.last; first += outputs)
      for (let firstRow = 0; firstRow < call.rows; firstRow += rows)
        found.push({
          part: range.part,
          first,
          last: Math.min(range.last, first + outputs),
          column: range.column + first - range.first,
          firstRow,
          lastRow: Math.min(call.rows, firstRow + rows),
        });
  return found;
}

/** Where one piece reads and writes: the parameters all matmul kernels share (shaders/linear/*Common.wgsl). */
export function pieceParams(
  { x, y }: LinearCall,
  columns: number,
  piece: Piece<RowRange>,
): Record<string, number> {
  return {
    firstRow: piece.firstRow,
    lastRow: piece.lastRow,
    firstOutput: piece.first,
    lastOutput: piece.last,
    columns,
    xStride: x.stride,
    xColumn: x.column,
    yStride: y.stride,
    yColumn: y.column + piece.column,
    // The bias is indexed like W as a whole, whatever part or range is multiplied.
    biasColumn: piece.part.firstRow + piece.first,
  };
}

/** Workgroups and cost of a piece. */
export function pieceGrid(
  { first, last, firstRow, lastRow }: Piece<RowRange>,
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

function wholeTiles(count: number, tile: number): number {
  return Math.max(tile, Math.floor(count / tile) * tile);
}

/** The wanted outputs, part by part. */
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
      return { part, first, last, column: part.firstRow + first - from };
    })
    .filter(({ first, last }) => first < last);
}
