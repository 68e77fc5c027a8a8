import { halfBitsToFloat } from '../../../../base/float16';
import { readCode, writeCode } from '../../bits';
import type { CodecReference, MatrixShape } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import { bits16Of, bytesOf16, requireHalfScales } from '../../storedFloats';
import { columnUse } from './columns';
import { hadamardBlocks } from './float32';
import { bytesOfCodes, ENLARGEMENT, headerOf, outlierCount, REDUCTION } from './layout';
import { methodOf, type Method } from './methods';
import { outlierIndices, replacements } from './outliers';
import {
  codeOf,
  largestWeight,
  levelsOf,
  rangeOfGroup,
  restored,
  storedBits,
  type Quantiser,
} from './ranges';
import { asRead } from './residualOrder';

const f32 = Math.fround;

/** Codes of flattened values with their stored ranges; `errors` is what the encoder itself believes is left over. */
interface Quantised {
  codes: Uint8Array;
  /** Half or float32 bits. */
  scales: Uint32Array;
  offsets: Uint32Array;
  errors: Float32Array;
}

export function quantise(values: Float32Array, quantiser: Quantiser): Quantised {
  const groups = Math.ceil(values.length / quantiser.group);
  const codes = new Uint8Array(bytesOfCodes(values.length, quantiser.bits));
  const scales = new Uint32Array(groups);
  const offsets = new Uint32Array(groups);
  const errors = values.slice();
  for (let g = 0; g < groups; g++) {
    const first = g * quantiser.group;
    const range = rangeOfGroup(values.subarray(first, first + quantiser.group), quantiser);
    scales[g] = storedBits(range.scale, quantiser.stored);
    offsets[g] = storedBits(range.offset, quantiser.stored);
    for (let i = first; i < Math.min(first + quantiser.group, values.length); i++) {
      const code = codeOf(values[i], range, levelsOf(quantiser));
      writeCode(codes, 0, i, quantiser.bits, code);
      errors[i] = values[i] - restored(code, range.scale, range.offset);
    }
  }
  return { codes, scales, offsets, errors };
}

/** Sums of |w| by column, row by row in float32. */
function columnSums(values: Float32Array, columns: number): Float32Array {
  const sums = new Float32Array(columns);
  const limit = largestWeight('truncated');
  values.forEach((w, i) => (sums[i % columns] += Math.min(Math.abs(w), limit)));
  return sums;
}

/** Changes `values` as the method wants before it quantises, and gives the parts that belong to the change. */
function transform(
  values: Float32Array,
  [rows, columns]: MatrixShape,
  method: Method,
): [string, Uint8Array][] {
  const limit = largestWeight('truncated');
  if (method.transform === 'hadamard') hadamardBlocks(values, limit);
  if (method.transform !== 'mask' && method.transform !== 'enlarge') return [];
  const { important, enlarge } = columnUse(columnSums(values, columns), rows);
  const clamped = (w: number) => Math.max(-limit, Math.min(limit, w));
  if (method.transform === 'enlarge') {
    if (!enlarge) return [];
    values.forEach((w, i) => (values[i] = clamped(w) * ENLARGEMENT));
    return [['factor', new Uint8Array(Float32Array.of(ENLARGEMENT).buffer)]];
  }
  const mask = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((w, i) => {
    if (!important[i % columns]) return;
    values[i] = 2 * clamped(w);
    mask[i >> 3] |= 1 << (i & 7);
  });
  return [['mask', mask]];
}

/** Takes the outliers out of `values`. */
function takeOutliers(values: Float32Array, shape: MatrixShape, method: Method): [string, Uint8Array][] {
  const count = outlierCount(shape);
  if (method.header !== 'outliers' || count === 0) return [];
  const indices = outlierIndices(values, count);
  const outliers = Float32Array.from(indices, (i) => values[i]);
  const fill = replacements(values, indices);
  indices.forEach((index, i) => (values[index] = fill[i]));
  return [
    ['indices', new Uint8Array(indices.slice().buffer)],
    ['outliers', new Uint8Array(outliers.buffer)],
  ];
}

const halves = (bits: Uint32Array) => bytesOf16(Uint16Array.from(bits));

const reference: CodecReference = {
  encode(source, shape, options) {
    const method = methodOf(options);
    const values = source.slice();
    const parts = new Map<string, Uint8Array>();
    if (method.header) parts.set('header', headerOf(shape, method));
    const put = (pieces: [string, Uint8Array][]) =>
      pieces.forEach(([suffix, bytes]) => parts.set(suffix, bytes));
    put(takeOutliers(values, shape, method));
    const extra = transform(values, shape, method);
    const first = quantise(values, method.codes);
    put([
      ['codes', first.codes],
      ['scales', halves(first.scales)],
      ['offsets', halves(first.offsets)],
    ]);
    if (method.residual) {
      const second = quantise(first.errors, method.residual);
      put([
        ['residual', second.codes],
        ['residualScales', halves(second.scales)],
        ['residualOffsets', halves(second.offsets)],
      ]);
    }
    put(extra);
    for (const suffix of ['scales', 'offsets', 'residualScales', 'residualOffsets'])
      if (parts.has(suffix)) requireHalfScales('The matrix', parts.get(suffix)!);
    return parts;
  },

  /** What the reader restores; NaN and infinities included where int4_hybrid_v2 takes codes for scales. */
  decode(stored, shape, options) {
    const method = methodOf(options);
    const parts = method.misread ? asRead(stored) : stored;
    const values = new Float32Array(shape[0] * shape[1]);
    const factor = parts.has('factor') ? REDUCTION : 1;
    const code = reader(parts, '', method.codes);
    const residual = method.residual && reader(parts, 'residual', method.residual);
    const mask = parts.get('mask');
    values.forEach((_, i) => {
      const sum = residual ? f32(code(i) + residual(i)) : code(i);
      const halve = mask && (mask[i >> 3] >> (i & 7)) & 1 ? 0.5 : 1;
      values[i] = f32(sum * factor) * halve;
    });
    if (method.transform === 'hadamard') hadamardBlocks(values, Infinity);
    putOutliers(values, parts);
    return values;
  },
};

/** Values of one quantiser's parts by flat index. */
function reader(parts: Parts, prefix: '' | 'residual', { group, bits }: Quantiser): (i: number) => number {
  const named = (word: string) => (prefix ? prefix + word[0].toUpperCase() + word.slice(1) : word);
  const codes = parts.get(prefix || 'codes')!;
  const scales = bits16Of(parts.get(named('scales'))!);
  const offsets = bits16Of(parts.get(named('offsets'))!);
  return (i) => {
    const g = Math.floor(i / group);
    return restored(readCode(codes, 0, i, bits), halfBitsToFloat(scales[g]), halfBitsToFloat(offsets[g]));
  };
}

function putOutliers(values: Float32Array, parts: Parts): void {
  const indices = parts.get('indices');
  if (!indices) return;
  const outliers = new Float32Array(parts.get('outliers')!.slice().buffer);
  new Uint32Array(indices.slice().buffer).forEach((index, i) => (values[index] = outliers[i]));
}

export default reference;
