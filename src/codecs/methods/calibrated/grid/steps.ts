import { floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import { LabError } from '../../../../base/errors';
import { bitstreamBytes, readCode, writeCode } from '../../../kit/bits';
import { damaged, zeroedParts } from '../../../contract/parts';
import { bits16Of, bytesOf16 } from '../../../kit/storedFloats';
import { exp2Eighths } from '../../../kit/entropyCoding/powers';
import { centred, chooseCentre } from './centre';
import {
  gridParts,
  MAX_WEIGHT_STEPS,
  ROW_BITS,
  ROW_MIDDLE,
  STEP_BITS,
  STEP_MIDDLE,
  STEPS_PER_OCTAVE,
  type GridLayout,
  type GridParts,
} from './layout';

/** The step of the matrix and the step codes of columns and rows, as stored. */
export interface Steps {
  /** Float16 bits. */
  step: number;
  codes: Uint8Array;
  /** Float16 bits of the row that is subtracted from every row. */
  centre?: Uint16Array;
  /** Step codes of rows, in tables of tokens by counts. */
  rowCodes?: Uint8Array;
}

/**
 * Chooses the step of the matrix and the step codes of columns and rows. With U (H⁻¹ = UᵀU), a squared error of 1 in column i
 * adds 1 ÷ U[i,i]² to the output error after feedback, so steps proportional to U[i,i] make all columns contribute equally, which
 * is optimal at high rate. In tables of tokens an error counts as often as the row's token occurs, so the optimal steps of rows
 * are proportional to count^(−1/2). Sums are in float64, on the host.
 * @param diagonal the diagonal of U; if absent, all columns are equal
 * @param name the tensor's name in errors
 * @param counts the counts of the rows' tokens; if absent, all rows are equal
 * @throws LabError bad-input when the step exceeds float16
 */
export function chooseSteps(
  values: Float32Array,
  layout: GridLayout,
  diagonal: ArrayLike<number> | undefined,
  name: string,
  counts?: Float32Array,
): Steps {
  const { rows, columns } = layout;
  const squares = values.reduce((sum, w) => sum + w * w, 0);
  const wanted = layout.step * Math.sqrt(squares / values.length);
  const centre = layout.centre ? chooseCentre(values, [rows, columns], wanted) : undefined;
  if (centre) values = centred(values, centre);
  const waterfilled = layout.waterfilled && diagonal !== undefined;
  const codes = waterfilled ? stepCodes(diagonal) : new Uint8Array(columns).fill(STEP_MIDDLE);
  const rowCodes =
    layout.byCounts && counts
      ? widenRowCodes(values, rowCodesOf(counts, layout.unseen), wanted, codes)
      : undefined;
  const given = { ...(centre && { centre }), ...(rowCodes && { rowCodes }) };
  const largest = largestOfColumns(values, columns, rowFactors(rows, rowCodes));
  if (!waterfilled) {
    const step = stepBits(
      Math.max(wanted, largest.reduce((a, b) => Math.max(a, b), 0) / MAX_WEIGHT_STEPS),
      name,
    );
    return { step, codes, ...given };
  }
  const step = stepBits(wanted, name);
  codes.forEach((code, i) => (codes[i] = widenStepCode(code, step, largest[i])));
  return { step, codes, ...given };
}

/** Returns the largest |w| ÷ row factor of each column. */
function largestOfColumns(values: Float32Array, columns: number, factors: Float32Array): Float64Array {
  const largest = new Float64Array(columns);
  factors.forEach((factor, row) => {
    for (let i = 0; i < columns; i++)
      largest[i] = Math.max(largest[i], Math.abs(values[row * columns + i]) / factor);
  });
  return largest;
}

/** Chooses row steps ∝ (count + unseen)^(−1/2), relative to the mean count, so that the total error stays about the same. */
function rowCodesOf(counts: Float32Array, unseen: number): Uint8Array {
  const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length + unseen;
  return Uint8Array.from(counts, (n) => clampRow(ROW_MIDDLE - Math.round(Math.log2((n + unseen) / mean))));
}

const clampRow = (code: number) => Math.min(2 ** ROW_BITS - 1, Math.max(0, code));

/** Widens the steps of rows until every weight is within the alphabet; only rows of frequent tokens need it. */
function widenRowCodes(
  values: Float32Array,
  rowCodes: Uint8Array,
  step: number,
  codes: Uint8Array,
): Uint8Array {
  const columns = codes.length;
  const reach = Float64Array.from(codes, (code) => MAX_WEIGHT_STEPS * step * columnFactor(code));
  return rowCodes.map((code, row) => {
    let needed = 0;
    for (let i = 0; i < columns; i++)
      needed = Math.max(needed, Math.abs(values[row * columns + i]) / reach[i]);
    let wide = code;
    while (wide < 2 ** ROW_BITS - 1 && needed > rowFactor(wide)) wide++;
    return wide;
  });
}

/**
 * Returns the step of a row relative to the matrix's. Factors are about half an octave apart, alternately 2^i and 11 ÷ 8 · 2^i,
 * and have so few binary digits that level · step · factor is exact in float32, whether or not the GPU fuses the addition that
 * follows.
 */
function rowFactor(code: number): number {
  const octave = Math.floor((code - ROW_MIDDLE) / 2);
  return exp2Eighths(8 * octave) * (code % 2 === 0 ? 1 : 11 / 8);
}

/** Returns the float32 factors of all rows, all 1 without row codes. */
export function rowFactors(rows: number, rowCodes: Uint8Array | undefined): Float32Array {
  return rowCodes ? Float32Array.from(rowCodes, rowFactor) : new Float32Array(rows).fill(1);
}

/** Brings the weights of all rows to one step around zero: (w − centre) · factor of the row, in float32. */
export interface RowNormalisation {
  centre: Float32Array;
  factors: Float32Array;
}

/** Returns the normalisation of rows, or undefined if weights are coded without one. */
export function rowNormalisation(steps: Steps, rows: number): RowNormalisation | undefined {
  const { centre, rowCodes } = steps;
  if (!centre && !rowCodes) return undefined;
  return { centre: centreValues(steps), factors: rowFactors(rows, rowCodes).map((factor) => 1 / factor) };
}

/** Returns the values that are added to every row. */
export function centreValues({ centre, codes }: Steps): Float32Array {
  return centre ? Float32Array.from(centre, halfBitsToFloat) : new Float32Array(codes.length);
}

function stepBits(step: number, name: string): number {
  const bits = floatToHalfBits(step);
  if (bits < 0x7c00) return bits;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that the step of its grid exceeds float16 (65,504).`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** Computes the step codes of columns from the logarithms of U[i,i] relative to their mean. */
function stepCodes(diagonal: ArrayLike<number>): Uint8Array {
  const logs = Float64Array.from(diagonal, (value) => Math.log2(value));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Uint8Array.from(logs, (log) => clampCode(STEP_MIDDLE + Math.round(STEPS_PER_OCTAVE * (log - mean))));
}

const clampCode = (code: number) => Math.min(2 ** STEP_BITS - 1, Math.max(0, code));

/** Returns the smallest code, at least `code`, whose step reaches the column's largest weight. */
function widenStepCode(code: number, step: number, largest: number): number {
  let wide = code;
  while (wide < 2 ** STEP_BITS - 1 && largest > MAX_WEIGHT_STEPS * columnStep(step, wide)) wide++;
  return wide;
}

/** Returns the step of a column, rounded to float16. */
function columnStep(step: number, code: number): number {
  return halfBitsToFloat(columnStepBits(step, code));
}

function columnStepBits(step: number, code: number): number {
  return floatToHalfBits(halfBitsToFloat(step) * columnFactor(code));
}

function columnFactor(code: number): number {
  return exp2Eighths((8 / STEPS_PER_OCTAVE) * (code - STEP_MIDDLE));
}

/** Returns the float16 bits of every column's step. */
export function allStepBits({ step, codes }: Steps): Uint32Array {
  return Uint32Array.from(codes, (code) => columnStepBits(step, code));
}

/** Makes all parts for the steps, with zeros as codes. */
export function partsFromSteps(layout: GridLayout, { step, codes, centre, rowCodes }: Steps): GridParts {
  const parts = zeroedParts(gridParts(layout));
  parts.step = bytesOf16(Uint16Array.of(step));
  const { steps } = parts;
  if (steps) codes.forEach((code, column) => writeCode(steps, 0, column, STEP_BITS, code));
  if (centre) parts.centre = bytesOf16(centre);
  if (rowCodes) parts.rows = rowStream(rowCodes);
  return parts;
}

function rowStream(rowCodes: Uint8Array): Uint8Array {
  const stream = new Uint8Array(bitstreamBytes(rowCodes.length, ROW_BITS));
  rowCodes.forEach((code, row) => writeCode(stream, 0, row, ROW_BITS, code));
  return stream;
}

/** Reads the steps from stored parts. @throws LabError bad-file for a step or centre that is not finite */
export function readSteps(parts: GridParts, { rows, columns }: GridLayout, name: string): Steps {
  const [step] = bits16Of(parts.step);
  const { steps: stream, centre, rows: storedRows } = parts;
  const codes = Uint8Array.from({ length: columns }, (_, column) =>
    stream ? readCode(stream, 0, column, STEP_BITS) : STEP_MIDDLE,
  );
  const steps: Steps = {
    step,
    codes,
    ...(centre && { centre: bits16Of(centre) }),
    ...(storedRows && {
      rowCodes: Uint8Array.from({ length: rows }, (_, row) => readCode(storedRows, 0, row, ROW_BITS)),
    }),
  };
  const bad = allStepBits(steps).findIndex((bits) => bits >= 0x7c00);
  if (bad >= 0) throw damaged(name, `the step of column ${bad} is not a finite positive number`);
  if (centreValues(steps).some((value) => !Number.isFinite(value)))
    throw damaged(name, 'the centre that is added to every row is not finite');
  return steps;
}
