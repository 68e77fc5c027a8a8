import { floatToHalfBits, halfBitsToFloat } from '../../base/float16';
import { LabError } from '../../base/errors';
import { readCode, writeCode } from '../bits';
import type { MatrixShape, Parts } from '../codec';
import { damaged } from '../encode';
import { bits16Of, bytesOf16 } from '../floats';
import { eighthOctaves } from '../entropy/powers';
import { gridParts, LIMIT, STEP_BITS, STEP_MIDDLE, STEPS_PER_OCTAVE, type GridLayout } from './layout';
import { partBytes } from '../encode';

/** Step of the matrix and code of each column's, both as stored. */
export interface Steps {
  /** Float16 bits. */
  step: number;
  codes: Uint8Array;
}

/**
 * The step in float16, and codes of columns: with U (H⁻¹ = UᵀU) a squared error of 1 in column i costs 1 ÷ U[i,i]² of output
 * error after feedback, so that steps proportional to U[i,i] make all columns cost the same, the least for their bits.
 * Sums in float64, on the host.
 * @param diagonal of U; absent: all columns are equal
 * @param name of the tensor @throws LabError bad-input when the step exceeds float16
 */
export function chooseSteps(
  values: Float32Array,
  layout: GridLayout,
  diagonal: ArrayLike<number> | undefined,
  name: string,
): Steps {
  const { columns } = layout;
  let squares = 0;
  const largest = new Float64Array(columns);
  values.forEach((w, i) => {
    squares += w * w;
    largest[i % columns] = Math.max(largest[i % columns], Math.abs(w));
  });
  const wanted = layout.step * Math.sqrt(squares / values.length);
  const codes =
    layout.waterfilled && diagonal ? stepCodes(diagonal) : new Uint8Array(columns).fill(STEP_MIDDLE);
  if (!layout.waterfilled || !diagonal) {
    const step = halfUp(Math.max(wanted, largest.reduce((a, b) => Math.max(a, b), 0) / LIMIT), name);
    return { step, codes };
  }
  const step = halfUp(wanted, name);
  codes.forEach((code, i) => (codes[i] = widened(code, step, largest[i])));
  return { step, codes };
}

function halfUp(step: number, name: string): number {
  const bits = floatToHalfBits(step);
  if (bits < 0x7c00) return bits;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that the step of its grid exceeds float16 (65,504).`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** Logarithms of U[i,i] over their mean. */
function stepCodes(diagonal: ArrayLike<number>): Uint8Array {
  const logs = Float64Array.from(diagonal, (value) => Math.log2(value));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Uint8Array.from(logs, (log) => clampCode(STEP_MIDDLE + Math.round(STEPS_PER_OCTAVE * (log - mean))));
}

const clampCode = (code: number) => Math.min(2 ** STEP_BITS - 1, Math.max(0, code));

/** The least code from `code` on whose step reaches the column's largest weight. */
function widened(code: number, step: number, largest: number): number {
  let wide = code;
  while (wide < 2 ** STEP_BITS - 1 && largest > LIMIT * columnStep(step, wide)) wide++;
  return wide;
}

/** Step of a column: a float16. */
export function columnStep(step: number, code: number): number {
  return halfBitsToFloat(columnStepBits(step, code));
}

function columnStepBits(step: number, code: number): number {
  return floatToHalfBits(
    halfBitsToFloat(step) * eighthOctaves((8 / STEPS_PER_OCTAVE) * (code - STEP_MIDDLE)),
  );
}

/** Float16 bits of every column's step. */
export function allStepBits({ step, codes }: Steps): Uint32Array {
  return Uint32Array.from(codes, (code) => columnStepBits(step, code));
}

/** All parts but the codes, which are zero. */
export function partsWith(layout: GridLayout, { step, codes }: Steps): Map<string, Uint8Array> {
  const parts = new Map(gridParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  parts.set('step', bytesOf16(Uint16Array.of(step)));
  const stream = parts.get('steps');
  if (stream) codes.forEach((code, column) => writeCode(stream, 0, column, STEP_BITS, code));
  return parts;
}

/** Steps from stored parts. @throws LabError bad-file for a step that is no finite number */
export function readSteps(parts: Parts, [, columns]: MatrixShape, name: string): Steps {
  const [step] = bits16Of(parts.get('step')!);
  const stream = parts.get('steps');
  const codes = Uint8Array.from({ length: columns }, (_, column) =>
    stream ? readCode(stream, 0, column, STEP_BITS) : STEP_MIDDLE,
  );
  const steps = { step, codes };
  const bad = allStepBits(steps).findIndex((bits) => bits >= 0x7c00);
  if (bad >= 0) throw damaged(name, `the step of column ${bad} is not a finite positive number`);
  return steps;
}
