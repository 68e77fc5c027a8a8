import type { MatrixShape } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { damaged, part, type PartsOf } from '../../../contract/parts';
import { checkStoredCodes, codesPart, type StoredRows } from '../../../kit/int8Rows/int8Rows';
import { checkStoredOutliers } from '../../../kit/int8Rows/outliers';
import { float32Values } from '../../../kit/storedFloats';

/**
 * 1 ÷ 127 in float32: bitsandbytes restores a weight as code · largest magnitude · this factor, which stays finite for every
 * float32 magnitude.
 */
const STEP_OF_LARGEST = Math.fround(1 / 127);

/** A row whose largest magnitude is smaller is stored as zeros (shaders/linear/int8/code.wgsl). */
const MIN_ROW_MAXIMUM = 2 ** -100;

interface LlmInt8Options {
  threshold: number;
  activations: 'int8' | 'float';
}

export interface LlmInt8Layout extends LlmInt8Options {
  rows: number;
  columns: number;
}

export function llmInt8Layout([rows, columns]: MatrixShape, options: LlmInt8Options): LlmInt8Layout {
  return { rows, columns, ...options };
}

/**
 * Defines the parts: `codes` I8 [out, 4·⌈in/4⌉], 0 in outlier columns; `scales` F32 [out], the largest magnitude of each row
 * outside those columns; and, if there are outlier columns, `columns` U32 [k], ascending, and `outliers` F16 [out, k].
 */
export function llmInt8Parts({ rows, columns }: LlmInt8Layout) {
  const some = { variable: true, optional: true } as const;
  return {
    codes: codesPart([rows, columns]),
    scales: part('scales', 'F32', [rows]),
    columns: part('tables', 'U32', [columns], some),
    outliers: part('float', 'F16', [rows * columns], some),
  };
}

export type LlmInt8Parts = PartsOf<typeof llmInt8Parts>;

/** Returns the columns whose inputs reach the threshold in calibration, ascending; none without calibration. */
export function outlierColumns(
  { columns, threshold }: LlmInt8Layout,
  inputs?: { maxAbs: ArrayLike<number> },
): Uint32Array {
  if (!inputs || threshold === 0) return new Uint32Array();
  const all = Uint32Array.from({ length: columns }, (_, column) => column);
  return all.filter((column) => inputs.maxAbs[column] >= threshold);
}

/** Returns the stored parts as rows of int8. @throws LabError bad-file for parts that no encoder writes */
export function openLlmInt8(stored: Coded<LlmInt8Layout, LlmInt8Parts>): StoredRows {
  const { name, parts } = stored;
  checkStoredCodes(name, parts.codes);
  const maxima = float32Values(parts.scales);
  const wrong = maxima.findIndex((m) => !(m === 0 || (m >= MIN_ROW_MAXIMUM && m < Infinity)));
  if (wrong >= 0) throw damaged(name, `the scale of row ${wrong} is ${maxima[wrong]}`);
  const outliers = openOutliers(stored);
  const steps = maxima.map((m) => m * STEP_OF_LARGEST);
  return { codes: parts.codes, steps, maxima, ...(outliers && { outliers }) };
}

function openOutliers({
  name,
  layout: { rows, columns },
  parts,
}: Coded<LlmInt8Layout, LlmInt8Parts>): StoredRows['outliers'] {
  const numbers = new Uint32Array(parts.columns?.slice().buffer ?? new ArrayBuffer(0));
  const values = parts.outliers ?? new Uint8Array();
  const wrong = numbers.findIndex((column, i) => column >= columns || (i > 0 && column <= numbers[i - 1]));
  if (wrong >= 0) throw damaged(name, `outlier column ${wrong} is number ${numbers[wrong]} of ${columns}`);
  if (values.length !== 2 * rows * numbers.length)
    throw damaged(name, `it has ${values.length} bytes of outliers for ${numbers.length} columns`);
  checkStoredOutliers(name, values);
  return numbers.length > 0 ? { columns: numbers, values } : undefined;
}
