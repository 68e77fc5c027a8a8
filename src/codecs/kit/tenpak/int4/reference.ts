import { readCode, writeCode } from '../../bits';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { halfValues } from '../../halves';
import {
  bits32Of,
  bytesOf16,
  bytesOf32,
  float32Bytes,
  float32Values,
  requireHalfScales,
} from '../../storedFloats';
import { headerBytes } from '../header';
import { columnUse } from './columns';
import { clamp, hadamardBlocks } from './float32';
import {
  bytesOfCodes,
  ENLARGEMENT,
  misreadResidual,
  REDUCTION,
  int4Residual,
  type GroupParts,
  type Int4Layout,
  type Int4Parts,
} from './layout';
import { outlierIndices, replacements } from './outliers';
import { codeOf, largestWeight, levelsOf, rangeBits, rangeOfGroup, restored, type Quantiser } from './ranges';

const f32 = Math.fround;

/** Codes of flattened values with their ranges. */
interface Quantised {
  codes: Uint8Array;
  /** Bits of float16 or float32, one per group. */
  scales: Uint32Array;
  offsets: Uint32Array;
  /** The error of each value with the range that its code was made from. */
  errors: Float32Array;
}

/** Quantises flattened values in groups. */
export function quantise(values: Float32Array, quantiser: Quantiser): Quantised {
  const groups = Math.ceil(values.length / quantiser.group);
  const codes = new Uint8Array(bytesOfCodes(values.length, quantiser.bits));
  const scales = new Uint32Array(groups);
  const offsets = new Uint32Array(groups);
  const errors = values.slice();
  for (let g = 0; g < groups; g++) {
    const first = g * quantiser.group;
    const range = rangeOfGroup(values.subarray(first, first + quantiser.group), quantiser);
    scales[g] = rangeBits(range.scale, quantiser.stored);
    offsets[g] = rangeBits(range.offset, quantiser.stored);
    for (let i = first; i < Math.min(first + quantiser.group, values.length); i++) {
      const code = codeOf(values[i], range, levelsOf(quantiser));
      writeCode(codes, 0, i, quantiser.bits, code);
      errors[i] = values[i] - restored(code, range.scale, range.offset);
    }
  }
  return { codes, scales, offsets, errors };
}

/** Sums |w| by column, row by row in float32. */
function columnSums(values: Float32Array, columns: number): Float32Array {
  const sums = new Float32Array(columns);
  const limit = largestWeight('truncated');
  values.forEach((w, i) => (sums[i % columns] += Math.min(Math.abs(w), limit)));
  return sums;
}

/** Transforms `values` before they are quantised. @returns the parts that record how */
function applyTransform(
  values: Float32Array,
  { rows, columns, transform }: Int4Layout,
): Pick<Int4Parts, 'mask' | 'factor'> {
  const limit = largestWeight('truncated');
  if (transform === 'hadamard') hadamardBlocks(values, limit);
  if (transform !== 'mask' && transform !== 'enlarge') return {};
  const { important, enlarge } = columnUse(columnSums(values, columns), rows);
  if (transform === 'enlarge') {
    if (!enlarge) return {};
    values.forEach((w, i) => (values[i] = clamp(w, limit) * ENLARGEMENT));
    return { factor: float32Bytes(Float32Array.of(ENLARGEMENT)) };
  }
  const mask = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((w, i) => {
    if (!important[i % columns]) return;
    values[i] = 2 * clamp(w, limit);
    mask[i >> 3] |= 1 << (i & 7);
  });
  return { mask };
}

/** Replaces the outliers in `values`. @returns the parts that hold them */
function takeOutliers(
  values: Float32Array,
  { outliers: count }: Int4Layout,
): Pick<Int4Parts, 'indices' | 'outliers'> {
  if (count === 0) return {};
  const indices = outlierIndices(values, count);
  const outliers = Float32Array.from(indices, (i) => values[i]);
  const fill = replacements(values, indices);
  indices.forEach((index, i) => (values[index] = fill[i]));
  return { indices: bytesOf32(indices), outliers: float32Bytes(outliers) };
}

/** Converts the bits of scales or offsets to bytes. @throws LabError bad-input when one overflows */
function halves(bits: Uint32Array): Uint8Array {
  const bytes = bytesOf16(Uint16Array.from(bits));
  requireHalfScales('The matrix', bytes);
  return bytes;
}

/** The definition of Tenpak's INT4 family. */
export const int4Reference: ReferenceDefinition<Int4Layout, Int4Parts> = {
  encode(source, layout) {
    const values = source.slice();
    const outliers = takeOutliers(values, layout);
    const transform = applyTransform(values, layout);
    const first = quantise(values, layout.codes);
    const rest = layout.residual && quantise(first.errors, layout.residual);
    return {
      ...(layout.header && { header: headerBytes(layout.header) }),
      ...outliers,
      ...{ codes: first.codes, scales: halves(first.scales), offsets: halves(first.offsets) },
      ...(rest && {
        residual: rest.codes,
        residualScales: halves(rest.scales),
        residualOffsets: halves(rest.offsets),
      }),
      ...transform,
    };
  },

  // Gives NaN and infinities where the reader of int4_hybrid_v2 takes codes for scales.
  decode(parts, { elements, codes, residual, misread, transform }) {
    const { mask, factor } = parts;
    const stored = int4Residual(parts);
    const valueOf = reader(parts, codes);
    const restOf = residual && stored && reader(misread ? misreadResidual(stored) : stored, residual);
    const values = Float32Array.from({ length: elements }, (_, i) => {
      const sum = restOf ? f32(valueOf(i) + restOf(i)) : valueOf(i);
      const halve = mask && (mask[i >> 3] >> (i & 7)) & 1 ? 0.5 : 1;
      return f32(sum * (factor ? REDUCTION : 1)) * halve;
    });
    if (transform === 'hadamard') hadamardBlocks(values, Infinity);
    const outliers = float32Values(parts.outliers ?? new Uint8Array());
    bits32Of(parts.indices ?? new Uint8Array()).forEach((index, i) => (values[index] = outliers[i]));
    return values;
  },
};

/** Makes a function that restores the values of one quantiser by flat index. */
function reader(parts: GroupParts, { group, bits }: Quantiser): (i: number) => number {
  const [scales, offsets] = [halfValues(parts.scales), halfValues(parts.offsets)];
  return (i) => {
    const g = Math.floor(i / group);
    return restored(readCode(parts.codes, 0, i, bits), scales[g], offsets[g]);
  };
}
