import { LabError } from '../../../../base/errors';
import { roundHalfEven } from '../../../../base/rounding';
import { zeroedParts } from '../../../contract/parts';
import { readCode, writeCode } from '../../../kit/bits';
import { float32Bytes, float32Values } from '../../../kit/storedFloats';
import { float32GridParts, type Float32GridLayout, type Float32GridParts } from './layout';

/** A range of rows. */
export interface RowSpan {
  first: number;
  /** The row after the last. */
  end: number;
}

/** A matrix's codes and zero points as they are stored, and its scales as numbers. */
export interface Grid {
  codes: Uint8Array;
  scales: Float32Array;
  zeros: Uint8Array;
}

export function emptyGrid(layout: Float32GridLayout): Grid {
  const { codes, zeros } = zeroedParts(float32GridParts(layout));
  return { codes, scales: new Float32Array(layout.rows * layout.groupsPerRow), zeros };
}

export function storeGrid({ codes, scales, zeros }: Grid): Float32GridParts {
  return { codes, scales: float32Bytes(scales), zeros };
}

export function readGrid({ codes, scales, zeros }: Float32GridParts): Grid {
  return { codes, scales: float32Values(scales), zeros };
}

/**
 * Rounds rows of a matrix: scale = (high − low) ÷ levels with 0 inside the range, zero = round(−low ÷ scale), code = round(w ÷ scale)
 * + zero within the levels. Every step is one correctly rounded float32 operation, as in the papers' code on a CPU.
 * @throws LabError bad-input naming the tensor when a range is beyond float32
 */
export function roundRows(
  name: string,
  values: Float32Array,
  layout: Float32GridLayout,
  { first, end }: RowSpan,
  grid: Grid,
): void {
  for (let row = first; row < end; row++)
    for (let g = 0; g < layout.groupsPerRow; g++) roundGroup(name, values, layout, row, g, grid);
}

function roundGroup(
  name: string,
  values: Float32Array,
  layout: Float32GridLayout,
  row: number,
  g: number,
  { codes, scales, zeros }: Grid,
): void {
  const { columns, group, groupsPerRow, bits, levels, rowBytes } = layout;
  const end = Math.min(columns, (g + 1) * group);
  const at = row * columns;
  let [low, high] = [0, 0];
  for (let c = g * group; c < end; c++) {
    const w = values[at + c];
    if (w < low) low = w;
    else if (w > high) high = w;
  }
  const scale = Math.fround(Math.fround(high - low) / levels);
  if (!fitsFloat32(scale, levels)) throw tooLarge(name, row);
  // The scale underflows to 0, and the zeros already in codes and scales decode to 0.
  if (scale === 0) return;
  const zero = Math.min(levels, roundHalfEven(Math.fround(-low / scale)));
  const index = row * groupsPerRow + g;
  scales[index] = scale;
  writeCode(zeros, 0, index, bits, zero);
  for (let c = g * group; c < end; c++) {
    const code = roundHalfEven(Math.fround(values[at + c] / scale)) + zero;
    writeCode(codes, row * rowBytes, c, bits, Math.min(levels, Math.max(0, code)));
  }
}

/** Whether every weight of a group with this scale is finite in float32. */
export function fitsFloat32(scale: number, levels: number): boolean {
  return Number.isFinite(Math.fround(scale * levels));
}

/** Restores rows into `out`, which begins with the first of them. */
export function restoreRows(
  grid: Grid,
  layout: Float32GridLayout,
  { first, end }: RowSpan,
  out: Float32Array,
): void {
  const { columns, group, groupsPerRow, bits, rowBytes } = layout;
  for (let row = first; row < end; row++)
    for (let c = 0; c < columns; c++) {
      const index = row * groupsPerRow + Math.floor(c / group);
      const q = readCode(grid.codes, row * rowBytes, c, bits) - readCode(grid.zeros, 0, index, bits);
      out[(row - first) * columns + c] = grid.scales[index] * q;
    }
}

function tooLarge(name: string, row: number): LabError {
  return new LabError(
    'bad-input',
    `${name} has weights so large in row ${row} that their range exceeds float32.`,
    'Keep this tensor in float32.',
  );
}
